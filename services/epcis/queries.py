"""The standard's simple event query (EPCIS 2.0, section 8.2.7.1), from the texts of a query string.

Values of a list are separated by `|`, as the REST binding has it. `MATCH_` parameters take exact ids only, no patterns.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.common.errors import FieldError
from services.epcis.errors import QueryParameterInvalid, QueryParameterUnknown
from services.epcis.formats import instant, is_instant, is_within_calendar
from services.epcis.model import Action, EventType
from services.epcis.vocabulary import (
    BIZ_STEP,
    DISPOSITION,
    ERROR_REASON,
    PARTY_TYPE,
    TRANSACTION_TYPE,
    Vocabulary,
)

MAX_PER_PAGE = 1000
MAX_LIMIT = 1_000_000
MAX_VALUES = 100


class OrderBy(StrEnum):
    """What a list of events is ordered by."""

    EVENT_TIME = "eventTime"
    RECORD_TIME = "recordTime"


class OrderDirection(StrEnum):
    """Which end comes first."""

    ASCENDING = "ASC"
    DESCENDING = "DESC"


Choice = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """Which events are asked for; None is no condition, a set is met by any of its values.

    Times are aware instants: from (inclusive) and before (exclusive). `transactions`, `sources` and `destinations` go
    by type. `event_count_limit` cuts the answer short; more than `max_event_count` events are an error.
    """

    event_types: Choice | None = None
    event_from: datetime | None = None
    event_before: datetime | None = None
    record_from: datetime | None = None
    record_before: datetime | None = None
    actions: Choice | None = None
    biz_steps: Choice | None = None
    dispositions: Choice | None = None
    persistent_set: Choice | None = None
    persistent_unset: Choice | None = None
    read_points: Choice | None = None
    biz_locations: Choice | None = None
    transformation_ids: Choice | None = None
    event_ids: Choice | None = None
    epcs: Choice | None = None
    parents: Choice | None = None
    inputs: Choice | None = None
    outputs: Choice | None = None
    any_epcs: Choice | None = None
    transactions: Mapping[str, Choice] = field(default_factory=dict)
    sources: Mapping[str, Choice] = field(default_factory=dict)
    destinations: Mapping[str, Choice] = field(default_factory=dict)
    error_declared: bool | None = None
    error_reasons: Choice | None = None
    order_by: OrderBy | None = None
    order_direction: OrderDirection = OrderDirection.DESCENDING
    event_count_limit: int | None = None
    max_event_count: int | None = None
    per_page: int | None = None
    next_page_token: str | None = None


Read = Callable[[str, str], Any]


def _refused(path: str, code: str, detail: str, *values: str) -> QueryParameterInvalid:
    return QueryParameterInvalid(FieldError(path=path, code=code, detail=detail, values=values))


def _texts(path: str, given: str) -> Choice:
    values = given.split("|")
    if len(values) > MAX_VALUES:
        raise _refused(path, "too_long", f"at most {MAX_VALUES} values", str(MAX_VALUES))
    if not all(values):
        raise _refused(path, "too_short", "an empty value", "1")
    return frozenset(values)


def _ids(path: str, given: str) -> Choice:
    values = _texts(path, given)
    if any("*" in value for value in values):
        raise _refused(path, "pattern_unsupported", "exact ids only, no patterns")
    return values


def _words(vocabulary: Vocabulary) -> Read:
    return lambda path, given: frozenset(map(vocabulary.word_of, _texts(path, given)))


def _some_of(words: Iterable[str]) -> Read:
    choices = tuple(words)
    listed = ", ".join(choices)

    def read(path: str, given: str) -> Choice:
        values = _texts(path, given)
        if not values <= frozenset(choices):
            raise _refused(path, "not_allowed", f"one of {listed} is expected", listed)
        return values

    return read


def _one_of(kind: type[StrEnum]) -> Read:
    def read(path: str, given: str) -> StrEnum:
        if given not in tuple(kind):
            raise _refused(path, "not_allowed", f"one of {', '.join(kind)} is expected", ", ".join(kind))
        return kind(given)

    return read


def _instant(path: str, given: str) -> datetime:
    # A plus that was not escaped in a query string arrives as a space.
    given = given.replace(" ", "+")
    if not is_instant(given) or not is_within_calendar(given):
        raise _refused(path, "invalid_format", "a date and time with an offset is expected (RFC 3339)")
    return instant(given)


def _yes_or_no(path: str, given: str) -> bool:
    if given not in {"true", "false"}:
        raise _refused(path, "not_allowed", "true or false is expected", "true, false")
    return given == "true"


def _count(most: int) -> Read:
    def read(path: str, given: str) -> int:
        number = int(given) if given.isascii() and given.isdecimal() and len(given) <= len(str(most)) else 0
        if not 1 <= number <= most:
            raise _refused(path, "out_of_range", f"1 to {most} is expected", "1", str(most))
        return number

    return read


_PARAMETERS: Mapping[str, tuple[str, Read]] = {
    "eventType": ("event_types", _some_of(EventType)),
    "GE_eventTime": ("event_from", _instant),
    "LT_eventTime": ("event_before", _instant),
    "GE_recordTime": ("record_from", _instant),
    "LT_recordTime": ("record_before", _instant),
    "EQ_action": ("actions", _some_of(Action)),
    "EQ_bizStep": ("biz_steps", _words(BIZ_STEP)),
    "EQ_disposition": ("dispositions", _words(DISPOSITION)),
    "EQ_persistentDisposition_set": ("persistent_set", _words(DISPOSITION)),
    "EQ_persistentDisposition_unset": ("persistent_unset", _words(DISPOSITION)),
    "EQ_readPoint": ("read_points", _texts),
    "EQ_bizLocation": ("biz_locations", _texts),
    "EQ_transformationID": ("transformation_ids", _texts),
    "EQ_eventID": ("event_ids", _texts),
    "MATCH_epc": ("epcs", _ids),
    "MATCH_parentID": ("parents", _ids),
    "MATCH_inputEPC": ("inputs", _ids),
    "MATCH_outputEPC": ("outputs", _ids),
    "MATCH_anyEPC": ("any_epcs", _ids),
    "EXISTS_errorDeclaration": ("error_declared", _yes_or_no),
    "EQ_errorReason": ("error_reasons", _words(ERROR_REASON)),
    "orderBy": ("order_by", _one_of(OrderBy)),
    "orderDirection": ("order_direction", _one_of(OrderDirection)),
    "eventCountLimit": ("event_count_limit", _count(MAX_LIMIT)),
    "maxEventCount": ("max_event_count", _count(MAX_LIMIT)),
    "perPage": ("per_page", _count(MAX_PER_PAGE)),
    "nextPageToken": ("next_page_token", lambda _path, given: given),
}
# Those whose names end with a type.
_BY_TYPE: Mapping[str, tuple[str, Vocabulary]] = {
    "EQ_bizTransaction_": ("transactions", TRANSACTION_TYPE),
    "EQ_source_": ("sources", PARTY_TYPE),
    "EQ_destination_": ("destinations", PARTY_TYPE),
}


def parse_query(parameters: Mapping[str, str]) -> EventQuery:
    """Read a query from the names and texts of its parameters; raises QueryParameterUnknown, QueryParameterInvalid."""
    found: dict[str, Any] = {}
    for name, given in parameters.items():
        if name in _PARAMETERS:
            target, read = _PARAMETERS[name]
            found[target] = read(name, given)
        else:
            target, kind = _typed(name)
            found.setdefault(target, {})[kind] = _texts(name, given)
    if "event_count_limit" in found and "max_event_count" in found:
        raise _refused("maxEventCount", "not_allowed_together", "eventCountLimit or maxEventCount, not both")
    return EventQuery(**found)


def _typed(name: str) -> tuple[str, str]:
    for start, (target, vocabulary) in _BY_TYPE.items():
        kind = name.removeprefix(start)
        if kind and kind != name:
            return target, vocabulary.word_of(kind)
    raise QueryParameterUnknown(name)
