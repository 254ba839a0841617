"""Staff mark a day, and later give the public figure that was announced."""

import hashlib
import secrets
from dataclasses import replace

from services.common.clock import Clock, city_day
from services.common.errors import TooBusy
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.releases.drawing import SEED_BYTES
from services.reservations.releases.errors import (
    DayBooked,
    NoPublicSource,
    NotFrozen,
    PublicValueEarly,
    PublicValueGiven,
    ReleaseUnknown,
)
from services.reservations.releases.marking import Marking
from services.reservations.releases.model import MakeRelease, Release, ReleaseState
from services.reservations.releases.ports import ReleaseStore
from services.reservations.releases.rules import booked_in_all, ensure_times, release_id
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

TRIES = 5


class Opening:
    """Releases within the actor's scope."""

    def __init__(
        self, *, store: ReleaseStore, marking: Marking, venues: VenueDirectory, cipher: FieldCipher, clock: Clock
    ) -> None:
        self._store = store
        self._marking = marking
        self._venues = venues
        self._cipher = cipher
        self._clock = clock

    async def make(self, wish: MakeRelease) -> Release:
        """Return the new release, its seed committed to; a killed process leaves the marking to the worker.

        Raises VenueUnknown, ReleaseRefused, DayBooked, ReleaseExists, IdempotencyKeyReused.
        """
        venue = await self._venues.get(wish.venue_id)
        if not may_see(wish.actor, venue.owner):
            raise VenueUnknown
        ensure_times(wish, self._clock.now())
        present = await self._store.find(release_id(wish.venue_id, wish.visit_on))
        booked = booked_in_all(await self._marking.of_day(wish.venue_id, wish.visit_on))
        if present is None and booked:
            raise DayBooked(booked)
        release = await self._store.add(await self._draft(wish), wish.request)
        if release.state is ReleaseState.OPEN:
            await self._marking.mark(release)
        return release

    async def _draft(self, wish: MakeRelease) -> Release:
        seed = secrets.token_bytes(SEED_BYTES)
        return Release(
            id=release_id(wish.venue_id, wish.visit_on),
            venue_id=wish.venue_id,
            visit_on=wish.visit_on,
            requests_open_at=wish.requests_open_at,
            requests_close_at=wish.requests_close_at,
            draw_at=wish.draw_at,
            source=wish.source,
            seed_sha256=hashlib.sha256(seed).hexdigest(),
            sealed_seed=await self._cipher.encrypt(seed.hex()),
            state=ReleaseState.OPEN,
            made_at=self._clock.now(),
            made_by=wish.actor.id,
        )

    async def give_public_value(self, actor: Actor, of_release: str, value: str) -> Release:
        """Keep the figure that was announced; the first one counts, and the same again changes nothing.

        Raises ReleaseUnknown, NoPublicSource, NotFrozen, PublicValueEarly, PublicValueGiven.
        """
        for _ in range(TRIES):
            release = await self._get(actor, of_release)
            if release.public_value == value:
                return release
            self._ensure_wanted(release)
            changed = replace(release, public_value=value, version=release.version + 1)
            if await self._store.claim(changed):
                return changed
        raise TooBusy(retry_after_s=1)

    async def _get(self, actor: Actor, of_release: str) -> Release:
        release = await self._store.find(of_release)
        if release is None or not may_see(actor, (await self._venues.get(release.venue_id)).owner):
            raise ReleaseUnknown
        return release

    def _ensure_wanted(self, release: Release) -> None:
        if release.source is None:
            raise NoPublicSource
        if release.state is ReleaseState.OPEN:
            raise NotFrozen
        if release.state is not ReleaseState.FROZEN or release.public_value is not None:
            raise PublicValueGiven
        if city_day(self._clock.now()) < release.source.announced_on:
            raise PublicValueEarly
