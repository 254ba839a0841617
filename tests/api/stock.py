"""Items to test with: types, minted codes, and things that bear them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from qr.item_code import ItemNumber, make_item_code, number_of_item
from server.item_wiring import item_keyring
from tests.api.house import Caller, House, accepted, unique

DONE_WITHIN_S = 60
ITEM_TYPE = {
    "name": "示例香炉",
    "attributes_schema": {
        "type": "object",
        "properties": {"material": {"type": "string", "maxLength": 20}, "height_cm": {"type": "number", "minimum": 0}},
    },
    "public_attributes": ["material"],
    "label": {"layout": "a4-70", "title": "示例香炉"},
}
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"example": "https://example.org/ns/"}]


async def minted(house: House, person: Caller, quantity: int = 10, **wish: Any) -> list[str]:
    """Return the codes of a new batch, as printed."""
    type_id = accepted(await person.post("/item-types", json=ITEM_TYPE), 201)["id"]
    asked = await person.post("/item-batches", json={"item_type_id": type_id, "quantity": quantity, **wish})
    batch = accepted(asked, 202)
    async with asyncio.timeout(DONE_WITHIN_S):
        while (job := accepted(await person.get(f"/jobs/{batch['job_id']}")))["state"] != "done":
            assert job["failure"] is None, job
            await asyncio.sleep(0.05)
    number = (await batch_number(house, batch["id"]))["number"]
    keyring = item_keyring(await house.stores.keys.load())
    return [
        make_item_code(ItemNumber(kid=keyring.active_kid, batch=number, serial=serial), keyring)
        for serial in range(quantity)
    ]


async def batch_number(house: House, batch_id: str) -> Mapping[str, Any]:
    found = await house.stores.mongo.client[house.config.mongodb.database]["item_batches"].find_one({"_id": batch_id})
    assert found is not None
    return found


async def activated(person: Caller, code: str, **wish: Any) -> dict[str, Any]:
    """Return the item that a code became."""
    item: dict[str, Any] = accepted(await person.post("/items/activate", json={"code": code, **wish}), 201)
    assert number_of_item(item["id"])
    return item


async def stock(house: House, person: Caller, quantity: int, **wish: Any) -> list[dict[str, Any]]:
    """Return new items."""
    return [await activated(person, code, **wish) for code in await minted(house, person, quantity)]


def document(*events: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return an EPCISDocument of events."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-22T01:00:00Z",
        "epcisBody": {"eventList": [dict(event) for event in events]},
        **more,
    }


def observed(*epcs: str, **more: Any) -> dict[str, Any]:
    """Return an ObjectEvent OBSERVE with a new eventID."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:example:event:{unique('e')}",
        "eventTime": "2026-11-22T09:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": list(epcs),
        "action": "OBSERVE",
        "bizStep": "inspecting",
        **more,
    }
