"""How events are written as documents."""

from typing import Any

from services.sync.model import OutboxEvent


def event_document(event: OutboxEvent) -> dict[str, Any]:
    """Return an event as it lies among the `events` of a document."""
    return {
        "id": event.id,
        "kind": event.kind,
        "subject_id": event.subject_id,
        "occurred_at": event.occurred_at,
        "payload": dict(event.payload),
    }
