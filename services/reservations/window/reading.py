"""What a window has booked: by day, and one at a time, with the party masked."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.cancelling import Cancelling
from services.reservations.errors import ReservationUnknown
from services.reservations.model import Reservation
from services.reservations.ports import ReservationStore
from services.reservations.reading import Reading
from services.reservations.window.model import MaskedBooking, WindowDay, window_of
from services.reservations.window.ports import WindowStore
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown


@dataclass(frozen=True, kw_only=True)
class WindowReading:
    """Answers to staff of the venue."""

    store: WindowStore
    reservations: ReservationStore
    masking: Reading
    cancelling: Cancelling
    venues: VenueDirectory

    async def get(self, actor: Actor, venue_id: str, reservation_id: str) -> Reservation:
        """Return a booking of the window; raises VenueUnknown, or ReservationUnknown for any other reservation."""
        await self._ensure_within(actor, venue_id)
        found = await self.reservations.find(reservation_id, window_of(venue_id))
        if found is None:
            raise ReservationUnknown
        return found

    async def masked(self, reservation: Reservation) -> MaskedBooking:
        """Return a booking with its party, masked."""
        return MaskedBooking(reservation=reservation, visitors=tuple(await self.masking.masked_visitors(reservation)))

    async def list(self, actor: Actor, day: WindowDay) -> Page[MaskedBooking]:
        """Return a page of a day's bookings in the order of their making; raises VenueUnknown, CursorInvalid."""
        await self._ensure_within(actor, day.venue_id)
        name = f"window of {day.venue_id} on {day.on.isoformat()}"
        after = "" if day.after is None else str(read_cursor(day.after, name, (str,))[0])
        noted = sorted(one for one in await self.store.noted(day.venue_id, day.on) if one > after)
        found = await self._first(day.venue_id, noted, day.limit + 1)
        page = [await self.masked(one) for one in found[: day.limit]]
        more = len(found) > len(page)
        return Page(items=page, next=make_cursor(name, page[-1].reservation.id) if more else None)

    async def cancel(self, actor: Actor, venue_id: str, reservation_id: str) -> Reservation:
        """Give the places back, for people who ask at the window; raises as a citizen's own cancelling does."""
        await self._ensure_within(actor, venue_id)
        return await self.cancelling.cancel(reservation_id, window_of(venue_id))

    async def _first(self, venue_id: str, noted: Sequence[str], wanted: int) -> Sequence[Reservation]:
        """Return the first of those that came to something."""
        found: list[Reservation] = []
        for start in range(0, len(noted), wanted):
            if len(found) >= wanted:
                break
            some = await self.store.find_many(venue_id, noted[start : start + wanted])
            found += sorted(some, key=lambda one: one.id)
        return found[:wanted]

    async def _ensure_within(self, actor: Actor, venue_id: str) -> None:
        if not may_see(actor, (await self.venues.get(venue_id)).owner):
            raise VenueUnknown
