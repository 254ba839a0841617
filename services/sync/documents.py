"""How events are written as documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ulid import ULID

from services.sync.model import EventKind, OutboxEvent


def event_document(event: OutboxEvent) -> dict[str, Any]:
    """Return an event as it lies among the `events` of a document."""
    return {
        "id": event.id,
        "kind": event.kind,
        "subject_id": event.subject_id,
        "occurred_at": event.occurred_at,
        "payload": dict(event.payload),
    }


def read_event(document: Mapping[str, Any]) -> OutboxEvent:
    """Return the event of a document."""
    return OutboxEvent(
        id=document["id"],
        kind=EventKind(document["kind"]),
        subject_id=document["subject_id"],
        occurred_at=document["occurred_at"],
        payload=document["payload"],
    )


def told_at(event: OutboxEvent) -> datetime:
    """Return when the event was made, which its id (a ULID) tells; what it is about may have happened long before."""
    return ULID.from_str(event.id.partition("_")[2]).datetime
