"""Envelopes: records as one recipient gets them, with what tells whether both sides have the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.records import Record
from services.sync.standard.model import RecordSchema
from services.sync.standard.references import references_of

PARTS = 256
# Sums of 31-bit numbers stay below 2^63, what a database adds up exactly, for four thousand million records.
PIECE_BITS = 31


class Checksum(NamedTuple):
    """What stands for an envelope in sums: 62 bits of its digest, in two numbers."""

    high: int
    low: int


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A record on its way; `id` is what the recipient knows it by, `source_id` what it is called here.

    `part` (0 to 255) follows from the id: what is compared piece by piece is cut by it. `digest` is the SHA-256, in
    hexadecimal digits, of everything that the recipient gets to know of the record. `path` names the instances it came
    through, `sender` is the last of them. `flaws` are what is wrong with its quality,
    `references` the records that it names, as `kind:id`; both stay here.
    """

    kind: RecordKind
    id: str
    source_id: str
    version: int
    standard: str
    district_id: str
    day: date
    sender: str
    path: tuple[str, ...]
    changed_at: datetime
    digest: str
    data: Mapping[str, Any]
    flaws: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def part(self) -> int:
        """Return which of the PARTS it lies in."""
        return hashlib.sha256(self.id.encode()).digest()[0]

    @property
    def checksum(self) -> Checksum:
        """Return what stands for it in sums."""
        return checksum_of(self.digest)


def wrap(record: Record, schema: RecordSchema, pseudonyms: Pseudonyms, sender: str) -> Envelope:
    """Return the record as the recipient of these pseudonyms gets it from `sender`."""
    data = pseudonyms.put_in(schema.pseudonyms, record.data)
    label = schema.pseudonyms.get("id")
    its_id = record.id if label is None else pseudonyms.of(label, record.id)
    path = (*record.path, sender)
    return Envelope(
        kind=record.kind,
        id=its_id,
        source_id=record.id,
        version=record.version,
        standard=schema.standard,
        district_id=record.district_id,
        day=record.day,
        sender=sender,
        path=path,
        changed_at=record.changed_at,
        digest=digest_of(
            {
                "kind": record.kind,
                "id": its_id,
                "version": record.version,
                "standard": schema.standard,
                "district": record.district_id,
                "day": record.day.isoformat(),
                "path": list(path),
                "data": data,
            }
        ),
        data=data,
        references=references_of(data, schema),
    )


def digest_of(told: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a recipient is told, as JSON with sorted names and no blanks."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def checksum_of(digest: str) -> Checksum:
    """Return the two numbers that stand for a digest in sums."""
    number = int(digest[:16], 16)
    return Checksum(high=number >> (64 - PIECE_BITS), low=number & ((1 << PIECE_BITS) - 1))
