"""Whose documents stand behind a slip: the gate asks for the last characters of one."""

from collections.abc import Sequence

from services.common.protection import FieldCipher
from services.reservations.ports import ReservationStore
from services.reservations.rules import read_identity
from services.reservations.window.model import window_of

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
        return [await self._tail(visitor.identity) for visitor in reservation.visitors]

    async def _tail(self, identity: bytes) -> str:
        _, number = read_identity(await self._cipher.decrypt(identity))
        return number[-TAIL_CHARACTERS:]
