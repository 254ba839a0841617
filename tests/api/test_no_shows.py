"""No-shows over HTTP: a pause with its end, an appeal and its decision, amnesties; and who sees what of whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, instant, party, refused
from tests.api.test_groups import open_slot, wish
from tests.contract.documents import Documents
from tests.factories import make_venue, new_id
from tests.no_shows import DAY, Hand, Town

WORDS = {"words": "当天地铁停运，请打13800000000。"}
PARDON = {"decision": "pardon", "words": "情况属实，已撤销。"}


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("manager")


def town_of(house: House) -> Town:
    """Return what judges slots of the example venue, beside the server's own."""
    now = datetime.now(UTC).replace(microsecond=0)
    documents = Documents(house.stores.mongo, house.config.mongodb.database)
    venue = make_venue(id=house.venue["id"])
    return Town(mongo=house.stores.mongo, documents=documents, venue=venue, clock=Hand(now))


async def missed(house: House, citizen: Caller, *days_ago: float) -> list[dict[str, Any]]:
    """Let a citizen miss visits so many days ago; return what they see of these."""
    town, citizen_id = town_of(house), accepted(await citizen.get("/me"))["id"]
    for ago in days_ago:
        await town.missed(citizen_id, ago=ago * DAY)
    await town.documents.clear("no_show_marks")
    await town.marks.begin(town.venue.id, town.clock.now() - 9 * DAY)
    await town.judge().look()
    found: list[dict[str, Any]] = accepted(await citizen.get("/me/no-shows"))["items"]
    assert len(found) == len(days_ago)
    return found


async def wish_to_book(house: House, citizen: Caller) -> Any:
    return await citizen.post("/reservations", json={"slot_id": house.later_slot(), "visitors": party(1)})


async def test_three_missed_visits_pause_and_a_pardon_lifts_it(house: House, manager: Caller) -> None:
    citizen = await house.citizen()
    assert accepted(await citizen.get("/me/no-shows")) == {"items": [], "pauses": []}
    strikes = await missed(house, citizen, 2, 3, 4)
    assert [(one["reason"], one["state"], one["counts"]) for one in strikes] == [("missed", "counted", False)] * 3
    problem = refused(await wish_to_book(house, citizen), 409, "booking_paused")
    [pause] = accepted(await citizen.get("/me/no-shows"))["pauses"]
    assert (problem["paused_until"], house.venue["id"] in pause["venue_ids"]) == (pause["until"], True)
    assert instant(pause["until"]) - instant(pause["since"]) == 30 * DAY
    accepted(await wish_to_book(house, await house.citizen()), 201)

    its_id = strikes[0]["id"]
    assert its_id.startswith("nsh_")
    appeal, decide = f"/me/no-shows/{its_id}/appeal", f"/no-shows/{its_id}/decide"
    refused(await manager.post(decide, json=PARDON), 404, "no_show_not_found")  # nobody has told them of it
    said = accepted(await citizen.post(appeal, json=WORDS))
    assert (said["state"], said["appeal"]["words"]) == ("appealed", "当天地铁停运，请打*******。")
    assert accepted(await citizen.post(appeal, json=WORDS)) == said
    refused(await citizen.post(appeal, json={"words": "还有一点"}), 409, "no_show_appealed")
    refused(await wish_to_book(house, citizen), 409, "booking_paused")

    here = f"/venues/{house.venue['id']}/no-show-appeals"
    [seen] = [one for one in accepted(await manager.get(here))["items"] if one["id"] == its_id]
    assert seen.keys() == {
        *("id", "venue_id", "starts_at", "reason", "words", "made_at"),
        *("decision", "decided_at", "decided_by", "answer"),
    }
    decided = accepted(await manager.post(decide, json=PARDON))
    assert (decided["decision"], decided["answer"]) == ("pardon", PARDON["words"])
    assert accepted(await manager.post(decide, json=PARDON)) == decided
    refused(await manager.post(decide, json=PARDON | {"decision": "uphold"}), 409, "no_show_appeal_not_open")
    assert its_id not in [one["id"] for one in accepted(await manager.get(here))["items"]]
    accepted(await wish_to_book(house, citizen), 201)
    told = accepted(await citizen.get("/me/no-shows"))
    assert (told["pauses"], [one["counts"] for one in told["items"]]) == ([], [False, True, True])
    assert told["items"][0]["answer"] == PARDON["words"]


async def test_who_is_paused_applies_for_no_group(house: House) -> None:
    leader, slot_id = await house.citizen(), await open_slot(house, group=40)
    await missed(house, leader, 2, 3, 4)
    problem = refused(await leader.post("/group-applications", json=wish(slot_id)), 409, "booking_paused")
    [pause] = accepted(await leader.get("/me/no-shows"))["pauses"]
    assert problem["paused_until"] == pause["until"]
    assert accepted(await leader.get("/group-applications"))["items"] == []
    accepted(await (await house.citizen()).post("/group-applications", json=wish(slot_id)), 201)


async def test_an_amnesty_over_http(house: House, manager: Caller) -> None:
    citizen = await house.citizen()
    [strike] = await missed(house, citizen, 5)
    starts_at = instant(strike["starts_at"])
    day = {"from": starts_at.isoformat(), "to": (starts_at + timedelta(minutes=1)).isoformat(), "reason": "台风"}
    path = f"/venues/{house.venue['id']}/amnesties"
    amnesty = accepted(await manager.post(path, json=day), 201)
    assert (amnesty["from"], amnesty["reason"]) == (strike["starts_at"], "台风")
    assert accepted(await manager.post(path, json=day), 201) == amnesty
    [pardoned] = accepted(await citizen.get("/me/no-shows"))["items"]
    assert (pardoned["state"], pardoned["answer"], pardoned["counts"]) == ("pardoned", "台风", False)
    assert amnesty in accepted(await manager.get(path))["items"]
    refused(await citizen.post(f"/me/no-shows/{strike['id']}/appeal", json=WORDS), 409, "no_show_not_counted")
    problem = refused(await manager.post(path, json=day | {"to": day["from"]}), 422, "amnesty_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("to", "days_reversed")]


async def test_who_is_late_is_not_heard(house: House) -> None:
    citizen = await house.citizen()
    [strike] = await missed(house, citizen, 6)
    town = town_of(house)
    long_ago = datetime.now(UTC) - timedelta(days=30, minutes=1)
    [kept] = await town.documents.find("no_shows", public_id=strike["id"])
    await town.documents.change("no_shows", kept["_id"], at=long_ago)
    refused(await citizen.post(f"/me/no-shows/{strike['id']}/appeal", json=WORDS), 409, "no_show_appeal_too_late")


async def test_who_may_do_what(house: House, manager: Caller) -> None:
    citizen = await house.citizen()
    [strike] = await missed(house, citizen, 7)
    appeal, decide = f"/me/no-shows/{strike['id']}/appeal", f"/no-shows/{strike['id']}/decide"
    stranger = await house.citizen()
    refused(await stranger.post(appeal, json=WORDS), 404, "no_show_not_found")
    accepted(await citizen.post(appeal, json=WORDS))
    gate, auditor = await house.staff("gate"), await house.staff("auditor")
    here = f"/venues/{house.venue['id']}"
    for path in (f"{here}/no-show-appeals", f"{here}/amnesties"):
        accepted(await auditor.get(path))
        for caller in (gate, citizen):
            refused(await caller.get(path), 403, "role_forbidden")
        refused(await house.nobody.get(path), 401, "token_missing")
    body = {"from": "2026-11-22T00:00:00+08:00", "to": "2026-11-23T00:00:00+08:00", "reason": "台风"}
    for caller in (auditor, gate, citizen):
        refused(await caller.post(decide, json=PARDON), 403, "role_forbidden")
        refused(await caller.post(f"{here}/amnesties", json=body), 403, "role_forbidden")
    refused(await manager.get("/me/no-shows"), 403, "role_forbidden")
    other = f"/venues/{house.side_venue['id']}"
    refused(await manager.get(f"{other}/no-show-appeals"), 404, "venue_not_found")
    refused(await manager.get(f"{other}/amnesties"), 404, "venue_not_found")
    refused(await manager.post(f"{other}/amnesties", json=body), 404, "venue_not_found")
    # Of another venue, the appeal does not exist for them; nor does a strike under its reservation's id.
    refused(await manager.post(f"/no-shows/{new_id('nsh')}/decide", json=PARDON), 404, "no_show_not_found")
    reservation = strike["reservation_id"]
    refused(await manager.post(f"/no-shows/{reservation}/decide", json=PARDON), 404, "no_show_not_found")
    await town_of(house).documents.change("no_shows", reservation, venue_id=house.side_venue["id"])
    refused(await manager.post(decide, json=PARDON), 404, "no_show_not_found")


async def test_nothing_of_it_is_logged(house: House) -> None:
    citizen = await house.citizen()
    [strike] = await missed(house, citizen, 8)
    accepted(await citizen.post(f"/me/no-shows/{strike['id']}/appeal", json={"words": "无痕申诉"}))
    logs = "".join(house.server.log(f"worker-{worker}") for worker in range(2))
    for trace in ("无痕申诉", accepted(await citizen.get("/me"))["id"], strike["reservation_id"]):
        assert trace not in logs
