"""Citizens hand in requests, look at them, and take them back."""

import secrets

from services.common.clock import Clock
from services.common.protection import FieldCipher
from services.reservations.drafting import Drafting
from services.reservations.model import Slot
from services.reservations.ports import Pauses
from services.reservations.releases.drawing import SALT_BYTES, ticket_of
from services.reservations.releases.errors import ReleaseUnknown, RequestUnknown
from services.reservations.releases.marking import Marking
from services.reservations.releases.model import AskForPlaces, DrawRequest, Release
from services.reservations.releases.ports import ReleaseStore, RequestStore
from services.reservations.releases.rules import (
    KEEP_REQUESTS,
    day_ends_at,
    ensure_choices,
    ensure_taking,
    request_id,
)


class Requesting:
    """A citizen's own request in a release."""

    def __init__(
        self,
        *,
        releases: ReleaseStore,
        requests: RequestStore,
        marking: Marking,
        drafting: Drafting,
        pauses: Pauses,
        cipher: FieldCipher,
        clock: Clock,
    ) -> None:
        self._releases = releases
        self._requests = requests
        self._marking = marking
        self._drafting = drafting
        self._pauses = pauses
        self._cipher = cipher
        self._clock = clock

    async def ask(self, wish: AskForPlaces) -> DrawRequest:
        """Return the request, which takes part in the draw from now on.

        Raises ReleaseUnknown, RequestsNotOpen, RequestsClosed, ChoiceRefused, PartyRefused, MinorsUnaccompanied,
        BookingPaused, AlreadyRequested, DocumentRequested, IdempotencyKeyReused.
        """
        release = await self._get_release(wish.release_id)
        its_id = request_id(release.id, wish.citizen_id)
        first = await self._requests.first_answer(release.id, its_id, wish.request)
        if first is not None:
            return first
        ensure_taking(release, self._clock.now())
        dearest = ensure_choices(wish.choices, await self._marking.of_day(release.venue_id, release.visit_on))
        policy = await self._drafting.ensure_party(dearest, wish.visitors)
        await self._pauses.ensure_welcome(wish.citizen_id, policy)
        return await self._requests.add(await self._draft(wish, release, dearest), wish.request)

    async def own(self, release_id: str, citizen_id: str) -> DrawRequest:
        """Return the citizen's request; raises ReleaseUnknown, RequestUnknown."""
        release = await self._get_release(release_id)
        found = await self._requests.find(release.id, request_id(release.id, citizen_id))
        if found is None:
            raise RequestUnknown
        return found

    async def withdraw(self, release_id: str, citizen_id: str) -> None:
        """Forget the citizen's request, while requests are taken; raises as `own` does, and RequestsClosed."""
        release = await self._get_release(release_id)
        request = await self.own(release_id, citizen_id)
        ensure_taking(release, self._clock.now())
        if not await self._requests.remove(request):
            raise RequestUnknown

    async def _get_release(self, release_id: str) -> Release:
        release = await self._releases.find(release_id)
        if release is None:
            raise ReleaseUnknown
        return release

    async def _draft(self, wish: AskForPlaces, release: Release, dearest: Slot) -> DrawRequest:
        its_id, salt, phone = request_id(release.id, wish.citizen_id), secrets.token_hex(SALT_BYTES), None
        if wish.contact_phone is not None:
            phone = await self._cipher.encrypt(wish.contact_phone)
        return DrawRequest(
            id=its_id,
            release_id=wish.release_id,
            citizen_id=wish.citizen_id,
            venue_id=dearest.venue_id,
            ticket=ticket_of(its_id, salt),
            salt=salt,
            choices=wish.choices,
            party_size=len(wish.visitors),
            visitors=await self._drafting.protect(wish.visitors),
            contact_phone=phone,
            made_at=self._clock.now(),
            closes_at=release.requests_close_at,
            forget_at=day_ends_at(release.visit_on) + KEEP_REQUESTS,
        )
