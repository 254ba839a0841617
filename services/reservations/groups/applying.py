"""A leader applies for a group, and withdraws what is not decided yet."""

from dataclasses import dataclass

from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.protection import FieldCipher
from services.policies.directory import PolicyDirectory
from services.policies.model import VisitPolicy
from services.reservations.errors import SlotUnknown
from services.reservations.groups.errors import ApplicationChanged, TooManyApplications
from services.reservations.groups.finishing import Finishing
from services.reservations.groups.model import MOST_OPEN, Application, ApplicationStatus, Apply
from services.reservations.groups.ports import ApplicationStore
from services.reservations.groups.reading import PREFIX, ApplicationReading
from services.reservations.groups.rules import ended, ensure_applicable, ensure_pending, write_contact
from services.reservations.model import Slot
from services.reservations.ports import Pauses, ReservationDesk
from services.venues.directory import VenueDirectory

HOLDER = "hld"


@dataclass(frozen=True, kw_only=True)
class Applying:
    """What leaders do."""

    store: ApplicationStore
    reading: ApplicationReading
    finishing: Finishing
    desk: ReservationDesk
    venues: VenueDirectory
    policies: PolicyDirectory
    pauses: Pauses
    cipher: FieldCipher
    clock: Clock
    ids: IdSource

    async def apply(self, command: Apply) -> Application:
        """Return the new application, or what the request made first, as it is now.

        Raises SlotUnknown, SlotEnded, SlotClosed, SlotDrawn, GroupTooSmall, GroupTooLarge, BookingPaused,
        TooManyApplications and IdempotencyKeyReused.
        """
        made = await self.store.first_answer(command.request)
        if made is not None:
            return await self.reading.get_own(command.citizen_id, made)
        slot = await self.desk.find_slot(command.slot_id)
        if slot is None:
            raise SlotUnknown
        policy = await self.policies.get(slot.venue_id)
        ensure_applicable(slot, command.party_size, await self._most_booked(policy), self.clock.now())
        await self.pauses.ensure_welcome(command.citizen_id, policy)
        # Two at the same moment may both pass, and then there is one more: this bounds mischief, not places.
        if await self.store.count_open(command.citizen_id) >= MOST_OPEN:
            raise TooManyApplications
        application = await self._draft(command, slot)
        if await self.store.add(application, command.request):
            return application
        made = await self.store.first_answer(command.request)
        if made is None:
            raise TooBusy(retry_after_s=1)
        return await self.reading.get_own(command.citizen_id, made)

    async def withdraw(self, citizen_id: str, application_id: str) -> Application:
        """Return the withdrawn application; again changes nothing. What is approved is cancelled as a reservation.

        Raises ApplicationUnknown, ApplicationBusy, ApplicationDecided or ApplicationChanged.
        """
        before = await self.reading.get_own(citizen_id, application_id)
        if before.status is ApplicationStatus.WITHDRAWN:
            return before
        ensure_pending(before)
        await self.finishing.ensure_without_places(before)
        holder, now = self.ids.new(HOLDER), self.clock.now()
        after = ended(before, ApplicationStatus.WITHDRAWN, holder=holder, at=now)
        if not await self.store.claim(before, after):
            raise ApplicationChanged
        return after

    async def _most_booked(self, policy: VisitPolicy) -> int:
        venue = await self.venues.get(policy.venue_id)
        return policy.max_party_size or venue.max_party_size

    async def _draft(self, command: Apply, slot: Slot) -> Application:
        return Application(
            id=self.ids.new(PREFIX),
            citizen_id=command.citizen_id,
            venue_id=slot.venue_id,
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            last_entry_at=slot.last_entry_at,
            party_size=command.party_size,
            purpose=command.purpose,
            contact=await self.cipher.encrypt(write_contact(command.contact)),
            status=ApplicationStatus.PENDING,
            created_at=self.clock.now(),
            version=1,
            holder=self.ids.new(HOLDER),
        )
