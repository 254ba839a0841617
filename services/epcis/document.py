"""Reads EPCIS documents: what stands around the events first, then each event for itself.

Both are checked in three passes, each only if the one before has found nothing: bounds, shape (as the JSON Schema of
GS1 has it), and rules beyond the shape.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any

from services.common.errors import FieldError
from services.epcis.bounds import check_bounds
from services.epcis.document_shapes import document as document_shape
from services.epcis.errors import DocumentInvalid
from services.epcis.event_shapes import event as event_shape
from services.epcis.events import body_of, meaning, read_event
from services.epcis.formats import instant
from services.epcis.model import EpcisDocument, EpcisEvent
from services.epcis.rules import check_envelope, check_event_rules, event_path
from services.epcis.shapes import MAX_FAULTS, Faults, TooManyFaults

Outcome = EpcisEvent | DocumentInvalid
# Events stand this many levels inside their document.
_EVENT_DEPTH = 4


def read_document(value: Any, now: datetime) -> EpcisDocument:
    """Read an EPCISDocument from parsed JSON; raises DocumentInvalid, with at most MAX_FAULTS paths."""
    prefixes, outcomes = _read(value, now)
    faults = chain.from_iterable(outcome.errors for outcome in outcomes if isinstance(outcome, DocumentInvalid))
    shown = tuple(fault for fault, _ in zip(faults, range(MAX_FAULTS), strict=False))
    if shown:
        raise DocumentInvalid(errors=shown)
    events = tuple(outcome for outcome in outcomes if isinstance(outcome, EpcisEvent))
    return EpcisDocument(context=prefixes, created_at=instant(value["creationDate"]), events=events)


def read_each(value: Any, now: datetime) -> tuple[Outcome, ...]:
    """Read the events of an EPCISDocument; in the place of those that are not valid stands what is wrong with them.

    Raises DocumentInvalid for what is wrong around the events.
    """
    return _read(value, now)[1]


def _read(value: Any, now: datetime) -> tuple[Mapping[str, str], tuple[Outcome, ...]]:
    envelope, events = _taken_apart(value)
    _pass(lambda faults: check_bounds(envelope, "", faults))
    _pass(lambda faults: document_shape(envelope, "", faults))
    prefixes: dict[str, str] = {}
    _pass(lambda faults: prefixes.update(check_envelope(envelope, len(events), faults)))
    outcomes = [_read_one(event, event_path(index), prefixes, now) for index, event in enumerate(events)]
    return prefixes, tuple(_without_other_duplicates(outcomes))


def _taken_apart(value: Any) -> tuple[Any, list[Any]]:
    """Return a document without its events, and them; one without a list of events is returned as it is."""
    body = value.get("epcisBody") if isinstance(value, dict) else None
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(events, list):
        return value, []
    return {**value, "epcisBody": {**body, "eventList": []}}, events


def _pass(check: Callable[[Faults], None]) -> None:
    faults = Faults()
    with suppress(TooManyFaults):
        check(faults)
    if faults.found:
        raise DocumentInvalid(errors=tuple(faults.found))


def _read_one(event: Any, path: str, declared: Mapping[str, str], now: datetime) -> Outcome:
    prefixes: dict[str, str] = {}
    try:
        _pass(lambda faults: check_bounds(event, path, faults, _EVENT_DEPTH))
        _pass(lambda faults: event_shape(event, path, faults))
        _pass(lambda faults: prefixes.update(check_event_rules(event, path, declared, now, faults)))
    except DocumentInvalid as refusal:
        return refusal
    return read_event(body_of(event, prefixes))


def _without_other_duplicates(outcomes: list[Outcome]) -> list[Outcome]:
    """Refuse those that have the eventID of an earlier event and say something else.

    An error declaration has the eventID of the event that it declares wrong.
    """
    first: dict[tuple[str, bool], EpcisEvent] = {}
    for index, event in enumerate(outcomes):
        if isinstance(event, DocumentInvalid):
            continue
        earlier = first.setdefault((event.event_id, event.error is None), event)
        if earlier is not event and meaning(earlier.body) != meaning(event.body):
            outcomes[index] = _duplicate(event_path(index))
    return outcomes


def _duplicate(path: str) -> DocumentInvalid:
    detail = "another event of this document has this eventID"
    return DocumentInvalid(errors=(FieldError(path=f"{path}.eventID", code="duplicate", detail=detail),))
