"""Reading slots and one's own reservations."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.common.model import Page
from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.common.protection import FieldCipher
from services.reservations.errors import ReservationUnknown
from services.reservations.model import MaskedVisitor, ProtectedVisitor, Reservation, Slot, SlotState, SlotWindow
from services.reservations.ports import ReservationStore, SlotSource
from services.reservations.rules import masked_name, masked_number, read_identity
from services.venues.directory import VenueDirectory

LONGEST_SLOT = timedelta(hours=24)
OWN_RESERVATIONS = "own reservations"


class Reading:
    """Answers questions; changes nothing."""

    def __init__(
        self, *, slots: SlotSource, reservations: ReservationStore, venues: VenueDirectory, cipher: FieldCipher
    ) -> None:
        self._slots = slots
        self._reservations = reservations
        self._venues = venues
        self._cipher = cipher

    async def slots(self, window: SlotWindow) -> Page[Slot]:
        """Return one page of a venue's slots in order of start; raises VenueUnknown."""
        await self._venues.get(window.venue_id)
        last = None if window.after is None else _read_position(window.after, window.venue_id)
        since = window.since - LONGEST_SLOT
        if last is not None:
            since = max(since, datetime.fromisoformat(last[0]))
        found = [
            slot
            for slot in await self._slots.starting_between(window.venue_id, since, window.until)
            if slot.ends_at > window.since and is_shown(slot) and (last is None or _position(slot) > last)
        ]
        page = found[: window.limit]
        more = len(found) > len(page)
        return Page(items=page, next=make_cursor(_slots_of(window.venue_id), *_position(page[-1])) if more else None)

    async def get_own(self, reservation_id: str, citizen_id: str) -> Reservation:
        """Return the citizen's reservation; another's does not exist for them."""
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        return reservation

    async def masked_visitors(self, reservation: Reservation) -> Sequence[MaskedVisitor]:
        """Return the party as its own citizen sees it."""
        return [await self._masked(visitor) for visitor in reservation.visitors]

    async def _masked(self, visitor: ProtectedVisitor) -> MaskedVisitor:
        name, number = read_identity(await self._cipher.decrypt(visitor.identity))
        return MaskedVisitor(name=masked_name(name), id_type=visitor.id_type, id_number=masked_number(number))

    async def list_own(self, citizen_id: str, limit: int, after: str | None) -> Page[Reservation]:
        """Return one page of the citizen's reservations, newest first."""
        before = None if after is None else str(read_cursor(after, OWN_RESERVATIONS, (str,))[0])
        found = await self._reservations.latest_of(citizen_id, limit + 1, before)
        page = found[:limit]
        more = len(found) > len(page)
        return Page(items=page, next=make_cursor(OWN_RESERVATIONS, page[-1].id) if more else None)


def is_shown(slot: Slot) -> bool:
    """Tell whether citizens see the slot: one that the calendar has withdrawn is none any more."""
    return slot.state is not SlotState.WITHDRAWN


def _slots_of(venue_id: str) -> str:
    return f"slots of {venue_id}"


def _position(slot: Slot) -> list[str]:
    return [slot.starts_at.isoformat(), slot.id]


def _read_position(after: str, venue_id: str) -> list[str]:
    position = [str(part) for part in read_cursor(after, _slots_of(venue_id), (str, str))]
    try:
        starts_at = datetime.fromisoformat(position[0])
    except ValueError:
        raise CursorInvalid from None
    if starts_at.tzinfo is not UTC:
        raise CursorInvalid
    return position
