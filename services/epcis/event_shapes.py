"""The shape of each kind of event, as strict as the JSON Schema that GS1 publishes with EPCIS 2.0."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from services.common.errors import FieldError
from services.epcis.formats import is_uri
from services.epcis.model import Action, EventType
from services.epcis.sensor_shapes import SENSOR_ELEMENTS
from services.epcis.shapes import (
    Check,
    Faults,
    TooManyFaults,
    date_time,
    distinct,
    extensible,
    matching,
    number,
    one_of,
    open_record,
    record,
    sequence,
    term,
    under,
    uri,
)
from services.epcis.vocabulary import BIZ_STEP, DISPOSITION, ERROR_REASON, PARTY_TYPE, TRANSACTION_TYPE

Extra = Callable[[Mapping[str, Any], str, Faults], None]

_QUANTITY = record(
    {"epcClass": uri, "quantity": number, "uom": matching("[A-Z0-9]{2,3}", "a unit of UN/ECE Rec 20 is expected")},
    required=("epcClass",),
)
_URIS = sequence(uri)
_DISTINCT_URIS = distinct(_URIS)
_QUANTITIES = sequence(_QUANTITY)
_ILMD = extensible({})


def _uri_or_uris(value: Any, path: str, faults: Faults) -> None:
    (_URIS if isinstance(value, list) else uri)(value, path, faults)


def _context_entry(value: Any, path: str, faults: Faults) -> None:
    if isinstance(value, str):
        uri(value, path, faults)
    elif not isinstance(value, dict):
        faults.add(path, "wrong_type", "a URI or an object is expected")


_CONTEXTS = distinct(sequence(_context_entry))


def context(value: Any, path: str, faults: Faults) -> None:
    """Check the form of an `@context`: a URI, an object, or a list of such."""
    (_CONTEXTS if isinstance(value, list) else _context_entry)(value, path, faults)


_SOME_DISPOSITIONS = distinct(sequence(term(DISPOSITION), least=1))
_PERSISTENT = record({"set": _SOME_DISPOSITIONS, "unset": _SOME_DISPOSITIONS})


def _persistent_disposition(value: Any, path: str, faults: Faults) -> None:
    _PERSISTENT(value, path, faults)
    if value == {}:
        faults.add(under(path, "set"), "required", "set or unset is expected")


_COMMON: Mapping[str, Check] = {
    "@context": context,
    "eventTime": date_time,
    "recordTime": date_time,
    "eventTimeZoneOffset": matching(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)", "an offset as +08:00 is expected"),
    "eventID": uri,
    "certificationInfo": _uri_or_uris,
    "errorDeclaration": extensible(
        {"declarationTime": date_time, "reason": term(ERROR_REASON), "correctiveEventIDs": _URIS},
        required=("declarationTime",),
    ),
}
_WHAT_AND_WHERE: Mapping[str, Check] = {
    "bizStep": term(BIZ_STEP),
    "disposition": term(DISPOSITION),
    "readPoint": open_record({"id": uri}, required=("id",)),
    "bizLocation": open_record({"id": uri}, required=("id",)),
    "bizTransactionList": sequence(
        record({"type": term(TRANSACTION_TYPE), "bizTransaction": uri}, required=("bizTransaction",))
    ),
    "sourceList": sequence(record({"type": term(PARTY_TYPE), "source": uri}, required=("type", "source"))),
    "destinationList": sequence(
        record({"type": term(PARTY_TYPE), "destination": uri}, required=("type", "destination"))
    ),
    "sensorElementList": SENSOR_ELEMENTS,
}
_ACTION = one_of(*Action)
_FAMILY: Mapping[str, Check] = {"parentID": uri, "childEPCs": _URIS, "childQuantityList": _QUANTITIES}


def _filled(event: Mapping[str, Any], *names: str) -> bool:
    """Tell whether one of the lists is there and not empty; those that are no lists are complained of elsewhere."""
    return any(name in event and event[name] != [] for name in names)


def _deletes(event: Mapping[str, Any]) -> bool:
    return event.get("action") == Action.DELETE


def _objects_named(event: Mapping[str, Any], path: str, faults: Faults) -> None:
    senses = _filled(event, "sensorElementList") and "readPoint" in event
    if "epcList" not in event and not _filled(event, "quantityList") and not senses:
        faults.add(under(path, "epcList"), "required", "epcList, quantityList, or sensor data at a readPoint")
    if "ilmd" in event and event.get("action") != Action.ADD:
        faults.add(under(path, "ilmd"), "unknown_field", "ilmd goes with action ADD only")


def _children_named(event: Mapping[str, Any], path: str, faults: Faults) -> None:
    if not _filled(event, "childEPCs", "childQuantityList") and not _deletes(event):
        faults.add(under(path, "childEPCs"), "required", "childEPCs or childQuantityList, unless action is DELETE")


def _transaction_named(event: Mapping[str, Any], path: str, faults: Faults) -> None:
    if event.get("bizTransactionList") == []:
        faults.add(under(path, "bizTransactionList"), "too_short", "at least 1 expected", "1")
    if "epcList" not in event and not _filled(event, "quantityList") and not _deletes(event):
        faults.add(under(path, "epcList"), "required", "epcList or quantityList, unless action is DELETE")


def _inputs_and_outputs_named(event: Mapping[str, Any], path: str, faults: Faults) -> None:
    inputs = _filled(event, "inputEPCList", "inputQuantityList")
    outputs = _filled(event, "outputEPCList", "outputQuantityList")
    if (inputs and outputs) or ((inputs or outputs) and "transformationID" in event):
        return
    missing = "outputEPCList" if inputs else "inputEPCList"
    faults.add(under(path, missing), "required", "inputs and outputs, or one of them and a transformationID")


def _event(fields: Mapping[str, Check], required: tuple[str, ...], extra: Extra) -> Check:
    shape = extensible(
        {"type": one_of(*EventType), **_COMMON, **_WHAT_AND_WHERE, **fields},
        required=("eventTime", "eventTimeZoneOffset", *required),
    )

    def check(value: Any, path: str, faults: Faults) -> None:
        shape(value, path, faults)
        extra(value, path, faults)

    return check


_SHAPES: Mapping[str, Check] = {
    EventType.OBJECT: _event(
        {
            "action": _ACTION,
            "epcList": _DISTINCT_URIS,
            "quantityList": _QUANTITIES,
            "persistentDisposition": _persistent_disposition,
            "ilmd": _ILMD,
        },
        ("action",),
        _objects_named,
    ),
    EventType.AGGREGATION: _event({"action": _ACTION, **_FAMILY}, ("action",), _children_named),
    EventType.ASSOCIATION: _event({"action": _ACTION, **_FAMILY}, ("action", "parentID"), _children_named),
    EventType.TRANSACTION: _event(
        {"action": _ACTION, "parentID": uri, "epcList": _URIS, "quantityList": _QUANTITIES},
        ("action", "bizTransactionList"),
        _transaction_named,
    ),
    EventType.TRANSFORMATION: _event(
        {
            "inputEPCList": _DISTINCT_URIS,
            "inputQuantityList": _QUANTITIES,
            "outputEPCList": _DISTINCT_URIS,
            "outputQuantityList": _QUANTITIES,
            "transformationID": uri,
            "persistentDisposition": _persistent_disposition,
            "ilmd": _ILMD,
        },
        (),
        _inputs_and_outputs_named,
    ),
}


def event(value: Any, path: str, faults: Faults) -> None:
    """Check an event of any of the five kinds; others are refused even where a schema lets them pass."""
    kind = value.get("type") if isinstance(value, dict) else None
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is not None:
        shape(value, path, faults)
    elif not isinstance(value, dict):
        faults.add(path, "wrong_type", "an object is expected")
    elif "type" not in value:
        faults.add(under(path, "type"), "required", "it is missing")
    elif not isinstance(kind, str):
        faults.add(under(path, "type"), "wrong_type", "a string is expected")
    else:
        code = "event_type_unsupported" if is_uri(kind) else "not_allowed"
        faults.add(under(path, "type"), code, "one of the five kinds of events is expected", ", ".join(EventType))


def check_event(value: Any, path: str) -> list[FieldError]:
    """Return what is wrong with the shape of one event, at most MAX_FAULTS things; nothing when it is right."""
    faults = Faults()
    with suppress(TooManyFaults):
        event(value, path, faults)
    return faults.found
