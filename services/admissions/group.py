"""Group commit at the gate: scans that arrive while a write is under way are decided and kept together."""

import asyncio
from collections.abc import Sequence

from qr.entry_code import EntryPass
from services.admissions.batch import Known
from services.admissions.deciding import Verdicts, decide
from services.admissions.model import PassRecord, Reading, Scan
from services.admissions.ports import ScanStore
from services.admissions.tally import day_of
from services.common.batches import Batches
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, DomainError, TooBusy

# Larger batches gain little (measured at 64, 128 and 256: 2,700, 3,000 and 3,100 scans a second), and hold up
# cancellations of the same parties for longer.
LARGEST_BATCH = 128
LONGEST_QUEUE = 1000
# Staff at a gate scan again what is not answered in a few seconds.
PATIENCE_S = 5.0

# What somebody else was quicker with is one pass or one scan: the fewer decide together, the fewer must look again.
TRIES_TOGETHER = 2
# Each lost race means that another gate let somebody of the same party in; a party is small.
TRIES_ALONE = 20

NOTHING_KNOWN = Known(scans={}, passes={})

Answers = Sequence[Scan | DomainError]


class ScanGroups:
    """Answers scans in the order of arrival, in batches: one look-up and one transaction for each.

    Most parties are scanned once. So a batch is decided without a look at first, as if nobody of it had been here:
    the guards of the write tell when that was wrong. As long as looks do find something, each batch begins with one.
    """

    def __init__(self, scans: ScanStore) -> None:
        self._scans = scans
        self._look_first = False
        self._batches = Batches[Reading, Scan](
            self._write, largest=LARGEST_BATCH, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def answer(self, reading: Reading) -> Scan:
        """Return the answer to a scan, which is kept by then.

        Raises NonceReused and CountTooLarge; TooBusy when it was not decided; DatabaseUnavailable when that is unknown.
        """
        return await self._batches.submit(reading)

    async def find_pass(self, reservation_id: str) -> PassRecord | None:
        """Return what the gate remembers of a party."""
        return (await self._scans.find_passes({reservation_id})).get(reservation_id)

    async def _write(self, readings: Sequence[Reading]) -> Answers:
        with deadline(PATIENCE_S):
            if not self._look_first:
                verdicts = decide(readings, NOTHING_KNOWN)
                if not verdicts.unguarded and await self._keep(verdicts):
                    return verdicts.answers
            return await self._settle(readings)

    async def _settle(self, readings: Sequence[Reading]) -> Answers:
        """Look, decide and keep, until nobody else was quicker; together at first, then in halves."""
        alone = len(readings) == 1
        for _ in range(TRIES_ALONE if alone else TRIES_TOGETHER):
            verdicts = decide(readings, await self._look_up(readings))
            if await self._keep(verdicts):
                return verdicts.answers
        if alone:
            return [TooBusy(retry_after_s=1)]
        middle = len(readings) // 2
        return [*await self._settle_half(readings[:middle]), *await self._settle_half(readings[middle:])]

    async def _settle_half(self, readings: Sequence[Reading]) -> Answers:
        try:
            return await self._settle(readings)
        except DatabaseUnavailable as error:
            return [error] * len(readings)  # and of the other half those are told whose answers were kept

    async def _look_up(self, readings: Sequence[Reading]) -> Known:
        reservations = {reading.code.reservation_id for reading in readings if isinstance(reading.code, EntryPass)}
        bounded = {day_of(reading) for reading in readings if reading.ceiling is not None}
        scans, passes, inside = await asyncio.gather(
            self._scans.find_many({reading.scan_id for reading in readings}),
            self._scans.find_passes(reservations),
            self._scans.find_inside(bounded),
        )
        self._look_first = bool(scans or passes)
        return Known(scans=scans, passes=passes, inside=inside)

    async def _keep(self, verdicts: Verdicts) -> bool:
        return not verdicts.batch.scans or await self._scans.claim(verdicts.batch)
