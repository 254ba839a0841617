"""Reads EPCIS documents, which are checked in three passes, each only if the one before has found nothing.

The passes are bounds, shape (as the JSON Schema of GS1 has it), and rules beyond the shape.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from services.epcis.bounds import check_bounds
from services.epcis.document_shapes import document as document_shape
from services.epcis.errors import DocumentInvalid
from services.epcis.events import body_of, meaning, read_event
from services.epcis.formats import instant
from services.epcis.model import EpcisDocument, EpcisEvent
from services.epcis.rules import check_envelope, check_event_rules, event_path
from services.epcis.shapes import Check, Faults, TooManyFaults


def read_document(value: Any, now: datetime) -> EpcisDocument:
    """Read an EPCISDocument from parsed JSON; raises DocumentInvalid, with at most MAX_FAULTS paths."""
    _pass(check_bounds, value)
    _pass(document_shape, value)
    faults = Faults()
    try:
        prefixes = check_envelope(value, faults)
        bodies = [
            body_of(event, check_event_rules(event, event_path(index), prefixes, now, faults))
            for index, event in enumerate(value["epcisBody"]["eventList"])
        ]
        events = () if faults.found else tuple(map(read_event, bodies))
        _check_ids(events, faults)
    except TooManyFaults:
        raise DocumentInvalid(errors=tuple(faults.found)) from None
    if faults.found:
        raise DocumentInvalid(errors=tuple(faults.found))
    return EpcisDocument(context=prefixes, created_at=instant(value["creationDate"]), events=events)


def _pass(check: Check, value: Any) -> None:
    faults = Faults()
    with suppress(TooManyFaults):
        check(value, "", faults)
    if faults.found:
        raise DocumentInvalid(errors=tuple(faults.found))


def _check_ids(events: tuple[EpcisEvent, ...], faults: Faults) -> None:
    """Check that no two events of the same eventID differ; an error declaration has the id of what it declares."""
    first: dict[tuple[str, bool], EpcisEvent] = {}
    for index, event in enumerate(events):
        earlier = first.setdefault((event.event_id, event.error is None), event)
        if earlier is not event and meaning(earlier.body) != meaning(event.body):
            faults.add(f"{event_path(index)}.eventID", "duplicate", "another event of this document has this eventID")
