"""Somebody who writes ledgers by hand, with a look at everything that belongs to a slot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reservations.changes import Cancellation, Change, GiveBack, NewBooking
from services.reservations.draft import decide
from services.reservations.ledger import Settlement, SlotLedger
from services.reservations.model import Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from tests.contract.documents import Documents
from tests.factories import NOW, make_booking, make_slot


@dataclass(frozen=True, kw_only=True)
class Clerk:
    """Decides each change on what the database says now, and writes it."""

    slots: MongoSlots
    ledger: MongoLedger
    documents: Documents

    async def open(self, **changes: Any) -> Slot:
        slot = make_slot(**changes)
        await self.slots.add_missing([slot])
        return slot

    async def read(self, slot: Slot) -> SlotLedger:
        """Return the slot's ledger, read from its beginning."""
        ledger = SlotLedger.at_first(slot)
        ledger.read(*(await self.ledger.read({slot.id: 0}))[slot.id])
        return ledger

    async def settle(self, *changes: Change) -> list[Settlement]:
        """Return what would make the changes true now."""
        found = await self.ledger.read(dict.fromkeys((one for change in changes for one in change.slot_ids), 0))
        ledgers = [SlotLedger.at_first(slot) for slot, _ in found.values()]
        for ledger in ledgers:
            ledger.read(*found[ledger.slot.id])
        return settlements_on(ledgers, *changes)

    async def write(self, *changes: Change) -> None:
        await self.ledger.write(await self.settle(*changes), NOW)

    async def book(self, slot: Slot, **wishes: Any) -> NewBooking:
        """Book, as `make_booking` makes it."""
        booking = make_booking(slot, **wishes)
        await self.write(booking)
        return booking

    async def facts(self, slot: Slot) -> Mapping[str, Any]:
        """Return all that is kept about a slot and those who booked it."""
        kept = await self.documents.find("reservations", slot_id=slot.id)
        document = await self.documents.get("slots", slot.id)
        entries = await self.documents.find("ledger", slot_id=slot.id)
        passes = await self.documents.find("passes", _id={"$in": [one["_id"] for one in kept]})
        told = [event for one in kept for event in await self.documents.events(one["_id"])]
        return {
            "left": document["places_left"],
            "version": document["version"],
            "entries": sorted(entry["version"] for entry in entries),
            "kept": sorted((one["_id"], one["status"]) for one in kept),
            "holders": sorted((await self.read(slot)).holders.values()),
            "closed": sorted(one["_id"] for one in passes if one["cancelled_at"] is not None),
            "told": sorted((event["kind"], event["subject_id"]) for event in told),
        }


def settlements_on(ledgers: Sequence[SlotLedger], *changes: Change) -> list[Settlement]:
    """Return what would make the changes true, which no ledger may speak against."""
    outcomes, settlements = decide({ledger.slot.id: ledger for ledger in ledgers}, changes, NOW)
    assert not [outcome for outcome in outcomes if outcome is False or isinstance(outcome, Exception)]
    return settlements


def nothing(slot: Slot) -> Mapping[str, Any]:
    """Return the facts of a slot that nobody has booked."""
    return {
        "left": slot.places_left,
        "version": 0,
        "entries": [],
        "kept": [],
        "holders": [],
        "closed": [],
        "told": [],
    }


def facts_of(slot: Slot, *changes: NewBooking | Cancellation | GiveBack, version: int = 1) -> Mapping[str, Any]:
    """Return the facts of a slot in which these changes took place, in as many writes as `version` says."""
    booked = [one.reservation for one in changes if isinstance(one, NewBooking)]
    ended = {one.reservation.id for one in changes if isinstance(one, Cancellation | GiveBack)}
    held = [one for one in booked if one.id not in ended]
    return {
        "left": slot.places_left - sum(one.party_size for one in held),
        "version": version,
        "entries": list(range(1, version + 1)),
        "kept": sorted((one.id, "cancelled" if one.id in ended else "booked") for one in booked),
        "holders": sorted(one.id for one in held for _ in one.visitors),
        "closed": sorted(ended),
        "told": sorted((one.event.kind.value, one.reservation.id) for one in changes if one.event is not None),
    }
