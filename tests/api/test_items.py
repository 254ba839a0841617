"""Items over HTTP: a scan makes one, people act on it, it changes hands, and its history says so."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from services.transparency.commitment import canonical, commit
from tests.api.house import House, accepted, refused, unique
from tests.api.stock import activated, document, minted, observed, stock

DISTRICT = {"level": "district", "id": "310101"}
FAR_DISTRICT = {"level": "district", "id": "310115"}


def steps(history: dict[str, Any]) -> list[str]:
    return [one["event"]["bizStep"] for one in history["items"]]


async def test_one_scan_makes_an_item(house: House) -> None:
    admin = await house.staff("admin")
    code, *_ = await minted(house, admin, 2)
    asked = await admin.post(
        "/items/activate",
        json={
            "code": f"https://code.example.cn/i/{code}",
            "name": "示例铜香炉",
            "serial": "2026-001",
            "attributes": {"material": "铜", "height_cm": 31.5},
            "place": {"venue_id": house.venue["id"], "spot": "east-hall"},
        },
    )
    item = accepted(asked, 201)
    assert asked.headers["Location"] == f"/api/v1/items/{item['id']}"
    assert item["name"] == "示例铜香炉"
    assert item["attributes"] == {"material": "铜", "height_cm": 31.5}
    assert item["place"] == f"urn:chengma:place:{house.venue['id']}:east-hall"
    assert item["state"] == "active"
    assert item["holder"] == {"level": "city", "id": "310000"}
    assert accepted(await admin.get(f"/items/{item['id']}")) == item
    again = refused(await admin.post("/items/activate", json={"code": code}), 409, "events_refused")
    assert [(one["path"], one["code"]) for one in again["errors"]] == [("code", "item_exists")]


async def test_a_repeated_activation_returns_its_first_answer(house: House) -> None:
    admin = await house.staff("admin")
    first, second = await minted(house, admin, 2)
    key = {"Idempotency-Key": unique("activate")}
    answers = await asyncio.gather(
        *(admin.post("/items/activate", json={"code": first}, headers=key) for _ in range(8))
    )
    assert {accepted(one, 201)["id"] for one in answers} == {accepted(answers[0], 201)["id"]}
    history = accepted(await admin.get(f"/items/{accepted(answers[0], 201)['id']}/history"))
    assert steps(history) == ["commissioning"]
    refused(await admin.post("/items/activate", json={"code": second}, headers=key), 409, "idempotency_key_reused")


async def test_attributes_follow_the_type(house: House) -> None:
    admin = await house.staff("admin")
    (code,) = await minted(house, admin, 1)
    problem = refused(
        await admin.post("/items/activate", json={"code": code, "attributes": {"height_cm": -1, "colour": "红"}}),
        409,
        "events_refused",
    )
    assert {(one["path"], one["code"]) for one in problem["errors"]} == {
        ("attributes.height_cm", "out_of_range"),
        ("attributes.colour", "unknown_field"),
    }


async def test_actions_are_events(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    path = f"/items/{item['id']}/actions"
    accepted(await admin.post(path, json={"kind": "inspect", "outcome": "conformant"}))
    stored = {"kind": "store", "place": {"venue_id": house.venue["id"]}}
    assert accepted(await admin.post(path, json=stored))["place"] == f"urn:chengma:place:{house.venue['id']}"
    assert accepted(await admin.post(path, json={"kind": "report", "condition": "stolen"}))["conditions"] == ["stolen"]
    accepted(await admin.post(path, json={"kind": "inspect", "outcome": "damaged"}))
    assert accepted(await admin.get(f"/items/{item['id']}"))["conditions"] == ["stolen"]
    assert accepted(await admin.post(path, json={"kind": "clear", "condition": "stolen"}))["conditions"] == []
    assert accepted(await admin.post(path, json={"kind": "destroy"}))["state"] == "ended"
    ended = refused(await admin.post(path, json={"kind": "retire"}), 409, "events_refused")
    assert ended["errors"][0]["code"] == "item_ended"
    history = accepted(await admin.get(f"/items/{item['id']}/history"))
    assert steps(history) == [
        "commissioning", "inspecting", "storing", "holding", "inspecting", "other", "destroying"
    ]  # fmt: skip
    indexes = [one["index"] for one in history["items"]]
    assert indexes == sorted(set(indexes))


async def test_an_action_needs_what_its_kind_needs(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    path = f"/items/{item['id']}/actions"
    problem = refused(await admin.post(path, json={"kind": "inspect", "condition": "stolen"}), 422, "action_incomplete")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [
        ("condition", "unknown_field"),
        ("outcome", "required"),
    ]


async def test_what_is_out_of_scope_does_not_exist(house: House) -> None:
    admin, district, gate = await house.staff("admin"), await house.staff("district"), await house.staff("gate")
    (item,) = await stock(house, admin, 1)
    for path in ("", "/history", "/custody?at=2026-11-22T00:00:00Z"):
        refused(await district.get(f"/items/{item['id']}{path}"), 404, "item_not_found")
    refused(await district.post(f"/items/{item['id']}/actions", json={"kind": "retire"}), 404, "item_not_found")
    refused(await gate.get(f"/items/{item['id']}"), 403, "role_forbidden")
    (code,) = await minted(house, admin, 1)
    problem = refused(await district.post("/items/activate", json={"code": code}), 409, "events_refused")
    assert problem["errors"][0]["code"] == "code_not_minted"


async def test_items_are_found_by_words_place_holder_and_condition(house: House) -> None:
    admin = await house.staff("admin")
    word = unique("serial").replace("-", "")
    codes = await minted(house, admin, 5)
    items = [await activated(admin, code, name="示例青铜香炉", serial=f"{word}{at}") for at, code in enumerate(codes)]

    async def found(**asked: Any) -> list[str]:
        pages, after = [], None
        while True:
            page = accepted(await admin.get("/items", params=asked | ({"after": after} if after else {})))
            pages += [item["id"] for item in page["items"]]
            if (after := page["next"]) is None:
                return pages

    ids = [item["id"] for item in items]
    assert await found(q=word[:12], limit=2) == ids
    assert await found(q=f"青铜 {word}3") == [ids[3]]
    assert await found(q=f"陶瓷 {word}3") == []
    assert await found(item_type_id=items[0]["type_id"], limit=3) == ids
    accepted(await admin.post(f"/items/{ids[2]}/actions", json={"kind": "report", "condition": "recalled"}))
    assert await found(item_type_id=items[0]["type_id"], condition="recalled") == [ids[2]]
    assert set(ids) <= set(await found(state="active", limit=200))
    assert set(ids) <= set(await found(holder="city:310000", limit=200))


async def test_things_that_began_together_are_all_listed(house: House) -> None:
    admin = await house.staff("admin")
    epcs = [f"urn:epc:id:sgtin:6901234.022222.{unique('s')}" for _ in range(7)]
    event = observed(*epcs, action="ADD", bizStep="commissioning")
    accepted(await admin.post("/epcis/capture", json=document(event)))
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = accepted(await admin.get("/items", params={"limit": 3, "holder": "city:310000", **after}))
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(found) == len(set(found))
    assert set(epcs) <= set(found)


async def test_a_wrong_event_is_declared_so_and_stays(house: House) -> None:
    admin = await house.staff("admin")
    (code,) = await minted(house, admin, 1)
    item = await activated(admin, code)
    accepted(await admin.post(f"/items/{item['id']}/actions", json={"kind": "destroy"}))
    wrong = accepted(await admin.get(f"/items/{item['id']}/history"))["items"][-1]
    wish = {"event_id": wrong["event_id"], "reason": "did_not_occur"}
    declared = accepted(await admin.post("/item-events/corrections", json=wish))
    assert accepted(await admin.post("/item-events/corrections", json=wish)) == declared
    assert accepted(await admin.get(f"/items/{item['id']}"))["state"] == "active"
    history = accepted(await admin.get(f"/items/{item['id']}/history"))["items"]
    assert [one["event_id"] for one in history[-2:]] == [wrong["event_id"]] * 2
    assert history[-1]["event"]["errorDeclaration"]["reason"] == "did_not_occur"
    # The one that began it, too; then the code may be bound anew.
    accepted(await admin.post("/item-events/corrections", json={**wish, "event_id": history[0]["event_id"]}))
    assert accepted(await admin.get(f"/items/{item['id']}"))["state"] == "void"
    assert (await activated(admin, code, name="改绑后的示例香炉"))["name"] == "改绑后的示例香炉"


async def test_forged_codes_are_refused(house: House) -> None:
    admin = await house.staff("admin")
    (code,) = await minted(house, admin, 1)
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    for text in (forged, "x", code[:-1], "05nm"):
        refused(await admin.post("/items/activate", json={"code": text}), 404, "item_code_not_found")


async def test_what_has_ended_is_only_seen(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    path = f"/items/{item['id']}/actions"
    accepted(await admin.post(path, json={"kind": "destroy"}))
    for act in ({"kind": "inspect", "outcome": "conformant"}, {"kind": "report", "condition": "stolen"}):
        assert refused(await admin.post(path, json=act), 409, "events_refused")["errors"][0]["code"] == "item_ended"
    sent = await admin.post("/item-transfers", json={"item_ids": [item["id"]], "to": DISTRICT})
    assert refused(sent, 409, "events_refused")["errors"][0]["code"] == "item_ended"
    seen = observed(item["epc"], bizStep="stock_taking", eventTime=datetime.now(UTC).isoformat(timespec="milliseconds"))
    accepted(await admin.post("/epcis/capture", json=document(seen)))


async def test_nothing_happens_in_the_future(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    act = {"kind": "inspect", "outcome": "conformant", "happened_at": "2030-01-01T00:00:00+08:00"}
    problem = refused(await admin.post(f"/items/{item['id']}/actions", json=act), 422, "action_incomplete")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("happened_at", "event_in_future")]
    loan = {"item_ids": [item["id"]], "to": DISTRICT, "purpose": "loan", "due_on": "2020-01-01"}
    problem = refused(await admin.post("/item-transfers", json=loan), 409, "events_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("due_on", "day_over")]


async def test_an_item_is_described_anew(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1, name="示例铜香炉", attributes={"material": "铜"})
    path = f"/items/{item['id']}/actions"
    told = {"kind": "describe", "name": "示例银香炉", "attributes": {"material": "银", "height_cm": 2}}
    described = accepted(await admin.post(path, json=told))
    assert (described["name"], described["attributes"]["material"]) == ("示例银香炉", "银")
    assert item["id"] in [one["id"] for one in accepted(await admin.get("/items?q=银香炉&limit=200"))["items"]]
    wrong = await admin.post(path, json={"kind": "describe", "attributes": {"height_cm": -1}})
    problem = refused(wrong, 409, "events_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("attributes.height_cm", "out_of_range")]
    nothing = refused(await admin.post(path, json={"kind": "describe"}), 422, "action_incomplete")
    assert nothing["errors"][0]["path"] == "name"
    assert len(accepted(await admin.get(f"/items/{item['id']}/history"))["items"]) == 2


async def test_a_serial_is_one_item_s(house: House) -> None:
    admin = await house.staff("admin")
    first, second = await minted(house, admin, 2)
    serial = unique("serial")
    key = {"Idempotency-Key": unique("serial")}
    for _ in range(2):
        accepted(await admin.post("/items/activate", json={"code": first, "serial": serial}, headers=key), 201)
    taken = refused(await admin.post("/items/activate", json={"code": second, "serial": serial}), 409, "events_refused")
    assert [(one["path"], one["code"]) for one in taken["errors"]] == [("serial", "serial_taken")]


async def test_a_scan_finds_its_item(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    code, unused = await minted(house, admin, 2)
    item = await activated(admin, code)
    for scanned in (code, f"https://code.example.cn/i/{code}", code.upper()):
        found = accepted(await admin.get("/items", params={"code": scanned}))["items"]
        assert [one["id"] for one in found] == [item["id"]]
    assert accepted(await admin.get("/items", params={"code": unused}))["items"] == []
    assert accepted(await district.get("/items", params={"code": code}))["items"] == []
    refused(await admin.get("/items", params={"code": "nothing"}), 404, "item_code_not_found")


async def test_a_venue_stands_for_all_its_spots(house: House) -> None:
    admin = await house.staff("admin")
    place = {"venue_id": house.side_venue["id"], "spot": "east-hall"}
    (item,) = await stock(house, admin, 1, place=place)
    for sought in (place["venue_id"], item["place"], item["place"].removesuffix(":east-hall")):
        found = accepted(await admin.get("/items", params={"place": sought}))["items"]
        assert [one["id"] for one in found] == [item["id"]]
    west = await admin.get("/items", params={"place": item["place"].replace("east", "west")})
    assert accepted(west)["items"] == []


async def test_a_history_says_what_was_committed_to(house: House) -> None:
    admin = await house.staff("admin")
    (item,) = await stock(house, admin, 1)
    (told,) = accepted(await admin.get(f"/items/{item['id']}/history"))["items"]
    assert commit(bytes.fromhex(told["salt"]), canonical(told["data"])).hex() == told["commitment"]
