"""How counts, scans and sightings are written as documents."""

from collections.abc import Mapping
from typing import Any

from services.items.places import place_uri, read_place
from services.items.stock.model import (
    CountedItem,
    Reason,
    Scan,
    ScanRecord,
    Sighting,
    StockTake,
    StockTakeState,
    Upload,
    Verdict,
)

Document = dict[str, Any]
FIXED = {"_id", "place", "item_type_id", "name", "seen_by", "scopes", "starts", "expected", "opened_at", "opened_by"}


def take_document(take: StockTake) -> Document:
    """Return a count as it is kept."""
    fields = dict(vars(take))
    del fields["id"]
    counts = {str(verdict): number for verdict, number in take.counts.items()}
    return {
        **fields,
        "_id": take.id,
        "place": place_uri(take.place),
        "seen_by": list(take.seen_by),
        "scopes": list(take.scopes),
        "starts": list(take.starts),
        "counts": counts,
    }


def changing(take: StockTake) -> Document:
    """Return what of a count changes after its opening."""
    return {name: value for name, value in take_document(take).items() if name not in FIXED}


def read_take(document: Mapping[str, Any]) -> StockTake:
    """Return the count of a document."""
    fields = dict(document)
    place = read_place(fields["place"])
    if place is None:
        raise ValueError("not a place")
    return StockTake(
        **{
            **{name: value for name, value in fields.items() if name != "_id"},
            "id": fields["_id"],
            "place": place,
            "seen_by": tuple(fields["seen_by"]),
            "scopes": tuple(fields["scopes"]),
            "starts": tuple(fields["starts"]),
            "state": StockTakeState(fields["state"]),
            "counts": {Verdict(verdict): number for verdict, number in fields["counts"].items()},
        }
    )


def list_name(take_id: str, verdict: Verdict) -> str:
    """Return the name of the list of a count's scans of a verdict."""
    return f"{take_id}:{verdict}"


def scan_key(take_id: str, scan_id: str) -> str:
    """Return the `_id` of a scan: a scan_id is its phone's own, and says nothing in another count."""
    return f"{take_id}:{scan_id}"


def scan_document(take_id: str, record: ScanRecord) -> Document:
    """Return a scan as it is kept."""
    upload = record.upload
    return {
        "_id": scan_key(take_id, upload.scan.scan_id),
        "listed": list_name(take_id, record.verdict),
        "position": record.position,
        "scan": dict(vars(upload.scan)),
        "scanned_by": upload.scanned_by,
        "received_at": upload.received_at,
        "verdict": record.verdict,
        "reason": record.reason,
        "item": None if record.item is None else dict(vars(record.item)),
        "first": None if record.first is None else _sighting(record.first),
    }


def read_scan(document: Mapping[str, Any]) -> ScanRecord:
    """Return the scan of a document."""
    item, first, reason = document["item"], document["first"], document["reason"]
    return ScanRecord(
        upload=Upload(
            scan=Scan(**document["scan"]), scanned_by=document["scanned_by"], received_at=document["received_at"]
        ),
        position=document["position"],
        verdict=Verdict(document["verdict"]),
        reason=None if reason is None else Reason(reason),
        item=None if item is None else CountedItem(**item),
        first=None if first is None else read_sighting(first),
    )


def sighting_key(take_id: str, item_id: str) -> str:
    """Return the `_id` of the first scan of an item: it is what makes it the only one."""
    return f"{take_id}:{item_id}"


def sighting_document(take_id: str, sighting: Sighting) -> Document:
    """Return a sighting as it is kept."""
    return {"_id": sighting_key(take_id, sighting.item_id), **_sighting(sighting)}


def read_sighting(document: Mapping[str, Any]) -> Sighting:
    """Return the sighting of a document."""
    return Sighting(
        item_id=document["item_id"],
        expected=document["expected"],
        verdict=Verdict(document["verdict"]),
        scan=Scan(**document["scan"]),
    )


def _sighting(sighting: Sighting) -> Document:
    return {
        "item_id": sighting.item_id,
        "expected": sighting.expected,
        "verdict": sighting.verdict,
        "scan": dict(vars(sighting.scan)),
    }
