"""Stock-takes over HTTP: several phones count a place, offline too, and the differences become events."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.api.counting import a_spot, counts_of, forged, ids_of, last_event, opened, placed, results, scan, scanned
from tests.api.house import House, accepted, refused, unique
from tests.api.stock import activated, document, minted

ELSEWHERE = "elsewhere"


async def test_the_whole_story_of_a_count(house: House) -> None:
    admin, manager = await house.staff("admin"), await house.staff("manager")
    spot, other = a_spot(), a_spot()
    codes, items = await placed(house, admin, 5, spot)
    (stray_code,), (stray,) = await placed(house, admin, 1, other)
    (ended_code,), (ended,) = await placed(house, admin, 1, spot)
    accepted(await admin.post(f"/items/{ended['id']}/actions", json={"kind": "destroy"}))
    (blank,) = await minted(house, admin, 1)

    take = await opened(admin, house.venue["id"], spot, name="示例盘点")
    assert take["state"] == "open"
    assert take["counts"]["expected"] == take["counts"]["missing"] == 5
    assert ids_of(await results(admin, take, "missing")) == sorted(item["id"] for item in items)

    link = f"https://code.example.cn/i/{codes[0]}"
    answers = await scanned(
        admin,
        take,
        scan(link),
        scan(codes[1], phone="phone-2"),
        scan(codes[0], phone="phone-2"),
        scan(stray_code),
        scan(ended_code),
        scan(forged(codes[2])),
        scan(blank),
        scan("不是码"),
        scan("urn:example:\x00:1"),
    )
    assert [(one["verdict"], one["reason"]) for one in answers] == [
        ("found", None),
        ("found", None),
        ("found_twice", None),
        ("misplaced", None),
        ("ended", None),
        ("unknown", "forged"),
        ("unknown", "not_activated"),
        ("unknown", "not_a_code"),
        ("unknown", "not_a_code"),
    ]
    assert answers[2]["first"]["device_id"] == "phone-1"
    assert answers[3]["item"]["place"] == stray["place"]
    # A manager of the venue helps to count what the city opened.
    (helped,) = await scanned(manager, take, scan(codes[2]))
    assert helped["verdict"] == "found"
    late_comer = (await placed(house, admin, 1, spot))[0][0]
    assert [one["verdict"] for one in await scanned(admin, take, scan(late_comer))] == ["not_in_count"]

    expected_counts = {
        "expected": 5, "missing": 2, "found": 3, "found_twice": 1, "misplaced": 1, "ended": 1, "unknown": 4,
        "not_in_count": 1, "too_late": 0, "marked_missing": 0,
    }  # fmt: skip
    assert await counts_of(admin, take) == expected_counts
    missing = sorted(item["id"] for item in items[3:])
    assert ids_of(await results(admin, take, "missing")) == missing
    assert ids_of(await results(admin, take, "found", limit=1)) == sorted(item["id"] for item in items[:3])
    assert [line["verdict"] for line in await results(admin, take, "expected")].count("missing") == 2
    assert ids_of(await results(admin, take, "misplaced")) == [stray["id"]]
    assert [line["reason"] for line in await results(admin, take, "unknown")] == [
        "forged", "not_activated", "not_a_code", "not_a_code"
    ]  # fmt: skip

    refused(
        await manager.post(f"/stock-takes/{take['id']}/sign-off", json={"mark_missing": True}),
        403,
        "stock_take_not_yours",
    )
    path = f"/stock-takes/{take['id']}/sign-off"
    signed = accepted(await admin.post(path, json={"mark_missing": True}))
    assert signed["state"] == "signed_off"
    assert signed["counts"] == expected_counts | {"marked_missing": 2}
    assert accepted(await admin.post(path, json={"mark_missing": True})) == signed
    refused(await admin.post(path, json={"mark_missing": False}), 409, "stock_take_signed_off")

    here = f"urn:chengma:place:{house.venue['id']}:{spot}"
    told = await last_event(admin, items[0])
    assert (told["bizStep"], told["action"], told["readPoint"]) == ("stock_taking", "OBSERVE", {"id": here})
    assert "disposition" not in told
    assert "bizLocation" not in told
    assert accepted(await admin.get(f"/items/{stray['id']}"))["place"] == here
    lost = accepted(await admin.get(f"/items/{items[4]['id']}"))
    assert (lost["disposition"], lost["place"]) == ("unknown", here)
    assert (await last_event(admin, ended))["bizStep"] == "destroying"

    # Found again in the next count, it is no longer missing.
    again = await opened(admin, house.venue["id"], spot)
    await scanned(admin, again, scan(codes[4]))
    accepted(await admin.post(f"/stock-takes/{again['id']}/sign-off", json={"mark_missing": False}))
    assert accepted(await admin.get(f"/items/{items[4]['id']}"))["disposition"] == "active"
    assert accepted(await admin.get(f"/items/{items[3]['id']}"))["disposition"] == "unknown"


async def test_an_offline_upload_may_come_again_and_late(house: House) -> None:
    admin = await house.staff("admin")
    spot = a_spot()
    codes, _ = await placed(house, admin, 3, spot)
    take = await opened(admin, house.venue["id"], spot)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="milliseconds")
    upload = [scan(code, scanned_at=yesterday, spot="shelf-1") for code in codes[:2]]
    first = await scanned(admin, take, *upload, upload[0])
    assert [one["status"] for one in first] == ["recorded", "recorded", "repeated"]
    again = await asyncio.gather(*(scanned(admin, take, *upload) for _ in range(6)))
    assert all([(one["status"], one["verdict"]) for one in answers] == [("repeated", "found")] * 2 for answers in again)
    reused = await scanned(admin, take, upload[0] | {"code": codes[2]})
    assert (reused[0]["status"], reused[0]["verdict"]) == ("scan_id_reused", "found")
    assert reused[0]["item"] == first[0]["item"]
    assert (await counts_of(admin, take))["found"] == 2

    path = f"/stock-takes/{take['id']}/sign-off"
    signed = accepted(await admin.post(path, json={"mark_missing": False}))
    late = scan(codes[2], scanned_at=yesterday)
    for status in ("recorded", "repeated"):
        (answer,) = await scanned(admin, take, late)
        assert (answer["status"], answer["verdict"]) == (status, "too_late")
    (line,) = await results(admin, take, "too_late")
    assert line["scan"]["scan_id"] == late["scan_id"]
    assert await counts_of(admin, take) == signed["counts"] | {"too_late": 1}
    assert [one["status"] for one in await scanned(admin, take, *upload)] == ["repeated", "repeated"]


async def test_several_phones_at_once_find_an_item_once(house: House) -> None:
    admin = await house.staff("admin")
    spot = a_spot()
    codes, _ = await placed(house, admin, 10, spot)
    take = await opened(admin, house.venue["id"], spot)
    answers = await asyncio.gather(
        *(scanned(admin, take, *(scan(code, phone=f"phone-{phone}") for code in codes)) for phone in range(8))
    )
    verdicts = [one["verdict"] for phone in answers for one in phone]
    assert (verdicts.count("found"), verdicts.count("found_twice")) == (10, 70)
    counts = await counts_of(admin, take)
    assert (counts["found"], counts["found_twice"], counts["missing"]) == (10, 70, 0)
    assert len(await results(admin, take, "found_twice", limit=30)) == 70


async def test_what_is_inside_is_expected_and_a_type_narrows_it(house: House) -> None:
    admin = await house.staff("admin")
    spot = a_spot()
    (chest_code,), (chest,) = await placed(house, admin, 1, spot)
    inner_codes = await minted(house, admin, 2)
    inner = [await activated(admin, code) for code in inner_codes]
    packed = {
        "type": "AggregationEvent",
        "eventID": f"urn:example:event:{unique('e')}",
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+08:00",
        "parentID": chest["epc"],
        "childEPCs": [item["epc"] for item in inner],
        "action": "ADD",
        "bizStep": "packing",
    }
    accepted(await admin.post("/epcis/capture", json=document(packed)))
    whole = await opened(admin, house.venue["id"], spot)
    assert ids_of(await results(admin, whole, "expected")) == sorted(one["id"] for one in [chest, *inner])
    narrow = await opened(admin, house.venue["id"], spot, item_type_id=inner[0]["type_id"])
    assert narrow["counts"]["expected"] == 2
    assert [one["verdict"] for one in await scanned(admin, narrow, scan(chest_code), scan(inner_codes[0]))] == [
        "not_in_count", "found"
    ]  # fmt: skip
    venue = await opened(admin, house.venue["id"])
    assert set(ids_of(await results(admin, venue, "expected", limit=200))) >= {chest["id"], inner[0]["id"]}


async def test_a_manager_counts_and_signs_off_what_is_the_venue_s(house: House) -> None:
    admin, manager = await house.staff("admin"), await house.staff("manager")
    spot = a_spot()
    own = {"owner": {"level": "venue", "id": house.venue["id"]}}
    place = {"venue_id": house.venue["id"], "spot": spot}
    first, second = await minted(house, admin, 2, **own)
    items = [await activated(manager, code, place=place) for code in (first, second)]
    await placed(house, admin, 1, spot)  # which is the city's, and so not the manager's to count
    take = await opened(manager, house.venue["id"], spot)
    assert ids_of(await results(manager, take, "expected")) == sorted(item["id"] for item in items)
    await scanned(manager, take, scan(first))
    # Retired while the count went on: gone, but not lost.
    accepted(await manager.post(f"/items/{items[1]['id']}/actions", json={"kind": "retire"}))
    signed = accepted(await manager.post(f"/stock-takes/{take['id']}/sign-off", json={"mark_missing": True}))
    assert (signed["counts"]["missing"], signed["counts"]["marked_missing"]) == (1, 0)
    assert (await last_event(manager, items[0]))["bizStep"] == "stock_taking"
    assert (await last_event(manager, items[1]))["bizStep"] == "decommissioning"


async def test_opening_is_repeatable_and_counts_are_listed(house: House) -> None:
    manager = await house.staff("manager")
    key = {"Idempotency-Key": unique("open")}
    wish = {"place": {"venue_id": house.venue["id"], "spot": a_spot()}}
    answers = await asyncio.gather(*(manager.post("/stock-takes", json=wish, headers=key) for _ in range(6)))
    takes = [accepted(answer, 201) for answer in answers]
    assert takes == [takes[0]] * 6
    assert answers[0].headers["Location"] == f"/api/v1/stock-takes/{takes[0]['id']}"
    other = {"place": {"venue_id": house.venue["id"], "spot": ELSEWHERE}}
    refused(await manager.post("/stock-takes", json=other, headers=key), 409, "idempotency_key_reused")
    more = [await opened(manager, house.venue["id"], a_spot()) for _ in range(3)]
    first = accepted(await manager.get("/stock-takes", params={"limit": 2}))
    assert [take["id"] for take in first["items"]] == [more[2]["id"], more[1]["id"]]
    second = accepted(await manager.get("/stock-takes", params={"limit": 2, "after": first["next"]}))
    assert [take["id"] for take in second["items"]] == [more[0]["id"], takes[0]["id"]]
    # Nothing is expected, and so nothing is told.
    empty = accepted(await manager.post(f"/stock-takes/{more[0]['id']}/sign-off", json={"mark_missing": True}))
    assert (empty["state"], empty["counts"]["expected"]) == ("signed_off", 0)
