"""Scans, passes, counts and conflicts as documents."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.admissions.batch import OccupancyChange, PassChange
from services.admissions.model import (
    Conflict,
    ConflictKind,
    Decision,
    Entry,
    Movement,
    PassRecord,
    RefusalReason,
    Scan,
)

Document = dict[str, Any]

KEEP_REFUSALS = timedelta(days=7)


def entry_document(entry: Entry) -> Document:
    """Return a movement as it lies in a pass or a conflict."""
    return dict(vars(entry))


def read_entry(document: Mapping[str, Any]) -> Entry:
    """Return the movement of a document; what was kept before there were others was an entry."""
    fields = dict(document)
    fields["movement"] = Movement(fields.get("movement", Movement.ENTRY))
    return Entry(**fields)


def pass_document(change: PassChange) -> Document:
    """Return the pass of a party that had none."""
    after = change.after
    return {
        "_id": after.reservation_id,
        "venue_id": change.venue_id,
        "party_size": after.party_size,
        "admitted_count": after.admitted_count,
        "left_count": after.left_count,
        "surplus_count": after.surplus_count,
        "entries": [entry_document(entry) for entry in change.entries],
        "cancelled_at": None,
    }


def read_pass(document: Mapping[str, Any]) -> PassRecord:
    """Return the pass of a document."""
    return PassRecord(
        reservation_id=document["_id"],
        party_size=document["party_size"],
        admitted_count=document["admitted_count"],
        cancelled_at=document["cancelled_at"],
        entries=tuple(read_entry(entry) for entry in document["entries"]),
        left_count=document.get("left_count", 0),
        surplus_count=document.get("surplus_count", 0),
    )


def scan_document(scan: Scan) -> Document:
    """Return a scan as it is kept."""
    document = dict(vars(scan))
    document["_id"] = document.pop("id")
    document["conflicts"] = list(scan.conflicts)
    if scan.decision is Decision.REFUSED:
        # Whoever repeats a refused scan after that long gets a fresh answer; a scanner gone mad fills no disk.
        document["expires_at"] = scan.scanned_at + KEEP_REFUSALS
    return document


def read_scan(document: Mapping[str, Any]) -> Scan:
    """Return the scan of a document."""
    fields = dict(document)
    reason = fields["reason"]
    fields["id"] = fields.pop("_id")
    fields.pop("expires_at", None)
    fields["decision"] = Decision(fields["decision"])
    fields["reason"] = None if reason is None else RefusalReason(reason)
    fields["movement"] = Movement(fields.get("movement", Movement.ENTRY))
    fields["conflicts"] = tuple(ConflictKind(kind) for kind in fields.get("conflicts", ()))
    return Scan(**fields)


def conflict_document(conflict: Conflict) -> Document:
    """Return a conflict as it is kept: open until somebody settles it."""
    document = dict(vars(conflict))
    document["_id"] = document.pop("id")
    document["sightings"] = [entry_document(entry) for entry in conflict.sightings]
    document["settled_at"] = None
    return document


def start_key(starts_at: datetime) -> str:
    """Return how the start of a slot is written where its admissions are counted: `202702060200`, in UTC."""
    return starts_at.astimezone(UTC).strftime("%Y%m%d%H%M")


def occupancy_counts(change: OccupancyChange) -> tuple[dict[str, int], dict[str, datetime]]:
    """Return what is added to the fields of a day's count, and the instants that are set in it."""
    increments = {
        "inside": change.admitted - change.left,
        "admitted": change.admitted,
        "left": change.left,
        "version": 1,
    }
    instants: dict[str, datetime] = {}
    for gate_id, count in change.gates.items():
        increments[f"gates.{gate_id}.admitted"] = count.admitted
        increments[f"gates.{gate_id}.left"] = count.left
        instants[f"gates.{gate_id}.last_at"] = count.last_at
    for starts_at, admitted in change.starts.items():
        increments[f"starts.{start_key(starts_at)}"] = admitted
    return increments, instants
