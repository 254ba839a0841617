"""The simple event query: how its parameters are read, and which events meet it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from services.epcis.errors import QueryParameterInvalid, QueryParameterUnknown
from services.epcis.matching import matches
from services.epcis.queries import EventQuery, OrderBy, OrderDirection, parse_query
from tests import epcis_examples as examples
from tests.epcis_examples import CRATE, EVENTS, ITEM_1, ITEM_2, ITEM_3, LOCATION, NOW, VENUE

READ = {name: examples.read(event)[0] for name, event in EVENTS.items()}
OF_TRANSFORMATION = {"transformation", "inputs of a transformation", "outputs of a transformation"}


def found(**parameters: str) -> set[str]:
    """Return the names of the examples that meet a query."""
    query = parse_query(parameters)
    return {name for name, event in READ.items() if matches(event, NOW, query)}


def test_no_parameters_ask_for_everything_newest_first() -> None:
    assert parse_query({}) == EventQuery()
    assert EventQuery().order_by is None
    assert EventQuery().order_direction is OrderDirection.DESCENDING
    assert found() == set(EVENTS)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"eventType": "TransformationEvent"}, OF_TRANSFORMATION),
        ({"eventType": "AggregationEvent|AssociationEvent"}, {"aggregation", "end of aggregation", "association"}),
        ({"EQ_action": "DELETE"}, {"object deleted", "end of aggregation"}),
        ({"GE_eventTime": "2026-03-02T00:00:00Z"}, {"object deleted"}),
        ({"GE_eventTime": "2026-03-02T08:00:00 08:00"}, {"object deleted"}),
        ({"LT_eventTime": "2026-03-01T01:30:00.125Z"}, set()),
        ({"LT_eventTime": "2026-03-02T00:00:00Z"}, set(EVENTS) - {"object deleted"}),
        ({"GE_recordTime": "2026-03-31T12:00:00Z", "LT_recordTime": "2026-03-31T12:00:00.001Z"}, set(EVENTS)),
        ({"LT_recordTime": "2026-03-31T12:00:00Z"}, set()),
        ({"EQ_bizStep": "packing|installing"}, {"aggregation", "association"}),
        ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-packing"}, {"aggregation"}),
        ({"EQ_bizStep": "https://example.org/steps/blessing"}, {"object observed"}),
        ({"EQ_disposition": "in_transit"}, {"transaction"}),
        ({"EQ_persistentDisposition_set": "conformant"}, {"persistent disposition"}),
        ({"EQ_persistentDisposition_unset": "conformant"}, set()),
        ({"EQ_persistentDisposition_unset": "completeness_inferred"}, {"persistent disposition"}),
        ({"EQ_readPoint": VENUE}, {"object added", "error declaration"}),
        ({"EQ_bizLocation": VENUE}, {"association"}),
        ({"EQ_bizLocation": f"{VENUE}|{LOCATION}"}, {"association", "object added", "error declaration"}),
        ({"EQ_bizTransaction_po": "urn:chengma:paper:2026-17"}, {"object added", "error declaration"}),
        ({"EQ_bizTransaction_inv": "urn:chengma:paper:2026-17"}, set()),
        ({"EQ_bizTransaction_https://example.org/papers/loan": "https://example.org/papers/1"}, {"transaction"}),
        ({"EQ_source_possessing_party": f"urn:x:1|{VENUE}"}, {"object observed"}),
        ({"EQ_source_owning_party": VENUE}, set()),
        ({"EQ_destination_location": LOCATION}, {"object observed"}),
        ({"EQ_destination_https://ref.gs1.org/cbv/SDT-location": LOCATION}, {"object observed"}),
        ({"EQ_destination_location": LOCATION, "EQ_destination_owning_party": LOCATION}, set()),
        ({"EQ_transformationID": "urn:chengma:transformation:1"}, OF_TRANSFORMATION - {"transformation"}),
        ({"MATCH_epc": ITEM_2}, {"aggregation"}),
        ({"MATCH_epc": CRATE}, set()),
        ({"MATCH_parentID": CRATE}, {"aggregation", "end of aggregation", "transaction"}),
        ({"MATCH_inputEPC": ITEM_1}, {"transformation", "inputs of a transformation"}),
        ({"MATCH_outputEPC": ITEM_3}, {"transformation"}),
        ({"MATCH_outputEPC": ITEM_1}, set()),
        ({"MATCH_anyEPC": f"{CRATE}|{ITEM_3}"}, {"aggregation", "end of aggregation", "transaction", "transformation"}),
        ({"EQ_eventID": "urn:uuid:7b0e5a0c-0f3c-4b8e-9d40-000000000001"}, {"object added", "error declaration"}),
        ({"EQ_eventID": READ["association"].event_id}, {"association"}),
        ({"EXISTS_errorDeclaration": "true"}, {"error declaration"}),
        ({"EXISTS_errorDeclaration": "false"}, set(EVENTS) - {"error declaration"}),
        ({"EQ_errorReason": "incorrect_data|did_not_occur"}, {"error declaration"}),
        ({"EQ_errorReason": "did_not_occur"}, set()),
        ({"MATCH_anyEPC": ITEM_1, "EQ_bizStep": "packing", "EQ_action": "OBSERVE"}, set()),
    ],
)
def test_which_events_are_found(parameters: Mapping[str, str], expected: set[str]) -> None:
    assert found(**parameters) == expected


def test_how_the_answer_is_wanted() -> None:
    query = parse_query(
        {
            "orderBy": "recordTime",
            "orderDirection": "ASC",
            "eventCountLimit": "50",
            "perPage": "20",
            "nextPageToken": "abc",
            "GE_eventTime": "2026-03-01T08:00:00+08:00",
        }
    )
    assert (query.order_by, query.order_direction) == (OrderBy.RECORD_TIME, OrderDirection.ASCENDING)
    assert (query.event_count_limit, query.per_page, query.next_page_token) == (50, 20, "abc")
    assert query.event_from == datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_query({"maxEventCount": "7"}).max_event_count == 7


@pytest.mark.parametrize(
    "name", ["unknown", "EQ_bizstep", "EQ_source_", "GT_eventTime", "WD_readPoint", "HASATTR_readPoint", ""]
)
def test_an_unknown_parameter_is_refused_by_name(name: str) -> None:
    with pytest.raises(QueryParameterUnknown) as refused:
        parse_query({name: "x"})
    assert [error.path for error in refused.value.errors] == [name]


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("eventType", "ObjectEvent|OtherEvent", "not_allowed"),
        ("EQ_action", "add", "not_allowed"),
        ("GE_eventTime", "2026-03-01", "invalid_format"),
        ("LT_recordTime", "9999-12-31T23:59:59Z", "invalid_format"),
        ("EQ_readPoint", "", "too_short"),
        ("EQ_readPoint", "urn:x:1||urn:x:2", "too_short"),
        ("EQ_eventID", "|".join(["urn:x:1"] * 101), "too_long"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:6901234.*.*", "pattern_unsupported"),
        ("EXISTS_errorDeclaration", "yes", "not_allowed"),
        ("orderBy", "bizStep", "not_allowed"),
        ("orderDirection", "up", "not_allowed"),
        ("perPage", "0", "out_of_range"),
        ("perPage", "1001", "out_of_range"),
        ("perPage", "-1", "out_of_range"),
        ("perPage", "٣", "out_of_range"),
        ("eventCountLimit", "9" * 5000, "out_of_range"),
    ],
)
def test_a_bad_value_is_refused_with_its_parameter(name: str, given: str, code: str) -> None:
    with pytest.raises(QueryParameterInvalid) as refused:
        parse_query({name: given})
    assert [(error.path, error.code) for error in refused.value.errors] == [(name, code)]


def test_two_limits_contradict_each_other() -> None:
    with pytest.raises(QueryParameterInvalid) as refused:
        parse_query({"eventCountLimit": "5", "maxEventCount": "5"})
    assert refused.value.errors[0].code == "not_allowed_together"
