"""How envelopes are written as documents, at the recipient and here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.shelves.model import Cell, Lying

FILED_BY = ("kind", "district", "day", "part", "high", "low")


class Layout(Protocol):
    """What differs between the shelf of a recipient and our own one."""

    def collection_name(self, kind: RecordKind) -> str:
        """Return where envelopes of a kind lie."""

    def key(self, kind: RecordKind, its_id: str) -> str:
        """Return the `_id` of an envelope."""

    def document(self, envelope: Envelope, delivered_at: datetime) -> dict[str, Any]:
        """Return the envelope as it lies there."""


class AtTheRecipient:
    """A collection a kind, everything that the recipient is told. An instance `forwards` what it gets to the next."""

    def __init__(self, *, marks: Mapping[str, Any]) -> None:
        """Add `marks` to every document: what the recipient asks senders to write, such as that it waits for more."""
        self._marks = dict(marks)

    def collection_name(self, kind: RecordKind) -> str:
        """Return the kind."""
        return kind.value

    def key(self, kind: RecordKind, its_id: str) -> str:  # noqa: ARG002 -- the shape of all layouts
        """Return the id that the recipient knows."""
        return its_id

    def document(self, envelope: Envelope, delivered_at: datetime) -> dict[str, Any]:  # noqa: ARG002 -- as all layouts
        """Return all of it."""
        # No instants: when a party was told of is, to the second, when it entered.
        return {"_id": envelope.id, **_label(envelope), "data": dict(envelope.data), **self._marks}


class OnOurOwnShelf:
    """One collection, without contents."""

    def collection_name(self, kind: RecordKind) -> str:  # noqa: ARG002 -- the shape of all layouts
        """Return the one."""
        return "sync_marks"

    def key(self, kind: RecordKind, its_id: str) -> str:
        """Return `kind:id`."""
        return f"{kind}:{its_id}"

    def document(self, envelope: Envelope, delivered_at: datetime) -> dict[str, Any]:
        """Return what is compared, and what the thing is called here."""
        return {
            "_id": self.key(envelope.kind, envelope.id),
            "source_id": envelope.source_id,
            "flaws": list(envelope.flaws),
            "references": list(envelope.references),
            "changed_at": envelope.changed_at,
            "delivered_at": delivered_at,
            **_label(envelope),
        }


def _label(envelope: Envelope) -> dict[str, Any]:
    checksum = envelope.checksum
    return {
        "kind": envelope.kind,
        "version": envelope.version,
        "standard": envelope.standard,
        "district": envelope.district_id,
        "day": envelope.day.isoformat(),
        "sender": envelope.sender,
        "path": list(envelope.path),
        "part": envelope.part,
        "high": checksum.high,
        "low": checksum.low,
        "digest": envelope.digest,
    }


def read_lying(document: Mapping[str, Any], kind: RecordKind, its_id: str) -> Lying:
    """Return what lies there; what somebody else wrote may have any shape."""
    version, digest = document.get("version"), document.get("digest")
    delivered_at, source_id = document.get("delivered_at"), document.get("source_id")
    return Lying(
        kind=kind,
        id=its_id,
        version=version if isinstance(version, int) and not isinstance(version, bool) else -1,
        digest=digest if isinstance(digest, str) else "",
        sender=document["sender"] if isinstance(document.get("sender"), str) else "",
        source_id=source_id if isinstance(source_id, str) else None,
        delivered_at=delivered_at if isinstance(delivered_at, datetime) else None,
        filed=tuple(document.get(name) for name in FILED_BY),
    )


def read_cell(cell: Cell, named: Mapping[str, Any]) -> Cell | None:
    """Return the cell in `cell` that a sum is of; None where a foreign hand wrote what names none."""
    district, day, part = (named.get(name) for name in ("district", "day", "part"))
    try:
        if not (isinstance(part, int) or (isinstance(district, str) and district and isinstance(day, str))):
            return None
        return cell.within(district=district, day=day, part=part)
    except ValueError:
        return None
