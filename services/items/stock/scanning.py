"""Scanning in a count: uploads of several phones, decided together and kept in one write."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qr.item_code import ItemKeyring
from services.common.batches import Batches
from services.common.clock import Clock
from services.identity.model import Actor
from services.items.errors import StockTakeContended, StockTakeUnknown
from services.items.ports import RecordStore
from services.items.stock.model import Scan, ScanAnswer, StockTake, Upload
from services.items.stock.ports import StockStore
from services.items.stock.rules import Known, decide, read_scanned
from services.items.stock.takes import StockTakes

# Uploads in one write: of 500 scans each at most, and two documents a scan.
LARGEST_BATCH = 4
LONGEST_QUEUE = 500
PATIENCE_S = 8.0
TRIES = 12


@dataclass(frozen=True, kw_only=True)
class _Wish:
    take_id: str
    uploads: tuple[Upload, ...]


class StockScanning:
    """Group commit of scans, on top of the version of the count."""

    def __init__(
        self, *, takes: StockTakes, store: StockStore, records: RecordStore, keyring: ItemKeyring, clock: Clock
    ) -> None:
        self._takes = takes
        self._store = store
        self._records = records
        self._keyring = keyring
        self._clock = clock
        self._batches = Batches[_Wish, Sequence[ScanAnswer]](
            self._write, largest=LARGEST_BATCH, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def scan(self, actor: Actor, take_id: str, scans: Sequence[Scan]) -> Sequence[ScanAnswer]:
        """Return an answer for each scan, in order; none is lost, not even one that comes after the sign-off.

        Raises StockTakeUnknown, StockTakeContended, TooBusy or DatabaseUnavailable; the upload may then be repeated.
        """
        await self._takes.get(actor, take_id)
        now = self._clock.now()
        uploads = tuple(Upload(scan=scan, scanned_by=actor.id, received_at=now) for scan in scans)
        return await self._batches.submit(_Wish(take_id=take_id, uploads=uploads))

    async def _write(self, wishes: Sequence[_Wish]) -> Sequence[Sequence[ScanAnswer] | Exception]:
        answers: dict[str, list[ScanAnswer] | Exception] = {}
        for take_id in dict.fromkeys(wish.take_id for wish in wishes):
            uploads = [upload for wish in wishes if wish.take_id == take_id for upload in wish.uploads]
            try:
                answers[take_id] = await self._write_one(take_id, uploads)
            except StockTakeContended as refusal:
                answers[take_id] = refusal
        return [_own(answers[wish.take_id], len(wish.uploads)) for wish in wishes]

    async def _write_one(self, take_id: str, uploads: Sequence[Upload]) -> list[ScanAnswer]:
        for _ in range(TRIES):
            take = await self._store.find(take_id)
            if take is None:
                raise StockTakeUnknown
            growth = decide(take, uploads, await self._known(take, uploads))
            if not growth.records or await self._store.claim(growth):
                return growth.answers
        raise StockTakeContended(retry_after_s=1)

    async def _known(self, take: StockTake, uploads: Iterable[Upload]) -> Known:
        scans = [upload.scan for upload in uploads]
        read = {scan.code: read_scanned(scan.code, self._keyring) for scan in scans}
        item_ids = {item_id for item_id, _ in read.values() if item_id is not None}
        records, items, sightings, expected = await asyncio.gather(
            self._store.scans(take.id, {scan.scan_id for scan in scans}),
            self._records.items(item_ids),
            self._store.sightings(take.id, item_ids),
            self._store.expected_among(take, item_ids),
        )
        return Known(records=dict(records), read=read, items=items, sightings=dict(sightings), expected=expected)


def _own(answers: list[ScanAnswer] | Exception, count: int) -> Sequence[ScanAnswer] | Exception:
    """Take the next `count` answers off the front."""
    if isinstance(answers, Exception):
        return answers
    own = answers[:count]
    del answers[:count]
    return own
