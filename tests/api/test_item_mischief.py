"""What somebody tries who may do some things, to reach what they may not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.stock import document, observed, stock
from tests.api.test_epcis import begun, capture, faults, related, sgtin

DISTRICT = {"level": "district", "id": "310101"}
FIRST = "epcisBody.eventList[0]"


async def offered(house: House, admin: Caller) -> tuple[dict[str, Any], str]:
    """Return an item that is on its way to the district, and the transfer's id."""
    (item,) = await stock(house, admin, 1)
    opened = accepted(await admin.post("/item-transfers", json={"item_ids": [item["id"]], "to": DISTRICT}), 201)
    return item, opened["items"][0]["transfer"]["id"]


async def test_nobody_takes_an_event_id_of_ours(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    item, transfer_id = await offered(house, admin)
    taken = begun(sgtin()) | {"eventID": f"urn:chengma:event:{transfer_id}:withdrawn"}
    assert faults(await capture(district, taken)) == [(f"{FIRST}.eventID", "event_id_reserved")]
    (first,) = accepted(await admin.get(f"/items/{item['id']}/history"))["items"][:1]
    marked = begun(sgtin()) | {"eventID": f"{first['event_id']}#error"}
    assert faults(await capture(district, marked)) == [(f"{FIRST}.eventID", "event_id_reserved")]
    accepted(await admin.post(f"/item-transfers/{transfer_id}/withdraw"))
    # What was told here comes back from an export, and is known.
    again = accepted(await capture(admin, first["event"]))
    assert again["known"] == [first["event_id"]]


async def test_whom_a_thing_is_offered_may_take_it_and_no_more(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    item, transfer_id = await offered(house, admin)
    destroyed = await district.post(f"/items/{item['id']}/actions", json={"kind": "destroy"})
    assert refused(destroyed, 409, "events_refused")["errors"][0]["code"] == "not_yours"
    history = accepted(await district.get(f"/items/{item['id']}/history"))["items"]
    wish = {"event_id": history[-1]["event_id"], "reason": "did_not_occur"}
    declared = await district.post("/item-events/corrections", json=wish)
    assert refused(declared, 409, "events_refused")["errors"][0]["code"] == "not_yours"
    box = sgtin()
    accepted(await capture(district, begun(box)))
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    packed = faults(await capture(district, related("AggregationEvent", box, item["epc"], eventTime=now)))
    assert packed == [(f"{FIRST}.childEPCs[0]", "not_yours")]
    accepted(await district.post(f"/item-transfers/{transfer_id}/accept"))
    accepted(await district.post(f"/items/{item['id']}/actions", json={"kind": "destroy"}))


async def test_what_somebody_begins_is_theirs_whoever_asks_besides(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    for _ in range(8):
        epc = sgtin()
        mine, theirs, *_ = await asyncio.gather(
            capture(admin, begun(epc)),
            capture(district, observed(epc)),
            *(capture(district, begun(sgtin())) for _ in range(3)),
        )
        accepted(mine)
        assert theirs.status_code == 409
        assert accepted(await admin.get(f"/items/{epc}"))["owner"]["level"] == "city"


async def test_custody_is_not_imposed(house: House) -> None:
    district = await house.staff("district")
    far = [{"type": "possessing_party", "destination": "urn:chengma:party:district:310115"}]
    imposed = await capture(district, begun(sgtin(), destinationList=far))
    assert faults(imposed) == [(f"{FIRST}.destinationList", "not_yours")]


async def test_one_thing_has_one_name(house: House) -> None:
    admin = await house.staff("admin")
    epc = sgtin()
    accepted(await capture(admin, begun(epc)))
    alias = faults(await capture(admin, observed(epc, f"urn:chengma:item:{epc}")))
    assert alias == [(f"{FIRST}.epcList[1]", "item_not_found")]
    (item,) = await stock(house, admin, 1)
    shouted = begun(item["epc"].replace("urn:chengma", "URN:chengma"))
    assert faults(await capture(admin, shouted)) == [(f"{FIRST}.epcList", "code_not_minted")]


async def test_a_document_names_so_many_things_and_no_more(house: House) -> None:
    admin = await house.staff("admin")
    answer = await capture(admin, begun(*(sgtin() for _ in range(1201))))
    problem = refused(answer, 422, "epcis_document_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("epcisBody.eventList", "too_many_epcs")]


async def test_many_late_events_on_many_things_are_taken(house: House) -> None:
    admin = await house.staff("admin")
    epcs = [sgtin() for _ in range(60)]
    accepted(await capture(admin, begun(*epcs, eventTime="2026-11-20T09:00:00+08:00")))
    accepted(await capture(admin, observed(*epcs, eventTime="2026-11-20T19:00:00+08:00")))
    late = [observed(epc, eventTime="2026-11-20T12:00:00+08:00", disposition="damaged") for epc in epcs]
    assert len(accepted(await capture(admin, *late))["recorded"]) == 60


async def test_an_acceptance_that_was_wrong_can_be_given_again(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    item, transfer_id = await offered(house, admin)
    accepted(await district.post(f"/item-transfers/{transfer_id}/accept"))
    wrong = {"event_id": f"urn:chengma:event:{transfer_id}:accepted", "reason": "did_not_occur"}
    accepted(await district.post("/item-events/corrections", json=wrong))
    assert accepted(await admin.get(f"/items/{item['id']}"))["transfer"]["state"] == "open"
    (taken,) = accepted(await district.post(f"/item-transfers/{transfer_id}/accept"))["items"]
    assert taken["holder"] == DISTRICT


async def test_a_captured_transfer_joins_no_other(house: House) -> None:
    admin, manager = await house.staff("admin"), await house.staff("manager")
    item, transfer_id = await offered(house, admin)
    own = sgtin()
    accepted(await capture(manager, begun(own)))
    venue = f"urn:chengma:party:venue:{house.venue['id']}"
    shipped = observed(
        own,
        bizStep="shipping",
        sourceList=[{"type": "possessing_party", "source": venue}],
        destinationList=[{"type": "possessing_party", "destination": "urn:chengma:party:district:310101"}],
        bizTransactionList=[
            {"type": "urn:chengma:btt:transfer", "bizTransaction": f"urn:chengma:transfer:{transfer_id}"}
        ],
    )
    accepted(await capture(manager, shipped))
    assert accepted(await manager.get(f"/items/{own}"))["transfer"]["id"] == shipped["eventID"]
    assert [one["id"] for one in accepted(await admin.post(f"/item-transfers/{transfer_id}/withdraw"))["items"]] == [
        item["id"]
    ]


async def test_parties_that_there_are_not_receive_nothing(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    nobody = {"level": "organisation", "id": unique("x")}
    sent = await admin.post("/item-transfers", json={"item_ids": [item["id"]], "to": nobody})
    assert refused(sent, 409, "events_refused")["errors"][0]["code"] == "party_unknown"
    here = await admin.post("/item-transfers", json={"item_ids": [item["id"]], "to": item["holder"]})
    assert refused(here, 409, "events_refused")["errors"][0]["code"] == "held_already"


async def test_a_correction_makes_no_circle(house: House) -> None:
    admin = await house.staff("admin")
    one, other = sgtin(), sgtin()
    unpacked = related("AggregationEvent", other, one, action="DELETE", eventTime="2026-11-21T11:00:00+08:00")
    told = [
        begun(one, other, eventTime="2026-11-21T09:00:00+08:00"),
        related("AggregationEvent", other, one, eventTime="2026-11-21T10:00:00+08:00"),
        unpacked,
        related("AggregationEvent", one, other, eventTime="2026-11-21T12:00:00+08:00"),
    ]
    accepted(await admin.post("/epcis/capture", json=document(*told)))
    wish = {"event_id": unpacked["eventID"], "reason": "did_not_occur", "corrective_event_ids": ["not a uri"]}
    unfit = refused(await admin.post("/item-events/corrections", json=wish), 409, "events_refused")
    assert unfit["errors"][0]["path"] == "corrective_event_ids[0]"
    circle = await admin.post("/item-events/corrections", json={**wish, "corrective_event_ids": []})
    assert refused(circle, 409, "events_refused")["errors"][0]["code"] == "aggregation_cycle"
