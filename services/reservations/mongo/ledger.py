"""The ledgers of slots in MongoDB: a batch of changes is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Document, Mongo, Session, duplicate_key_value, translated_failures
from services.notifications.mongo import MongoNoticeCalls
from services.reservations.changes import Change
from services.reservations.documents import read_slot, slot_changes
from services.reservations.entry_documents import entry_document, read_entry
from services.reservations.ledger import LedgerEntry, Settlement
from services.reservations.model import Slot
from services.reservations.mongo.facts import MongoFacts
from services.reservations.mongo.objections import MongoObjections
from services.reservations.mongo.plans import KEEP_LEDGER, LEDGER, SLOTS
from services.reservations.ports import LedgerMoved, Objections, OutcomeUnknown
from services.sync.mongo import MongoOutbox


class MongoLedger:
    """The ledgers of slots, and the one way to write more."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._outbox = MongoOutbox(mongo)
        self._calls = MongoNoticeCalls(mongo)
        self._facts = MongoFacts(mongo)
        self._objections = MongoObjections(mongo)
        self._slots = mongo.collection(SLOTS)
        self._ledger = mongo.collection(LEDGER)

    async def read(self, known: Mapping[str, int]) -> Mapping[str, tuple[Slot, Sequence[LedgerEntry]]]:
        """Return each slot with at least the entries after its known version; slots that do not exist are left out."""
        # The slots first: whatever led to the versions seen is in the ledger by then.
        async with translated_failures():
            slots = [read_slot(document) async for document in self._slots.find({"_id": {"$in": list(known)}})]
        moved = [slot for slot in slots if slot.version > known[slot.id]]
        entries: dict[str, list[LedgerEntry]] = {slot.id: [] for slot in slots}
        if moved:
            since = min(known[slot.id] for slot in moved)
            query = {"slot_id": {"$in": [slot.id for slot in moved]}, "version": {"$gt": since}}
            by_id = {slot.id: slot for slot in slots}
            async with translated_failures():
                async for document in self._ledger.find(query):
                    entries[document["slot_id"]].append(read_entry(document, by_id[document["slot_id"]]))
        return {slot.id: (slot, entries[slot.id]) for slot in slots}

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Write the entries with all their facts, events and notices: all or nothing."""
        complete = False

        async def work(session: Session) -> None:
            nonlocal complete
            await self._move_slots(settlements, now, session)
            await self._append(settlements, now, session)
            await self._facts.keep([one.facts for one in settlements], session)
            await self._tell(settlements, now, session)
            complete = True

        try:
            await self._mongo.transact(work)
        except (DatabaseUnavailable, LedgerMoved) as error:
            if complete:  # who moved the ledger may have been this very write, the answer to whose commit got lost
                raise OutcomeUnknown from error
            raise

    async def _move_slots(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        moves = [
            UpdateOne(self.guard(one), {"$set": slot_changes(one.before, one.entry.slot, now)}) for one in settlements
        ]
        try:
            result = await self._slots.bulk_write(moves, session=session)
        except OperationFailure as error:
            if error.has_error_label("TransientTransactionError") and not error.timeout:
                raise LedgerMoved from error  # somebody is writing this very slot: look again instead of insisting
            raise
        if result.matched_count != len(moves):
            raise LedgerMoved

    @staticmethod
    def guard(settlement: Settlement) -> Document:
        """Return what must hold of a slot in the very write that changes it: that it is what was decided on."""
        before = settlement.before
        guard: Document = {"_id": before.id, "venue_id": before.venue_id, "version": before.version}
        if settlement.facts.bookings:
            guard |= {"state": before.state, "capacity": before.capacity}
        return guard

    async def _append(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        documents = [entry_document(one, now, keep=KEEP_LEDGER) for one in settlements]
        try:
            await self._ledger.insert_many(documents, session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise LedgerMoved from None

    async def _tell(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        events = [event for each in settlements for event in each.facts.events]
        changed = [ref for each in settlements for ref in each.changed]
        if events:
            await self._outbox.append(events, changed, session)
        else:
            first = settlements[0].entry.slot
            await self._outbox.name(f"{first.id}:{first.version}", changed, now, session)
        calls = [call for each in settlements for call in each.facts.calls]
        if calls:
            await self._calls.append(calls, session)

    async def find_objections(self, changes: Sequence[Change]) -> Objections:
        """Return what the database holds against these changes."""
        return await self._objections.find(changes)
