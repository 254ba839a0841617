"""Documents of EPCIS events: what is read from them, what is refused with which path, and that they come back."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.messages import FIELD_MESSAGES
from services.common.errors import FieldError
from services.epcis.bounds import MAX_EPCS, MAX_EVENTS
from services.epcis.document import read_document, read_each
from services.epcis.errors import DocumentInvalid
from services.epcis.event_shapes import check_event
from services.epcis.model import Action, EpcisEvent, EventType
from services.epcis.vocabulary import STANDARD_CONTEXTS
from tests import epcis_examples as examples
from tests.epcis_examples import CONTEXT, NOW, document

FIRST = "epcisBody.eventList[0]"
QUANTITY = f"{FIRST}.quantityList[0]"
REPORT = f"{FIRST}.sensorElementList[0].sensorReport[0]"
OBSERVED = examples.OBJECT_OBSERVE


def faults(value: Any, now: datetime = NOW) -> list[tuple[str, str]]:
    """Return path and code of whatever is wrong with a document."""
    found: tuple[FieldError, ...] = ()
    try:
        read_document(value, now)
    except DocumentInvalid as refusal:
        found = refusal.errors
    assert {error.code for error in found} <= FIELD_MESSAGES.keys()
    return [(error.path, error.code) for error in found]


def with_event(**members: Any) -> dict[str, Any]:
    return document({**OBSERVED, **members})


def measured(kind: str) -> list[dict[str, Any]]:
    return [{"sensorReport": [{"type": kind, "value": 1}]}]


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else 1


def test_an_object_event_is_read_whole() -> None:
    (event,) = examples.read(examples.OBJECT_ADD)
    assert event.event_id == "urn:uuid:7b0e5a0c-0f3c-4b8e-9d40-000000000001"
    assert (event.type, event.action) == (EventType.OBJECT, Action.ADD)
    assert event.event_time == datetime(2026, 3, 1, 1, 30, 0, 125_000, tzinfo=UTC)
    assert event.offset == "+08:00"
    assert (event.biz_step, event.disposition) == ("commissioning", "active")
    assert (event.read_point, event.biz_location) == (examples.VENUE, examples.LOCATION)
    assert event.epcs == (examples.ITEM_1, "urn:epc:id:sgtin:6901234.011111.2026")
    assert event.transactions == (("po", "urn:chengma:paper:2026-17"),)
    assert event.ilmd["example:bestBefore"] == "2027-01-01"
    assert event.error is None
    assert event.body["@context"] == {"example": examples.PREFIXES["example"]}
    assert "recordTime" not in event.body


def test_each_kind_says_which_epcs_it_is_about() -> None:
    aggregation, transformation, association = examples.read(
        examples.AGGREGATION, examples.TRANSFORMATION, examples.ASSOCIATION
    )
    assert aggregation.every_epc == (examples.CRATE, examples.ITEM_2, examples.ITEM_1)
    assert transformation.every_epc == (examples.ITEM_1, examples.ITEM_3, examples.ITEM_2)
    assert transformation.action is None
    assert association.every_epc == ("urn:epc:id:grai:6901234.55555.7", "urn:epc:id:giai:6901234.lamp-9")


def test_an_error_declaration_is_read() -> None:
    _, event = examples.read(examples.OBJECT_ADD, examples.ERROR)
    assert event.error is not None
    assert event.error.reason == "incorrect_data"
    assert event.error.declared_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert event.error.corrective_ids == ("urn:uuid:7b0e5a0c-0f3c-4b8e-9d40-000000000002",)


def test_persistent_dispositions_and_parties_are_read() -> None:
    persistent, observed = examples.read(examples.PERSISTENT, OBSERVED)
    assert persistent.persistent_set == ("completeness_verified", "conformant")
    assert persistent.persistent_unset == ("completeness_inferred",)
    assert observed.sources == (("possessing_party", examples.VENUE),)
    assert observed.destinations[1] == ("location", examples.LOCATION)


@pytest.mark.parametrize("written", ["https://ref.gs1.org/cbv/BizStep-shipping", "cbv:BizStep-shipping", "shipping"])
def test_a_standard_word_is_read_bare(written: str) -> None:
    (event,) = examples.read({**OBSERVED, "bizStep": written})
    assert event.biz_step == "shipping"


@pytest.mark.parametrize("standard", STANDARD_CONTEXTS)
def test_each_address_of_the_standard_context_will_do(standard: str) -> None:
    assert faults(document(OBSERVED, **{"@context": standard})) == []


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ([CONTEXT, "https://example.org/context.jsonld"], [("@context[1]", "unknown_context")]),
        ("https://example.org/context.jsonld", [("@context", "unknown_context"), ("@context", "context_missing")]),
        ([examples.PREFIXES], [("@context", "context_missing")]),
        ([CONTEXT, {"example": {"@id": "https://example.org/"}}], [("@context[1].example", "unknown_context")]),
        ([CONTEXT, {"example": "no uri"}], [("@context[1].example", "unknown_context")]),
        ([CONTEXT, {"@vocab": "https://example.org/"}], [("@context[1].@vocab", "unknown_context")]),
        ([CONTEXT, {"cbv": "https://example.org/"}], [("@context[1].cbv", "unknown_context")]),
        ([CONTEXT, {"https": "https://example.org/"}], [("@context[1].https", "unknown_context")]),
        ([CONTEXT, {"cbvmda": "urn:epcglobal:cbv:mda"}], []),
        ([CONTEXT, CONTEXT], [("@context[1]", "repeated")]),
    ],
)
def test_contexts(context: Any, expected: list[tuple[str, str]]) -> None:
    assert faults(document(OBSERVED, **{"@context": context})) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"other:field": 1}, [(f"{FIRST}.other:field", "undeclared_prefix")]),
        ({"example:a": [{"other:b": 1}]}, [(f"{FIRST}.example:a[0].other:b", "undeclared_prefix")]),
        ({"example:a": {"@context": {}}}, [(f"{FIRST}.example:a.@context", "unknown_context")]),
        ({"https://example.org/a": 1, "urn:x:a": 1, "cbvmda:lot": 1, "ftp://example.org/a": 1}, []),
        ({"@context": {"other": "https://example.org/"}, "other:field": 1}, []),
        ({"@context": ["https://example.org/c"]}, [(f"{FIRST}.@context[0]", "unknown_context")]),
        ({"plain": 1}, [(f"{FIRST}.plain", "unknown_field")]),
        ({"type": "example:Event"}, [(f"{FIRST}.type", "event_type_unsupported")]),
        ({"type": "QuantityEvent"}, [(f"{FIRST}.type", "not_allowed")]),
        ({"bizStep": "sending"}, [(f"{FIRST}.bizStep", "unknown_word")]),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, [(f"{FIRST}.bizStep", "bare_word_expected")]),
        ({"action": "MOVE"}, [(f"{FIRST}.action", "not_allowed")]),
        ({"ilmd": {}}, [(f"{FIRST}.ilmd", "unknown_field")]),
        ({"ilmd": {}, "action": "DELETE"}, [(f"{FIRST}.ilmd", "unknown_field")]),
        ({"ilmd": {}, "action": "ADD"}, []),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": True}]}, [(f"{QUANTITY}.quantity", "wrong_type")]),
        ({"quantityList": [{"epcClass": "urn:x:1", "uom": "kg"}]}, [(f"{QUANTITY}.uom", "invalid_format")]),
        ({"sensorElementList": measured("https://www.gs1.org/voc/Mass")}, [(f"{REPORT}.type", "bare_word_expected")]),
        ({"sensorElementList": measured("Weight")}, [(f"{REPORT}.type", "unknown_word")]),
        ({"sensorElementList": measured("Mass")}, []),
        ({"epcList": ["item 1"]}, [(f"{FIRST}.epcList[0]", "invalid_format")]),
        ({"epcList": ["urn:x:1", "urn:x:1"]}, [(f"{FIRST}.epcList[1]", "repeated")]),
        ({"eventTime": "2026-03-01"}, [(f"{FIRST}.eventTime", "invalid_format")]),
        ({"eventTime": "0001-01-01T00:00:00+08:00"}, [(f"{FIRST}.eventTime", "out_of_range")]),
        ({"eventTime": "2026-03-31T20:05:01+08:00"}, [(f"{FIRST}.eventTime", "event_in_future")]),
        ({"eventTime": "2026-03-31T20:05:00+08:00"}, []),
        ({"eventTimeZoneOffset": "+8"}, [(f"{FIRST}.eventTimeZoneOffset", "invalid_format")]),
        ({"persistentDisposition": {}}, [(f"{FIRST}.persistentDisposition.set", "required")]),
        ({"errorDeclaration": {}}, [(f"{FIRST}.errorDeclaration.declarationTime", "required")]),
        ({"example:a": "x" * 2001}, [(f"{FIRST}.example:a", "too_long")]),
        ({"example:a": "x" * 2000}, []),
        ({"example:a": "x\x00"}, [(f"{FIRST}.example:a", "control_character")]),
        ({"example:a": "\ud800"}, [(f"{FIRST}.example:a", "control_character")]),
        ({"example:a\n": 1}, [(f"{FIRST}.example:a?", "control_character")]),
        ({"example:a": nested(12)}, []),
        ({"example:a": nested(13)}, [(f"{FIRST}.example:a{'[0]' * 12}", "too_deep")]),
        ({"example:a": float("nan")}, [(f"{FIRST}.example:a", "out_of_range")]),
        ({"example:a": 2**53}, [(f"{FIRST}.example:a", "out_of_range")]),
        ({"epcList": [f"urn:x:{number}" for number in range(MAX_EPCS)]}, []),
        ({"epcList": [f"urn:x:{number}" for number in range(MAX_EPCS + 1)]}, [(FIRST, "too_many_epcs")]),
    ],
)
def test_events(members: Mapping[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(with_event(**members)) == expected


@pytest.mark.parametrize(
    ("event", "lacking", "path"),
    [
        (examples.OBJECT_OBSERVE, ("epcList",), "epcList"),
        (examples.SENSOR_ONLY, ("readPoint",), "epcList"),
        (examples.AGGREGATION, ("childEPCs", "childQuantityList"), "childEPCs"),
        (examples.ASSOCIATION, ("parentID",), "parentID"),
        (examples.TRANSACTION, ("bizTransactionList",), "bizTransactionList"),
        (examples.TRANSACTION, ("epcList", "quantityList"), "epcList"),
        (examples.TRANSFORMATION, ("outputEPCList", "outputQuantityList"), "outputEPCList"),
        (examples.TRANSFORMATION_OUT, ("transformationID",), "inputEPCList"),
    ],
)
def test_what_an_event_is_about_must_be_named(event: Mapping[str, Any], lacking: tuple[str, ...], path: str) -> None:
    rest = {name: value for name, value in event.items() if name not in lacking}
    assert faults(document(event)) == []
    assert faults(document(rest)) == [(f"{FIRST}.{path}", "required")]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"schemaVersion": "2.0.1"}, []),
        ({"schemaVersion": "1.2"}, [("schemaVersion", "not_allowed")]),
        ({"schemaVersion": "2"}, [("schemaVersion", "not_allowed")]),
        ({"type": "EPCISQueryDocument"}, [("type", "not_allowed")]),
        ({"creationDate": 20260301}, [("creationDate", "wrong_type")]),
        ({"unknown": 1}, [("unknown", "unknown_field")]),
        ({"other:field": 1}, [("other:field", "undeclared_prefix")]),
        ({"epcisHeader": {"other:field": 1}}, [("epcisHeader.other:field", "undeclared_prefix")]),
        ({"epcisHeader": examples.MASTER_DATA}, []),
        ({"epcisBody": {}}, [("epcisBody.eventList", "required")]),
        ({"epcisBody": {"eventList": {}}}, [("epcisBody.eventList", "wrong_type")]),
        ({"epcisBody": []}, [("epcisBody", "wrong_type")]),
        ({"epcisBody": {"eventList": [1]}}, [(FIRST, "wrong_type")]),
        ({"epcisBody": {"eventList": []}}, []),
    ],
)
def test_what_stands_around_the_events(members: Mapping[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(document(OBSERVED, **members)) == expected


@pytest.mark.parametrize("value", [None, 1, "EPCISDocument", [], [{}]])
def test_what_is_no_document_at_all(value: Any) -> None:
    assert faults(value) == [("", "wrong_type")]


def test_everything_that_is_wrong_is_named_up_to_a_hundred() -> None:
    broken = [{**OBSERVED, "bizStep": "sending", "action": "MOVE"}] * 60
    found = faults(document(*broken))
    assert len(found) == 100
    assert found[:2] == [(f"{FIRST}.action", "not_allowed"), (f"{FIRST}.bizStep", "unknown_word")]
    assert len(faults(document({**OBSERVED, "epcList": [1] * 500}))) == 100


def test_too_many_events_are_refused() -> None:
    assert faults(document(*[OBSERVED] * MAX_EVENTS)) == []
    assert faults(document(*[OBSERVED] * (MAX_EVENTS + 1))) == [("epcisBody.eventList", "too_long")]


def test_an_id_cannot_mean_two_events() -> None:
    named = {**OBSERVED, "eventID": "urn:uuid:1"}
    same = {**named, "eventTime": "2026-03-01T01:30:00.125Z", "recordTime": "2026-03-01T01:31:00Z"}
    assert faults(document(named, same)) == []
    assert faults(document(named, {**named, "bizStep": "holding"})) == [("epcisBody.eventList[1].eventID", "duplicate")]


def test_each_event_can_be_read_for_itself() -> None:
    broken = {**OBSERVED, "bizStep": "sending"}
    first, second, third = read_each(document(OBSERVED, broken, examples.AGGREGATION), NOW)
    assert isinstance(first, EpcisEvent)
    assert isinstance(second, DocumentInvalid)
    assert second.errors[0].path == "epcisBody.eventList[1].bizStep"
    assert isinstance(third, EpcisEvent)
    with pytest.raises(DocumentInvalid):
        read_each(document(OBSERVED, schemaVersion="1.2"), NOW)


def test_a_single_event_is_checked_by_its_shape() -> None:
    assert check_event(dict(OBSERVED), "event") == []
    (fault,) = check_event({**OBSERVED, "action": "MOVE"}, "event")
    assert fault == FieldError(
        path="event.action",
        code="not_allowed",
        detail="one of ADD, OBSERVE, DELETE is expected",
        values=("ADD, OBSERVE, DELETE",),
    )


def test_reading_changes_nothing_in_the_document() -> None:
    before = deepcopy(examples.EVERYTHING)
    read_document(examples.EVERYTHING, NOW)
    assert before == examples.EVERYTHING
