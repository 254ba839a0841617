"""Shelves in memory, and records to lay on them."""

import hashlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.common.clock import Clock, SystemClock
from services.sync.envelopes import Envelope, wrap
from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.reconciling.model import Told
from services.sync.records import Record
from services.sync.shelves.documents import AtTheRecipient, Layout, read_cell, read_lying
from services.sync.shelves.model import Cell, Lying, Put, Sum
from services.sync.standard.model import RecordSchema

SENDER = "chengma"
KIND = RecordKind.OUTLET
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
DISTRICTS = ("310101", "310104", "310115")
FIRST_DAY = date(2026, 11, 1)
RECIPIENT = AtTheRecipient(marks={})


def make_record(number: int, *, version: int = 1, kind: RecordKind = KIND, **changes: Any) -> Record:
    """Return a record; its district and day follow from its number."""
    record = Record(
        kind=kind,
        id=f"otl_{number:06}",
        version=version,
        district_id=DISTRICTS[number % len(DISTRICTS)],
        day=FIRST_DAY + timedelta(days=number // 3 % 10),
        changed_at=LONG_AGO,
        data={"id": f"otl_{number:06}", "name": f"示例餐厅{number}", "state": f"state {version}"},
    )
    return replace(record, **changes)


class PlainPacking:
    """Packs records by a schema without properties; with a `label`, ids are pseudonyms."""

    def __init__(self, *, label: str | None = None, sender: str = SENDER) -> None:
        self.sender = sender
        self._label = label
        self._pseudonyms = Pseudonyms.for_recipient(b"example" * 5, "main")
        self.off_standard: set[str] = set()

    def id_of(self, kind: RecordKind, source_id: str) -> str:  # noqa: ARG002 -- the shape of the port
        return source_id if self._label is None else self._pseudonyms.of(self._label, source_id)

    def source_id_of(self, kind: RecordKind, its_id: str) -> str | None:  # noqa: ARG002 -- the shape of the port
        return its_id if self._label is None else None

    def wrap(self, record: Record) -> Envelope:
        schema = RecordSchema(
            kind=record.kind,
            major=1,
            document={},
            pseudonyms={} if self._label is None else {"id": self._label},
            references={},
            expected=(),
        )
        return wrap(record, schema, self._pseudonyms, self.sender)

    def pack(self, record: Record) -> Told:
        envelope = None if record.id in self.off_standard else self.wrap(record)
        return Told(id=self.id_of(record.kind, record.id), source_id=record.id, envelope=envelope)


class MemorySource:
    """Records by id."""

    def __init__(self, records: Iterable[Record], kind: RecordKind = KIND) -> None:
        self.kind = kind
        self.records = {record.id: record for record in records}

    async def several(self, ids: Collection[str]) -> Sequence[Record]:
        return [self.records[one] for one in ids if one in self.records]

    async def about(self) -> int:
        return len(self.records)

    async def everything(self) -> AsyncIterator[Sequence[Record]]:
        records = list(self.records.values())
        for start in range(0, len(records), 100):
            yield records[start : start + 100]


class MemoryWaiting:
    """What waits, as ids."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    async def records(self, kind: RecordKind) -> AsyncIterator[Sequence[str]]:  # noqa: ARG002 -- the shape of the port
        yield list(self.ids)


class MemoryShelf:
    """A shelf as the port describes it, with documents that a test may spoil."""

    def __init__(self, *, sender: str = SENDER, layout: Layout = RECIPIENT, clock: Clock | None = None) -> None:
        self.sender = sender
        self.reads = 0
        self._layout = layout
        self._clock = clock or SystemClock()
        self.documents: dict[RecordKind, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.refusing: set[str] = set()

    def settle(self) -> None:
        """Let everything have been delivered long ago."""
        for documents in self.documents.values():
            for document in documents.values():
                if "delivered_at" in document:
                    document["delivered_at"] = LONG_AGO

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        return [self._put(envelope) for envelope in envelopes]

    def _put(self, envelope: Envelope) -> Put:
        if envelope.id in self.refusing:
            return Put.REFUSED
        seen = self._find(envelope.kind, envelope.id)
        mine = seen is not None and seen.sender == self.sender
        same = seen is not None and (seen.version, seen.digest) == (envelope.version, envelope.digest)
        if seen is not None and mine and (same or seen.version > envelope.version):
            return Put.KNOWN
        self._write(envelope)
        return Put.TAKEN

    def _write(self, envelope: Envelope) -> None:
        document = self._layout.document(envelope, self._clock.now())
        self.documents[envelope.kind][envelope.id] = document

    async def sums(self, cell: Cell) -> Mapping[Cell, Sum]:
        found: dict[Cell, Sum] = {}
        for document in self._in(cell):
            names = ["part"] if cell.day else ["district", "day"]
            within = read_cell(cell, {name: document.get(name) for name in names})
            if within is not None:
                high, low = (value if isinstance(value, int) else 0 for value in map(document.get, ("high", "low")))
                before = found.get(within, Sum(0, 0, 0))
                found[within] = Sum(before.many + 1, before.high + high, before.low + low)
        self.reads += len(found)
        return found

    async def lying(self, cell: Cell) -> Sequence[Lying]:
        found = [self._read(cell.kind, document) for document in self._in(cell)]
        self.reads += len(found)
        return found

    async def find(self, kind: RecordKind, ids: Collection[str]) -> Mapping[str, Lying]:
        found = {one: lying for one in ids if (lying := self._find(kind, one)) is not None}
        self.reads += len(found)
        return found

    async def replace(self, envelope: Envelope, seen: Lying | None) -> bool:
        lying = self._find(envelope.kind, envelope.id)
        if not _as_seen(lying, seen):
            return False
        self._write(envelope)
        return True

    async def remove(self, seen: Lying) -> bool:
        lying = self._find(seen.kind, seen.id)
        if lying is None or lying.sender != self.sender or not _as_seen(lying, seen):
            return False
        del self.documents[seen.kind][seen.id]
        return True

    async def contents(self, kind: RecordKind) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        documents = self._in(Cell(kind=kind))
        self.reads += len(documents)
        yield [dict(document) for document in documents]

    async def strangers(self, kind: RecordKind) -> int:
        return sum(document.get("sender") != self.sender for document in self.documents[kind].values())

    def _in(self, cell: Cell) -> list[dict[str, Any]]:
        wanted = {"kind": cell.kind, "sender": self.sender}
        wanted |= {} if cell.district_id is None else {"district": cell.district_id}
        wanted |= {} if cell.day is None else {"day": cell.day.isoformat()}
        wanted |= {} if cell.part is None else {"part": cell.part}  # type: ignore[dict-item]
        documents = self.documents[cell.kind].values()
        return [one for one in documents if all(one.get(name) == value for name, value in wanted.items())]

    def _find(self, kind: RecordKind, its_id: str) -> Lying | None:
        document = self.documents[kind].get(its_id)
        return None if document is None else self._read(kind, document)

    def _read(self, kind: RecordKind, document: Mapping[str, Any]) -> Lying:
        return read_lying(document, kind, str(document["_id"]).removeprefix(self._layout.key(kind, "")))


def _as_seen(lying: Lying | None, seen: Lying | None) -> bool:
    if lying is None or seen is None:
        return lying is seen
    return (lying.version, lying.digest) == (seen.version, seen.digest)


def invented_digest() -> str:
    """Return what no content gives."""
    return hashlib.sha256(random.randbytes(16)).hexdigest()
