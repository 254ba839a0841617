"""Webhooks over HTTP, made and made active."""

from typing import Any

from tests.api.house import Caller, House, accepted

WEBHOOKS = "/admin/webhooks"


def asked_webhook(**changes: Any) -> dict[str, Any]:
    return {"url": "https://platform.invalid/hooks", "events": ["reservation.booked"], "description": "示例"} | changes


async def activate(house: House, webhook_id: str) -> None:
    """Do what the sync process does when the receiver has agreed."""
    webhooks = house.stores.mongo.client[house.config.mongodb.database]["webhooks"]
    await webhooks.update_one({"_id": webhook_id}, {"$set": {"state": "active"}, "$inc": {"version": 1}})


async def new_webhook(house: House, admin: Caller) -> dict[str, str]:
    """Return the ids of an active webhook and of a delivery of it, by the names that paths have for them."""
    made = accepted(await admin.post(WEBHOOKS, json=asked_webhook()), 201)
    webhook_id = str(made["webhook"]["id"])
    await activate(house, webhook_id)
    delivery = accepted(await admin.post(f"{WEBHOOKS}/{webhook_id}/test"), 202)
    return {"webhook_id": webhook_id, "delivery_id": delivery["id"]}
