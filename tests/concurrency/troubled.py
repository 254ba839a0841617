"""Real ledgers in trouble: writes that wait, that are objected to for no reason, or that somebody else always beats."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from services.common.mongo import Mongo
from services.reservations.changes import Change
from services.reservations.ledger import LedgerEntry, Settlement
from services.reservations.model import Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.ports import Objected, Objections


class GatedLedger(MongoLedger):
    """Writes when it is told to; `begun` counts the writes that have been asked for."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.begun = 0
        self._asked_for = asyncio.Condition()
        self._open = asyncio.Event()
        self._open.set()
        self._once = False

    def close(self) -> None:
        """Let whoever comes to write wait from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let them write."""
        self._open.set()

    def open_for_one(self) -> None:
        """Let the next one write, and the one after that wait."""
        self._once = True
        self._open.set()

    async def someone_writes(self) -> None:
        """Return once somebody waits to write, or has written."""
        async with self._asked_for:
            await self._asked_for.wait_for(lambda: self.begun)

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        async with self._asked_for:
            self.begun += 1
            self._asked_for.notify_all()
        await self._open.wait()
        if self._once:
            self._once = False
            self.close()
        await super().write(settlements, now)


class PoisonedLedger(MongoLedger):
    """Objects to one reservation, and cannot say so."""

    def __init__(self, mongo: Mongo, poison: str) -> None:
        super().__init__(mongo)
        self._poison = poison

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        if any(one.reservation.id == self._poison for each in settlements for one in each.facts.bookings):
            raise Objected
        await super().write(settlements, now)

    async def find_objections(self, _changes: Sequence[Change]) -> Objections:
        return Objections()


class BeatenLedger(MongoLedger):
    """Somebody else comes first: `rival` acts between the look and the write, `times` times."""

    def __init__(self, mongo: Mongo, rival: Callable[[], Awaitable[object]], times: float) -> None:
        super().__init__(mongo)
        self._rival = rival
        self._times = times
        self.beaten = 0

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        if self.beaten < self._times:
            self.beaten += 1
            await self._rival()
        await super().write(settlements, now)


class HalfSeen(MongoLedger):
    """Shows a slot some time before it shows what led there, as two shards may do."""

    def __init__(self, mongo: Mongo, looks: int) -> None:
        super().__init__(mongo)
        self._looks = looks

    async def read(self, known: Mapping[str, int]) -> Mapping[str, tuple[Slot, Sequence[LedgerEntry]]]:
        found = await super().read(known)
        self._looks -= 1
        if self._looks < 0:
            return found
        return {
            key: (slot, [one for one in entries if one.slot.version < slot.version])
            for key, (slot, entries) in found.items()
        }
