"""EPCIS over HTTP: documents come in once, whole or not at all, and come back equal in meaning."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.epcis.events import meaning
from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.stock import document, observed, stock

FIRST = "epcisBody.eventList[0]"


async def capture(person: Caller, *events: Mapping[str, Any], proceed: bool = False) -> httpx.Response:
    headers = {"GS1-Capture-Error-Behaviour": "proceed"} if proceed else {}
    return await person.post("/epcis/capture", json=document(*events), headers=headers)


def sgtin() -> str:
    return f"urn:epc:id:sgtin:6901234.011111.{unique('s')}"


def begun(*epcs: str, **more: Any) -> dict[str, Any]:
    """Return the event by which things of another system begin."""
    return observed(*epcs, action="ADD", bizStep="commissioning", **more)


def related(kind: str, parent: str, *children: str, action: str = "ADD", **more: Any) -> dict[str, Any]:
    event = observed(action=action, type=kind, parentID=parent, childEPCs=list(children), bizStep="packing", **more)
    del event["epcList"]
    return event


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in refused(answer, 409, "events_refused")["errors"]]


async def events_of(person: Caller, epc: str, **more: str) -> list[dict[str, Any]]:
    answer = await person.get("/epcis/events", params={"MATCH_anyEPC": epc, "orderDirection": "ASC", **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/ld+json"
    listed: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return listed


async def test_every_type_of_event_goes_round(house: House) -> None:
    admin = await house.staff("admin")
    crate, one, two, made = sgtin(), sgtin(), sgtin(), sgtin()
    transformed = {
        **observed(type="TransformationEvent", inputEPCList=[one], outputEPCList=[made], bizStep="assembling"),
        "ilmd": {"example:maker": {"example:lot": 7}},
    }
    del transformed["epcList"], transformed["action"]
    events = [
        begun(crate, one, two, ilmd={"example:bestBefore": "2027-01-01"}, **{"example:note": "示例"}),
        related("AggregationEvent", crate, one, two),
        related("AggregationEvent", crate, one, action="DELETE"),
        related("AssociationEvent", "urn:epc:id:sgln:6901234.00005.0", two),
        observed(
            one,
            type="TransactionEvent",
            bizTransactionList=[{"type": "po", "bizTransaction": "urn:example:po:17"}],
            persistentDisposition={"set": ["completeness_verified"]},
        )
        | {"persistentDisposition": None},
        transformed,
        observed(two, sensorElementList=[{"sensorReport": [{"type": "Temperature", "value": 21.5, "uom": "CEL"}]}]),
        observed(two, action="DELETE", bizStep="destroying", disposition="destroyed"),
    ]
    events[4].pop("persistentDisposition")
    for at, event in enumerate(events):
        event["eventTime"] = f"2026-11-21T10:{at:02}:00+08:00"
    first = accepted(await capture(admin, *events))
    assert first["recorded"] == [event["eventID"] for event in events]
    assert accepted(await capture(admin, *events)) == {"recorded": [], "known": first["recorded"], "refused": []}
    back = {event["eventID"]: event for epc in (crate, one, two, made) for event in await events_of(admin, epc)}
    context = {"example": "https://example.org/ns/"}
    for event in events:
        returned = back[event["eventID"]]
        assert returned.pop("recordTime")
        assert meaning({"@context": context, **returned}) == meaning({"@context": context, **event})


async def test_an_event_without_an_id_is_known_by_its_hash(house: House) -> None:
    admin = await house.staff("admin")
    event = begun(sgtin())
    del event["eventID"]
    (event_id,) = accepted(await capture(admin, event))["recorded"]
    assert event_id.startswith("ni:///sha-256;")
    assert accepted(await capture(admin, {**event, "eventTime": "2026-11-22T01:00:00Z"}))["known"] == [event_id]


async def test_one_event_captured_by_many_at_once_is_recorded_once(house: House) -> None:
    admin = await house.staff("admin")
    epc = sgtin()
    event = begun(epc)
    answers = [accepted(one) for one in await asyncio.gather(*(capture(admin, event) for _ in range(12)))]
    assert sum(len(one["recorded"]) for one in answers) == 1
    assert len(await events_of(admin, epc)) == 1


async def test_nothing_is_half_applied_unless_told_to_proceed(house: House) -> None:
    admin = await house.staff("admin")
    good, bad = sgtin(), sgtin()
    answer = await capture(admin, begun(good), observed(bad))
    assert faults(answer) == [("epcisBody.eventList[1].epcList[0]", "item_not_found")]
    assert await events_of(admin, good) == []
    broken = {**observed(good), "action": "LOOK"}
    kept = accepted(await capture(admin, broken, begun(good), observed(bad), proceed=True))
    assert len(kept["recorded"]) == 1
    assert [(one["path"], one["code"]) for one in kept["refused"]] == [
        ("epcisBody.eventList[0].action", "not_allowed"),
        ("epcisBody.eventList[2].epcList[0]", "item_not_found"),
    ]
    assert len(await events_of(admin, good)) == 1


async def test_what_cannot_have_happened_is_refused_with_its_path(house: House) -> None:
    admin = await house.staff("admin")
    box, lid = sgtin(), sgtin()
    accepted(await capture(admin, begun(box, lid, eventTime="2026-11-20T09:00:00+08:00")))
    early = observed(box, eventTime="2026-11-19T09:00:00+08:00")
    assert faults(await capture(admin, early)) == [(f"{FIRST}.epcList[0]", "item_not_begun")]
    assert faults(await capture(admin, begun(box))) == [(f"{FIRST}.epcList[0]", "item_exists")]
    accepted(await capture(admin, related("AggregationEvent", box, lid)))
    cycle = related("AggregationEvent", lid, box)
    assert faults(await capture(admin, cycle)) == [(f"{FIRST}.childEPCs[0]", "aggregation_cycle")]
    taken = related("AggregationEvent", lid, box, action="DELETE")
    assert faults(await capture(admin, taken)) == [(f"{FIRST}.childEPCs[0]", "not_inside")]
    alone = related("AggregationEvent", box, box)
    assert faults(await capture(admin, alone)) == [(f"{FIRST}.childEPCs[0]", "aggregation_cycle")]
    shipped = observed(
        box,
        bizStep="shipping",
        sourceList=[{"type": "possessing_party", "source": "urn:chengma:party:district:310101"}],
        destinationList=[{"type": "possessing_party", "destination": "urn:chengma:party:city:310000"}],
    )
    assert faults(await capture(admin, shipped)) == [(f"{FIRST}.epcList[0]", "not_held")]
    other = {**begun(sgtin()), "eventID": early["eventID"]}
    accepted(await capture(admin, other))
    reused = {**begun(sgtin()), "eventID": early["eventID"]}
    assert faults(await capture(admin, reused)) == [(f"{FIRST}.eventID", "event_id_reused")]


async def test_a_delete_without_children_empties_the_parent(house: House) -> None:
    admin = await house.staff("admin")
    box, *inside = sgtin(), sgtin(), sgtin()
    emptied = related("AggregationEvent", box, action="DELETE")
    accepted(await capture(admin, begun(box, *inside), related("AggregationEvent", box, *inside), emptied))
    for epc in inside:
        history = accepted(await admin.get(f"/items/{epc}/history"))["items"]
        assert [one["event_id"] for one in history][-1] == emptied["eventID"]
        assert accepted(await admin.get(f"/items/{epc}"))["inside"] is None


async def test_a_late_event_takes_its_place_in_time(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    accepted(await capture(admin, observed(item["epc"], disposition="conformant", eventTime=later(item, 50))))
    accepted(await capture(admin, observed(item["epc"], disposition="damaged", eventTime=later(item, 10))))
    assert accepted(await admin.get(f"/items/{item['id']}"))["disposition"] == "conformant"
    past = accepted(await admin.get(f"/items/{item['id']}/custody", params={"at": later(item, 20)}))
    assert past["disposition"] == "damaged"


def later(item: Mapping[str, Any], ms: int) -> str:
    """Return an instant some milliseconds after an item had begun for certain."""
    begun_by = datetime.fromisoformat(item["activated_at"]) + timedelta(seconds=1)
    return (begun_by + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"@context": ["https://example.org/other.jsonld"]}, "@context[0]", "unknown_context"),
        ({"schemaVersion": "1.2"}, "schemaVersion", "not_allowed"),
        ({"epcisBody": {"eventList": [{"type": "ObjectEvent"}]}}, f"{FIRST}.eventTime", "required"),
        ({"type": "EPCISQueryDocument"}, "type", "not_allowed"),
    ],
)
async def test_documents_of_another_kind_are_refused(
    house: House, change: dict[str, Any], path: str, code: str
) -> None:
    admin = await house.staff("admin")
    answer = await admin.post("/epcis/capture", json={**document(observed(sgtin())), **change})
    problem = refused(answer, 422, "epcis_document_invalid")
    assert (path, code) in [(one["path"], one["code"]) for one in problem["errors"]], problem["errors"]


async def test_events_are_asked_for_by_the_standards_parameters(house: House) -> None:
    admin = await house.staff("admin")
    epcs = [sgtin() for _ in range(5)]
    accepted(await capture(admin, begun(*epcs), *(observed(epc, disposition="conformant") for epc in epcs)))
    assert len(await events_of(admin, "|".join(epcs))) == 6
    assert len(await events_of(admin, epcs[0], EQ_bizStep="inspecting")) == 1
    assert await events_of(admin, epcs[0], EQ_disposition="damaged") == []
    found, path = [], f"/epcis/events?MATCH_anyEPC={'|'.join(epcs)}&perPage=4&orderBy=recordTime"
    while path:
        answer = await admin.get(path)
        found += answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        link = answer.headers.get("Link", "")
        path = link.partition("<")[2].partition(">")[0].removeprefix("/api/v1")
    assert len(found) == len({event["eventID"] for event in found}) == 6
    refused(await admin.get("/epcis/events?MATCH_colour=red"), 422, "epcis_query_parameter_unknown")
    refused(await admin.get("/epcis/events?orderBy=eventTime"), 422, "epcis_query_parameter_invalid")
    too_many = await admin.get(f"/epcis/events?MATCH_anyEPC={'|'.join(epcs)}&maxEventCount=3")
    refused(too_many, 422, "query_too_large")


async def test_all_events_are_listed_newest_first_within_the_scope(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    epcs = [sgtin() for _ in range(40)]
    accepted(await capture(admin, *(begun(epc) for epc in epcs)))

    async def newest(person: Caller, count: int) -> list[str]:
        found: list[str] = []
        path = "/epcis/events?perPage=15"
        while path and len(found) < count:
            answer = await person.get(path)
            page = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            found += [epc for event in page for epc in event.get("epcList", [])]
            path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0].removeprefix("/api/v1")
        return found

    assert set(await newest(admin, 40)) >= set(epcs)
    assert not set(epcs) & set(await newest(district, 40))


async def test_a_document_of_a_thousand_events_is_taken(house: House) -> None:
    admin = await house.staff("admin")
    events = [begun(sgtin()) for _ in range(1000)]
    assert len(accepted(await capture(admin, *events))["recorded"]) == 1000
    refused(await capture(admin, *events, begun(sgtin())), 422, "epcis_document_invalid")
