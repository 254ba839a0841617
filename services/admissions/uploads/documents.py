"""Entries of logs as documents. The code itself is not among what is kept: its hash stands for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from qr.gate_log import LogEntry, LogKind
from services.admissions.model import ConflictKind, Decision, RefusalReason
from services.admissions.uploads.model import UNDO_REFUSALS, KeptEntry, Link, Moment, NamedConflict, SkewFrom

Document = dict[str, Any]
_MS = timedelta(milliseconds=1)


def entry_document(kept: KeptEntry) -> Document:
    """Return an entry as it is kept; what the log says has the names of `docs/codes.md`."""
    said = dict(vars(kept.entry))
    said["occurred_at"] = said.pop("at")
    said["logged_decision"] = said.pop("decision")
    said["logged_reason"] = said.pop("reason")
    undoes = {} if kept.undoes_scan is None else {"undoes_scan": kept.undoes_scan}
    return {
        "_id": kept.id,
        "venue_id": kept.venue_id,
        **said,
        "hash": kept.hash,
        "signature": kept.signature,
        "at": kept.moment.at,
        "skew_ms": kept.moment.skew // _MS,
        "skew_from": kept.moment.skew_from,
        "slack_ms": kept.moment.slack // _MS,
        "received_at": kept.received_at,
        "received_from": kept.received_from,
        **undoes,
        **decided_fields(kept),
        **named_fields(kept),
        "settled": kept.settled,
    }


def settled_fields(kept: KeptEntry) -> Document:
    """Return an entry's answer; nothing but the decision of an undo that waits changes afterwards.

    That one may be taken by whoever brings the entry at this very moment, so it is left as it is.
    """
    return {**({} if kept.decision is None else decided_fields(kept)), **named_fields(kept), "settled": True}


def decided_fields(kept: KeptEntry) -> Document:
    """Return what is on record for an entry."""
    return {"scan_id": kept.scan_id, "decision": kept.decision, "reason": kept.reason}


def named_fields(kept: KeptEntry) -> Document:
    """Return the conflicts that an entry's answer names."""
    return {"conflicts": [{"id": one.id, "kind": one.kind} for one in kept.conflicts]}


def read_kept(document: Mapping[str, Any]) -> KeptEntry:
    """Return the entry of a document."""
    decision, reason = document["decision"], document["reason"]
    return KeptEntry(
        id=document["_id"],
        venue_id=document["venue_id"],
        entry=_read_said(document),
        hash=document["hash"],
        signature=bytes(document["signature"]),
        moment=Moment(
            at=document["at"],
            skew=timedelta(milliseconds=document["skew_ms"]),
            skew_from=SkewFrom(document["skew_from"]),
            slack=timedelta(milliseconds=document["slack_ms"]),
        ),
        received_at=document["received_at"],
        received_from=document["received_from"],
        scan_id=document["scan_id"],
        undoes_scan=document.get("undoes_scan"),
        decision=None if decision is None else Decision(decision),
        reason=None if reason is None else RefusalReason(reason),
        conflicts=read_named(document["conflicts"]),
        settled=document["settled"],
    )


def read_link(document: Mapping[str, Any]) -> Link:
    """Return how the entry of a document is linked."""
    return Link(
        id=document["_id"],
        seq=document["seq"],
        hash=document["hash"],
        previous=document["previous"],
        waits=_waits(document),
    )


def _waits(document: Mapping[str, Any]) -> bool:
    """Tell whether an entry is an undo of which nothing is known but that it came."""
    refused = any(one["kind"] in UNDO_REFUSALS for one in document["conflicts"])
    return document["kind"] == LogKind.UNDO and document["decision"] is None and not refused


def read_named(conflicts: Sequence[Mapping[str, str]]) -> tuple[NamedConflict, ...]:
    """Return conflicts by their ids."""
    return tuple(NamedConflict(id=one["id"], kind=ConflictKind(one["kind"])) for one in conflicts)


def _read_said(document: Mapping[str, Any]) -> LogEntry:
    return LogEntry(
        device_id=document["device_id"],
        seq=document["seq"],
        previous=document["previous"],
        kind=LogKind(document["kind"]),
        gate_id=document["gate_id"],
        nonce=document["nonce"],
        at=document["occurred_at"],
        code_sha256=document["code_sha256"],
        lease_id=document["lease_id"],
        count=document["count"],
        decision=document["logged_decision"],
        reason=document["logged_reason"],
        admitted_now=document["admitted_now"],
        undoes=document["undoes"],
        pack_issued_at=document["pack_issued_at"],
    )
