"""Tells whether an event is among those that a query asks for."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.epcis.model import EpcisEvent
from services.epcis.queries import Choice, EventQuery


def matches(event: EpcisEvent, recorded_at: datetime, query: EventQuery) -> bool:
    """Tell whether an event that was recorded then meets every condition of the query."""
    return _in_time(event, recorded_at, query) and _in_value(event, query) and _by_type(event, query)


def _in_time(event: EpcisEvent, recorded_at: datetime, query: EventQuery) -> bool:
    return _within(event.event_time, query.event_from, query.event_before) and _within(
        recorded_at, query.record_from, query.record_before
    )


def _within(moment: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or moment >= start) and (end is None or moment < end)


def _in_value(event: EpcisEvent, query: EventQuery) -> bool:
    error = event.error
    if query.error_declared is not None and query.error_declared != (error is not None):
        return False
    conditions: tuple[tuple[Choice | None, Iterable[str | None]], ...] = (
        (query.event_types, (event.type,)),
        (query.actions, (event.action,)),
        (query.biz_steps, (event.biz_step,)),
        (query.dispositions, (event.disposition,)),
        (query.persistent_set, event.persistent_set),
        (query.persistent_unset, event.persistent_unset),
        (query.read_points, (event.read_point,)),
        (query.biz_locations, (event.biz_location,)),
        (query.transformation_ids, (event.transformation_id,)),
        (query.event_ids, (event.event_id,)),
        (query.epcs, (*event.epcs, *event.children)),
        (query.parents, (event.parent,)),
        (query.inputs, event.inputs),
        (query.outputs, event.outputs),
        (query.any_epcs, event.every_epc),
        (query.error_reasons, () if error is None else (error.reason,)),
    )
    return all(choice is None or not choice.isdisjoint(values) for choice, values in conditions)


def _by_type(event: EpcisEvent, query: EventQuery) -> bool:
    return (
        _among(event.transactions, query.transactions)
        and _among(event.sources, query.sources)
        and _among(event.destinations, query.destinations)
    )


def _among(pairs: Iterable[tuple[str | None, str]], wanted: Mapping[str, Choice]) -> bool:
    """Tell whether for each wanted type there is a pair of that type with one of the wanted ids."""
    given = frozenset(pairs)
    return all(any((kind, value) in given for value in values) for kind, values in wanted.items())
