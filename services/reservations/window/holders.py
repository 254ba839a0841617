"""Whose documents stand behind a slip: the gate asks for the last characters of one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from services.common.protection import FieldCipher
from services.reservations.model import Reservation
from services.reservations.ports import ReservationStore
from services.reservations.rules import read_identity
from services.reservations.window.model import window_of
from services.reservations.window.ports import WindowStore

TAIL_CHARACTERS = 4


class SlipHolders:
    """Reads the documents of a party that booked at a window, for one comparison."""

    def __init__(self, *, reservations: ReservationStore, cipher: FieldCipher) -> None:
        self._reservations = reservations
        self._cipher = cipher

    async def tails_of(self, reservation_id: str, venue_id: str) -> Sequence[str]:
        """Return the last four characters of each document, in capitals; none for what no window booked."""
        reservation = await self._reservations.find(reservation_id, window_of(venue_id))
        if reservation is None:
            return ()
        return await self.tails_in(reservation)

    async def tails_in(self, reservation: Reservation) -> Sequence[str]:
        """Return the last four characters of each document of a party, in capitals."""
        return [await self._tail(visitor.identity) for visitor in reservation.visitors]

    async def _tail(self, identity: bytes) -> str:
        _, number = read_identity(await self._cipher.decrypt(identity))
        return number[-TAIL_CHARACTERS:]


class DaySlips:
    """Reads the documents behind all slips of a day, for gates that lose their network."""

    def __init__(self, *, store: WindowStore, holders: SlipHolders) -> None:
        self._store = store
        self._holders = holders

    async def tails_on(self, venue_id: str, on: date, known: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the last characters of each document, by reservation; those that are `known` are left out."""
        new = [one for one in await self._store.noted(venue_id, on) if one not in known]
        return {one.id: await self._holders.tails_in(one) for one in await self._store.find_many(venue_id, new)}
