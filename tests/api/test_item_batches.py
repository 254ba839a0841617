"""Minting over HTTP: a batch is asked for once, made in the background, and seen by whom its owner covers."""

import asyncio
import csv
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from qr.item_code import ItemNumber, number_of_item, read_item_code
from server.demo.city import load_demo_city
from server.item_wiring import item_keyring
from tests.api.house import Caller, House, accepted, refused, unique

ITEM_TYPE = {
    "name": "示例物品",
    "attributes_schema": {"type": "object", "properties": {"material": {"type": "string"}}},
    "label": {"layout": "a4-70", "title": "示例物品"},
}
DISTRICT = {"level": "district", "id": "310101"}
DONE_WITHIN_S = 60


async def new_type(person: Caller, **changes: Any) -> str:
    return str(accepted(await person.post("/item-types", json=ITEM_TYPE | changes), 201)["id"])


async def mint(person: Caller, type_id: str, quantity: int, key: str | None = None, **more: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    wish = {"item_type_id": type_id, "quantity": quantity, **more}
    return await person.post("/item-batches", json=wish, headers=headers)


async def finished(person: Caller, job_id: str) -> dict[str, Any]:
    """Wait until the job is done, and return it."""
    async with asyncio.timeout(DONE_WITHIN_S):
        while (job := accepted(await person.get(f"/jobs/{job_id}")))["state"] != "done":
            assert job["failure"] is None, job
            assert job["done"] <= job["total"]
            await asyncio.sleep(0.05)
    return dict(job)


async def codes_of(house: House, batch_id: str) -> list[str]:
    database = house.stores.mongo.client[house.config.mongodb.database]
    return sorted([one["_id"] async for one in database["item_codes"].find({"batch": batch_id})])


def expected_codes(first: str, quantity: int) -> list[str]:
    """Return the ids of a batch from one of them."""
    known = number_of_item(first)
    return sorted(ItemNumber(kid=known.kid, batch=known.batch, serial=n).item_id for n in range(quantity))


def picture(size: int = 40) -> bytes:
    content = BytesIO()
    Image.new("RGB", (size, size), "black").save(content, "PNG")
    return content.getvalue()


async def test_labels_carry_a_picture_where_there_is_room(house: House) -> None:
    admin = await house.staff("admin")
    batch = accepted(await mint(admin, await new_type(admin), 3), 202)
    await finished(admin, batch["job_id"])
    path, png = f"/item-batches/{batch['id']}/labels-with-artwork.pdf", {"Content-Type": "image/png"}
    plain = await admin.get(f"/item-batches/{batch['id']}/labels.pdf", params={"layout": "roll-60x40"})
    drawn = await admin.post(f"{path}?layout=roll-60x40", content=picture(), headers=png)
    assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "application/pdf")
    assert drawn.content != plain.content
    for content, layout in ((picture(), "roll-30x20"), (b"no picture", "roll-60x40")):
        answer = await admin.post(f"{path}?layout={layout}", content=content, headers=png)
        assert refused(answer, 422, "artwork_refused")["errors"][0]["path"] == "artwork"
    refused(await admin.post(path, json={}), 415, "media_type_unsupported")


async def test_a_batch_is_minted_in_the_background(house: House) -> None:
    admin = await house.staff("admin")
    asked = await mint(admin, await new_type(admin), 5000)
    batch = accepted(asked, 202)
    assert asked.headers["Location"] == f"/api/v1/item-batches/{batch['id']}"
    job = await finished(admin, batch["job_id"])
    assert (job["done"], job["total"], job["kind"]) == (5000, 5000, "mint")
    detail = accepted(await admin.get(f"/item-batches/{batch['id']}"))
    files = {"label_files": [[0, 2099], [2100, 4199], [4200, 4999]], "code_files": [[0, 4999]]}
    assert {name: [[one["first_serial"], one["last_serial"]] for one in detail.pop(name)] for name in files} == files
    assert detail == batch | {"state": "done", "minted": 5000}
    codes = await codes_of(house, batch["id"])
    assert codes == expected_codes(codes[0], 5000)


async def test_the_same_request_again_has_the_first_answer_and_makes_one_batch(house: House) -> None:
    admin, key = await house.staff("admin"), unique("mint")
    type_id = await new_type(admin)
    answers = await asyncio.gather(*(mint(admin, type_id, 3, key) for _ in range(8)))
    batches = [accepted(answer, 202) for answer in answers]
    assert batches == [batches[0]] * 8
    await finished(admin, batches[0]["job_id"])
    assert accepted(await mint(admin, type_id, 3, key), 202) == batches[0]
    refused(await mint(admin, type_id, 4, key), 409, "idempotency_key_reused")
    listed = accepted(await admin.get("/item-batches", params={"item_type_id": type_id}))
    assert listed == {"items": [batches[0]], "next": None}
    assert await house.count("jobs", _id=batches[0]["job_id"]) == 1


async def test_batches_of_one_second_have_numbers_of_their_own(house: House) -> None:
    admin = await house.staff("admin")
    type_id = await new_type(admin)
    batches = [accepted(answer, 202) for answer in await asyncio.gather(*(mint(admin, type_id, 1) for _ in range(6)))]
    assert len({batch["id"] for batch in batches}) == 6
    newest_first = sorted((batch["id"] for batch in batches), reverse=True)
    first = accepted(await admin.get("/item-batches", params={"item_type_id": type_id, "limit": "4"}))
    asked = {"item_type_id": type_id, "limit": "4", "after": first["next"]}
    second = accepted(await admin.get("/item-batches", params=asked))
    assert [one["id"] for one in first["items"]] == newest_first[:4]
    assert [one["id"] for one in second["items"]] == newest_first[4:]
    assert second["next"] is None


@pytest.mark.parametrize("username", ["gate", "auditor", "inspector"])
async def test_who_may_not_write_is_told(house: House, username: str) -> None:
    person, admin = await house.staff(username), await house.staff("admin")
    refused(await mint(person, await new_type(admin), 1), 403, "role_forbidden")


async def test_a_citizen_sees_nothing_of_it(house: House) -> None:
    citizen = await house.citizen()
    for path in ("/item-types", "/item-batches", "/jobs/job_01JD0000000000000000000000"):
        refused(await citizen.get(path), 403, "role_forbidden")
        refused(await house.nobody.get(path), 401, "token_missing")


async def test_what_is_out_of_scope_does_not_exist(house: House) -> None:
    admin, manager = await house.staff("admin"), await house.staff("manager")
    type_id = await new_type(admin)
    batch = accepted(await mint(admin, type_id, 1), 202)
    await finished(admin, batch["job_id"])
    refused(await manager.get(f"/item-batches/{batch['id']}"), 404, "item_batch_not_found")
    refused(await manager.get(f"/jobs/{batch['job_id']}"), 404, "job_not_found")
    for action in ("pause", "resume"):
        refused(await manager.post(f"/jobs/{batch['job_id']}/{action}"), 404, "job_not_found")
    assert accepted(await manager.get("/item-batches", params={"item_type_id": type_id}))["items"] == []


async def test_a_manager_mints_for_the_venue_with_a_type_of_the_city(house: House) -> None:
    admin, manager, auditor = [await house.staff(name) for name in ("admin", "manager", "auditor")]
    type_id = await new_type(admin)
    batch = accepted(await mint(manager, type_id, 2), 202)
    assert batch["owner"] == {"level": "venue", "id": house.venue["id"]}
    for person in (manager, admin, auditor):
        await finished(person, batch["job_id"])
        assert accepted(await person.get(f"/item-batches/{batch['id']}"))["minted"] == 2
        listed = accepted(await person.get("/item-batches", params={"item_type_id": type_id}))["items"]
        assert [one["id"] for one in listed] == [batch["id"]]
    refused(await mint(manager, type_id, 1, owner=DISTRICT), 404, "owner_not_found")
    for_venue = accepted(await mint(admin, type_id, 1, owner=batch["owner"]), 202)
    assert accepted(await manager.get(f"/item-batches/{for_venue['id']}"))["owner"] == batch["owner"]


async def test_a_type_is_used_within_its_part_of_the_city_only(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    elsewhere = next(one.id for one in load_demo_city().districts if one.id != "310101")
    type_id = await new_type(admin, owner={"level": "district", "id": elsewhere})
    refused(await mint(admin, type_id, 1, owner=DISTRICT), 409, "type_out_of_reach")
    refused(await mint(district, type_id, 1), 404, "item_type_not_found")


@pytest.mark.parametrize(
    "owner",
    [
        {"level": "venue", "id": "ven_01JD0000000000000000000000"},
        {"level": "district", "id": "999999"},
        {"level": "city", "id": "110000"},
        {"level": "organisation", "id": "org_example"},
    ],
)
async def test_an_owner_must_exist(house: House, owner: dict[str, str]) -> None:
    admin = await house.staff("admin")
    refused(await mint(admin, await new_type(admin), 1, owner=owner), 404, "owner_not_found")


async def test_the_codes_of_a_batch_are_genuine_and_printed_the_same_each_time(house: House) -> None:
    admin = await house.staff("admin")
    batch = accepted(await mint(admin, await new_type(admin), 71), 202)
    await finished(admin, batch["job_id"])
    table = await admin.get(f"/item-batches/{batch['id']}/codes.csv")
    assert (table.status_code, table.headers["Content-Type"]) == (200, "text/csv")
    assert table.headers["Content-Disposition"] == f'attachment; filename="{batch["id"]}-codes-1.csv"'
    rows = list(csv.DictReader(table.text.splitlines()))
    assert sorted(row["item_id"] for row in rows) == await codes_of(house, batch["id"])
    keyring = item_keyring(await house.stores.keys.load())
    for serial, row in enumerate(rows):
        number = read_item_code(row["code"], keyring)
        assert (number.serial, number.item_id) == (serial, row["item_id"])
    sheets = [await admin.get(f"/item-batches/{batch['id']}/labels.pdf", params={"part": "1"}) for _ in range(2)]
    assert (sheets[0].status_code, sheets[0].headers["Content-Type"]) == (200, "application/pdf")
    assert sheets[0].headers["Content-Disposition"] == f'attachment; filename="{batch["id"]}-labels-1.pdf"'
    assert sheets[0].content == sheets[1].content
    assert sheets[0].content.startswith(b"%PDF-")
    roll = await admin.get(f"/item-batches/{batch['id']}/labels.pdf", params={"layout": "roll-40x30"})
    assert roll.content not in {b"", sheets[0].content}


async def test_there_are_no_files_that_are_not_there(house: House) -> None:
    admin, auditor = await house.staff("admin"), await house.staff("auditor")
    batch = accepted(await mint(admin, await new_type(admin), 1), 202)
    await finished(admin, batch["job_id"])
    path = f"/item-batches/{batch['id']}"
    for name in ("labels.pdf", "codes.csv"):
        refused(await admin.get(f"{path}/{name}", params={"part": "2"}), 404, "label_file_not_found")
        refused(await auditor.get(f"{path}/{name}"), 403, "role_forbidden")
        refused(await (await house.staff("manager")).get(f"{path}/{name}"), 404, "item_batch_not_found")
    refused(await admin.get(f"{path}/labels.pdf", params={"layout": "a4-71"}), 422, "label_layout_unknown")


async def test_nothing_is_printed_before_all_codes_are_made(house: House) -> None:
    admin = await house.staff("admin")
    batch = accepted(await mint(admin, await new_type(admin), 60_000), 202)
    accepted(await admin.post(f"/jobs/{batch['job_id']}/pause"))
    for name in ("labels.pdf", "codes.csv"):
        refused(await admin.get(f"/item-batches/{batch['id']}/{name}"), 409, "batch_not_minted")
    assert accepted(await admin.get(f"/item-batches/{batch['id']}"))["label_files"] == []
