"""Custody over HTTP: things change hands when the receiver says so, and loans last until the lender has them again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.house import House, accepted, refused
from tests.api.stock import stock

DISTRICT = {"level": "district", "id": "310101"}
FAR_DISTRICT = {"level": "district", "id": "310115"}


async def test_a_transfer_is_open_until_the_receiver_accepts(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    items = await stock(house, admin, 2)
    ids = [item["id"] for item in items]
    before = datetime.now(UTC)
    asked = await admin.post("/item-transfers", json={"item_ids": ids, "to": DISTRICT})
    opened = accepted(asked, 201)["items"]
    transfer = opened[0]["transfer"]
    assert transfer["state"] == "open"
    assert opened[0]["holder"]["level"] == "city"
    # The receiver sees what is coming before it is theirs.
    assert accepted(await district.get(f"/items/{ids[0]}"))["transfer"]["id"] == transfer["id"]
    again = refused(await admin.post("/item-transfers", json={"item_ids": ids, "to": DISTRICT}), 409, "events_refused")
    assert {one["code"] for one in again["errors"]} == {"transfer_open"}
    path = f"/item-transfers/{transfer['id']}"
    disputed = accepted(await district.post(f"{path}/dispute"))["items"]
    assert {item["transfer"]["state"] for item in disputed} == {"disputed"}
    taken = accepted(await district.post(f"{path}/accept"))["items"]
    assert {item["holder"]["id"] for item in taken} == {"310101"}
    assert {item["transfer"] for item in taken} == {None} if not any(item["transfer"] for item in taken) else False
    assert accepted(await district.post(f"{path}/accept"))["items"] == taken
    refused(await admin.post(f"{path}/withdraw"), 404, "transfer_not_found")

    async def holder_at(at: datetime) -> Any:
        return accepted(await admin.get(f"/items/{ids[0]}/custody", params={"at": at.isoformat()}))["holder"]

    assert await holder_at(datetime.now(UTC)) == DISTRICT
    assert (await holder_at(before))["level"] == "city"
    assert await holder_at(before - timedelta(days=1)) is None


async def test_only_the_receiver_accepts_and_only_the_holder_gives(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    items = await stock(house, admin, 2)
    far = accepted(await admin.post("/item-transfers", json={"item_ids": [items[0]["id"]], "to": FAR_DISTRICT}), 201)[
        "items"
    ][0]["transfer"]
    refused(await district.post(f"/item-transfers/{far['id']}/accept"), 404, "transfer_not_found")
    near = accepted(await admin.post("/item-transfers", json={"item_ids": [items[1]["id"]], "to": DISTRICT}), 201)
    transfer = near["items"][0]["transfer"]
    problem = refused(await district.post(f"/item-transfers/{transfer['id']}/withdraw"), 409, "events_refused")
    assert problem["errors"][0]["code"] == "not_yours"
    assert accepted(await admin.post(f"/item-transfers/{transfer['id']}/withdraw"))["items"][0]["transfer"] is None
    nowhere = {"item_ids": [items[1]["id"]], "to": {"level": "district", "id": "999999"}}
    unknown = refused(await admin.post("/item-transfers", json=nowhere), 409, "events_refused")
    assert (unknown["errors"][0]["path"], unknown["errors"][0]["code"]) == ("to", "party_unknown")


async def test_a_loan_lasts_until_the_lender_has_it_again(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    (item,) = await stock(house, admin, 1)
    city = {"level": "city", "id": "310000"}
    ids = {"item_ids": [item["id"]]}
    never = await admin.post("/item-transfers", json={**ids, "to": DISTRICT, "purpose": "return"})
    assert refused(never, 409, "events_refused")["errors"][0]["code"] == "not_lent"
    loan = {**ids, "to": DISTRICT, "purpose": "loan", "due_on": "2099-03-01"}
    opened = accepted(await admin.post("/item-transfers", json=loan), 201)["items"][0]["transfer"]["id"]
    inbox = accepted(await district.get("/item-transfers", params={"direction": "incoming"}))["items"]
    assert [one["item_ids"] for one in inbox if one["id"] == opened] == [[item["id"]]]
    outbox = accepted(await district.get("/item-transfers", params={"direction": "outgoing"}))["items"]
    assert opened not in [one["id"] for one in outbox]
    (lent,) = accepted(await district.post(f"/item-transfers/{opened}/accept"))["items"]
    assert lent["loan"] == {"lender": city, "due_on": "2099-03-01"}
    on_loan = accepted(await admin.get("/items", params={"condition": "on_loan", "holder": "district:310101"}))["items"]
    assert item["id"] in [one["id"] for one in on_loan]
    back = {**ids, "to": city, "purpose": "return"}
    returned = accepted(await district.post("/item-transfers", json=back), 201)["items"][0]["transfer"]["id"]
    (home,) = accepted(await admin.post(f"/item-transfers/{returned}/accept"))["items"]
    assert (home["loan"], home["holder"]) == (None, city)
