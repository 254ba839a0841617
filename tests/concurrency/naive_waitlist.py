"""A worker that offers places as one would at first: it looks who is next, and writes that. It has no ledger."""

import asyncio
from dataclasses import dataclass

from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.reservations.model import Slot
from services.reservations.mongo.plans import RESERVATIONS, SLOTS


@dataclass(frozen=True, kw_only=True)
class NaiveWorker:
    """Looks, waits for the `others` to have looked as well, and writes what it saw."""

    mongo: Mongo
    others: asyncio.Barrier

    async def look(self, slot: Slot) -> None:
        """Offer the places that are free to the first who fits, and tell them."""
        slots, reservations = self.mongo.collection(SLOTS), self.mongo.collection(RESERVATIONS)
        seen = await slots.find_one({"_id": slot.id})
        waiting = await reservations.find({"slot_id": slot.id, "status": "waiting"}).to_list()
        assert seen is not None
        fitting = [one for one in waiting if one["party_size"] <= seen["places_left"]]
        await self.others.wait()
        if not fitting:
            return
        first = min(fitting, key=lambda one: one["number"])
        await reservations.update_one({"_id": first["_id"]}, {"$set": {"status": "held"}})
        await slots.update_one({"_id": slot.id}, {"$inc": {"places_left": -first["party_size"], "waiting": -1}})
        call = {"kind": "waitlist_offer", "subject_id": first["_id"]}
        calls = self.mongo.client[slots.database.name]["notice_calls"]
        await calls.insert_one({"_id": UlidSource().new("cal"), "calls": [call]})
