"""The slip of a booking: a code on paper, which the gate takes together with a document."""

from datetime import date, datetime

from qr.entry_code import EntryCode, EntryForm, EntryPass, paper_code, sign_entry_pass
from qr.identifiers import venue_tag
from services.calendars.lunar import lunar_date
from services.common.clock import CITY_OFFSET, Clock, city_day
from services.identity.model import Actor
from services.reservations.entry_keys import EntryKeys
from services.reservations.model import Reservation
from services.reservations.rules import ensure_enterable, entry_ends_at
from services.reservations.window.papers import SlipOrder
from services.reservations.window.ports import Papers
from services.reservations.window.reading import WindowReading
from services.venues.directory import VenueDirectory


class Slips:
    """Has slips drawn. Nothing is stored: the same booking has the same slip, as long as an Ed25519 key signs."""

    def __init__(
        self, *, reading: WindowReading, venues: VenueDirectory, keys: EntryKeys, papers: Papers, clock: Clock
    ) -> None:
        self._reading = reading
        self._venues = venues
        self._keys = keys
        self._papers = papers
        self._clock = clock

    async def draw(self, actor: Actor, venue_id: str, reservation_id: str) -> bytes:
        """Return the PDF of a slip.

        Raises VenueUnknown, ReservationUnknown, ReservationCancelled, ReservationOver, PapersUnavailable or TooBusy.
        """
        reservation = await self._reading.get(actor, venue_id, reservation_id)
        ensure_enterable(reservation, self._clock.now())
        return await self._papers.draw(await self._order(reservation))

    async def _order(self, reservation: Reservation) -> SlipOrder:
        venue = await self._venues.get(reservation.venue_id)
        booking = await self._reading.masked(reservation)
        on: date = city_day(reservation.starts_at)
        return SlipOrder(
            venue_name=venue.name,
            venue_name_en=venue.name_en,
            on=on,
            lunar_day=lunar_date(on).text,
            starts=f"{reservation.starts_at + CITY_OFFSET:%H:%M}",
            ends=end_on_the_clock(reservation.ends_at, on),
            party_size=reservation.party_size,
            names=tuple(one.name for one in booking.visitors),
            code=self._code(reservation),
        )

    def _code(self, reservation: Reservation) -> EntryCode:
        keyring = self._keys.keyring
        entry_pass = EntryPass(
            form=EntryForm.PAPER,
            kid=keyring.active.kid,
            reservation_id=reservation.id,
            venue_tag=venue_tag(reservation.venue_id),
            starts_at=reservation.starts_at,
            ends_at=entry_ends_at(reservation),
            party_size=reservation.party_size,
        )
        return paper_code(sign_entry_pass(entry_pass, keyring))


def end_on_the_clock(ends_at: datetime, on: date) -> str:
    """Return when a slot of a day ends, on the clock; midnight is the end of that day."""
    clock = f"{ends_at + CITY_OFFSET:%H:%M}"
    return "24:00" if clock == "00:00" and city_day(ends_at) > on else clock
