"""Writes accepted events as documents: for captures elsewhere, and as answers to queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from services.epcis.model import EpcisEvent
from services.epcis.vocabulary import STANDARD_CONTEXTS

SCHEMA_VERSION = "2.0"
QUERY_NAME = "SimpleEventQuery"
NO_PREFIXES: Mapping[str, str] = MappingProxyType({})

RecordedEvent = tuple[EpcisEvent, datetime]


def document_of(
    events: Sequence[RecordedEvent], created_at: datetime, context: Mapping[str, str] = NO_PREFIXES
) -> dict[str, Any]:
    """Return an EPCISDocument of events, each with the instant of its recording.

    Each event says its eventID. Prefixes that mean the same in all events stand in the document's `@context`, with
    those of `context`; others stay with their events.
    """
    prefixes = _shared_prefixes(events, context)
    return {
        **_head("EPCISDocument", created_at, prefixes),
        "epcisBody": {"eventList": written_events(events, prefixes)},
    }


def query_document_of(
    events: Sequence[RecordedEvent], created_at: datetime, context: Mapping[str, str] = NO_PREFIXES
) -> dict[str, Any]:
    """Return an EPCISQueryDocument, the answer to a simple event query, written as `document_of` writes."""
    prefixes = _shared_prefixes(events, context)
    results = {"queryName": QUERY_NAME, "resultsBody": {"eventList": written_events(events, prefixes)}}
    return {**_head("EPCISQueryDocument", created_at, prefixes), "epcisBody": {"queryResults": results}}


def _head(kind: str, created_at: datetime, prefixes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "@context": [STANDARD_CONTEXTS[0], *([dict(prefixes)] if prefixes else [])],
        "type": kind,
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": _instant(created_at),
    }


def _shared_prefixes(events: Iterable[RecordedEvent], context: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes of `context`, and those of events that no other event takes for something else."""
    meanings: dict[str, set[str]] = {prefix: {uri} for prefix, uri in context.items()}
    for event, _ in events:
        for prefix, uri in event.body.get("@context", {}).items():
            meanings.setdefault(prefix, set()).add(uri)
    agreed = {prefix: uris.pop() for prefix, uris in meanings.items() if len(uris) == 1}
    return {**agreed, **context}


def written_events(events: Iterable[RecordedEvent], prefixes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return events for a document that declares `prefixes`; others stay with their events."""
    return [_event(event, recorded_at, prefixes) for event, recorded_at in events]


def _event(event: EpcisEvent, recorded_at: datetime, prefixes: Mapping[str, str]) -> dict[str, Any]:
    body = {name: value for name, value in event.body.items() if name != "@context"}
    own = {name: uri for name, uri in event.body.get("@context", {}).items() if prefixes.get(name) != uri}
    written = {**body, "eventID": event.event_id, "recordTime": _instant(recorded_at)}
    return {"@context": own, **written} if own else written


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
