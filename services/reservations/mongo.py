"""Slots, their ledgers and reservations in MongoDB; a batch of bookings and cancellations is one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure

from services.common.errors import DatabaseUnavailable
from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicate_key_value, translated_failures
from services.reservations.documents import (
    booking_document,
    entry_document,
    read_entry,
    read_reservation,
    read_slot,
    slot_changes,
    slot_document,
)
from services.reservations.ledger import LedgerEntry, Settlement
from services.reservations.model import (
    Cancellation,
    Change,
    GiveBack,
    NewBooking,
    Reservation,
    ReservationStatus,
    Slot,
    SlotState,
)
from services.reservations.ports import LedgerMoved, Objected, Objections, OutcomeUnknown
from services.sync.mongo import MongoOutbox

SLOTS = CollectionPlan(
    name="slots",
    shard_key="venue_id",
    indexes=(IndexModel([("venue_id", ASCENDING), ("starts_at", ASCENDING)]),),
)
# `request_id` makes a repeated request meet its first answer; the index serves a citizen's list as well.
RESERVATIONS = CollectionPlan(
    name="reservations",
    shard_key="citizen_id",
    indexes=(IndexModel([("citizen_id", ASCENDING), ("request_id", ASCENDING)], unique=True),),
)
# One document for all that one write changed in a slot. `_id` is slot and version: two who write on top of the same
# version meet here. All of a slot's are on one shard, where `_id` is unique.
LEDGER = CollectionPlan(
    name="ledger",
    shard_key="slot_id",
    indexes=(
        IndexModel([("slot_id", ASCENDING), ("version", ASCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ),
)
# One document per reservation that was entered or cancelled: the one arbiter between gate and citizen.
PASSES = CollectionPlan(name="passes", shard_key="_id")
COLLECTIONS = (SLOTS, RESERVATIONS, LEDGER, PASSES)

# As long as visitors' identities are kept after a visit.
KEEP_LEDGER = timedelta(days=30)


class MongoSlots:
    """Slots as they are planned and shown; what becomes of them is the ledger's."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(SLOTS)

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Return the slots of a venue with since <= starts_at < until, in order of start."""
        async with translated_failures():
            found = self._collection.find({"venue_id": venue_id, "starts_at": {"$gte": since, "$lt": until}})
            slots = [read_slot(document) async for document in found]
        return sorted(slots, key=lambda slot: (slot.starts_at.isoformat(), slot.id))

    async def add_missing(self, slots: Sequence[Slot]) -> int:
        """Add the slots whose ids are not there yet; return how many were added."""
        if not slots:
            return 0
        async with translated_failures(60.0):
            try:
                result = await self._collection.insert_many([slot_document(slot) for slot in slots], ordered=False)
            except BulkWriteError as error:
                if duplicate_key_value(error) is None:
                    raise
                return int((error.details or {}).get("nInserted", 0))
        return len(result.inserted_ids)


class MongoReservations:
    """Reservations as they are kept."""

    def __init__(self, mongo: Mongo) -> None:
        self._reservations = mongo.collection(RESERVATIONS)

    async def claim_first_answer(self, request: IdempotentRequest, citizen_id: str) -> Reservation | None:
        """Return the reservation that answered the request first, if any; from now on nobody gives it back."""
        key = {"citizen_id": citizen_id, "request_id": request.id}
        async with translated_failures():
            # What is given back between look and mark may be booked anew, even with other content: look again.
            while (document := await self._reservations.find_one(key)) is not None:
                ensure_same_content(request, document["fingerprint"])
                if document["status"] != ReservationStatus.BOOKED or await self._mark_repeated(document):
                    return read_reservation(document)
        return None

    async def _mark_repeated(self, document: Document) -> bool:
        """Keep the reservation from being given back; False when it is not booked any more."""
        if document.get("repeated_at") is not None:
            return True
        # By `_id`: with more fields than the index has, the embedded database reads all that the citizen ever booked.
        key = {"_id": document["_id"], "citizen_id": document["citizen_id"], "status": ReservationStatus.BOOKED}
        result = await self._reservations.update_one(key, {"$currentDate": {"repeated_at": True}})
        return result.matched_count == 1

    async def find(self, reservation_id: str, citizen_id: str) -> Reservation | None:
        """Return the citizen's reservation, if it is theirs."""
        async with translated_failures():
            document = await self._reservations.find_one({"_id": reservation_id, "citizen_id": citizen_id})
        return None if document is None else read_reservation(document)

    async def latest_of(self, citizen_id: str, limit: int, before: str | None) -> Sequence[Reservation]:
        """Return the citizen's reservations, newest first, older than the id `before`."""
        query: Document = {"citizen_id": citizen_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        async with translated_failures():
            found = self._reservations.find(query).sort("_id", DESCENDING).limit(limit)
            return [read_reservation(document) async for document in found]


class MongoLedger:
    """The ledgers of slots: a batch of bookings and cancellations is one transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._outbox = MongoOutbox(mongo)
        self._slots = mongo.collection(SLOTS)
        self._ledger = mongo.collection(LEDGER)
        self._reservations = mongo.collection(RESERVATIONS)
        self._passes = mongo.collection(PASSES)

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
        """Write the entries with all their facts and events: all or nothing."""
        complete = False

        async def work(session: Session) -> None:
            nonlocal complete
            await self._move_slots(settlements, now, session)
            await self._append(settlements, now, session)
            given_up = [one for each in settlements for one in each.given_up]
            if given_up:  # first: what is given back leaves its request to a new booking
                await self._give_up(given_up, session)
            await self._keep_bookings([one for each in settlements for one in each.bookings], session)
            await self._tell(settlements, session)
            complete = True

        try:
            await self._mongo.transact(work)
        except (DatabaseUnavailable, LedgerMoved) as error:
            if complete:  # who moved the ledger may have been this very write, the answer to whose commit got lost
                raise OutcomeUnknown from error
            raise

    async def _move_slots(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        moves = [UpdateOne(self.guard(one), {"$set": slot_changes(one.entry.slot, now)}) for one in settlements]
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
        slot = settlement.entry.slot
        guard: Document = {"_id": slot.id, "venue_id": slot.venue_id, "version": slot.version - 1}
        if settlement.bookings:
            guard |= {"state": SlotState.OPEN, "capacity": slot.capacity}
        return guard

    async def _append(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        documents = [entry_document(one, now, keep=KEEP_LEDGER) for one in settlements]
        try:
            await self._ledger.insert_many(documents, session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise LedgerMoved from None

    async def _keep_bookings(self, bookings: Sequence[NewBooking], session: Session) -> None:
        if not bookings:
            return
        try:
            await self._reservations.insert_many([booking_document(one) for one in bookings], session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise Objected from None

    async def _give_up(self, changes: Sequence[Cancellation | GiveBack], session: Session) -> None:
        result = await self._reservations.bulk_write([_cancelling(change) for change in changes], session=session)
        if result.matched_count != len(changes):
            raise Objected
        try:
            await self._passes.insert_many([_closed_pass(change) for change in changes], session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise Objected from None

    async def _tell(self, settlements: Sequence[Settlement], session: Session) -> None:
        events = [event for each in settlements for event in each.events]
        if events:
            changed = [ref for each in settlements for ref in each.changed]
            await self._outbox.append(events, changed, session)

    async def find_objections(self, changes: Sequence[Change]) -> Objections:
        """Return what the database holds against these changes."""
        wanted = [one for one in changes if isinstance(one, NewBooking) and one.request is not None]
        given_up = [one.reservation for one in changes if not isinstance(one, NewBooking)]
        async with translated_failures():
            return Objections(
                answered_requests=frozenset(await self._answered(wanted)),
                begun_visits=frozenset(await self._begun(given_up)),
                repeated_bookings=frozenset(await self._repeated(given_up)),
            )

    async def _answered(self, bookings: Sequence[NewBooking]) -> list[str]:
        # One by one: for lists of citizens and requests, the embedded database reads all that these ever booked.
        keys = [
            {"citizen_id": one.reservation.citizen_id, "request_id": one.request.id}
            for one in bookings
            if one.request is not None
        ]
        found = await asyncio.gather(*(self._reservations.find_one(key, {"request_id": True}) for key in keys))
        return [one["request_id"] for one in found if one is not None]

    async def _begun(self, reservations: Sequence[Reservation]) -> list[str]:
        # A pass that was closed by a cancellation is none that anybody entered by.
        query = {"_id": {"$in": [one.id for one in reservations]}, "cancelled_at": None}
        return [one["_id"] async for one in self._passes.find(query, {"_id": True})]

    async def _repeated(self, reservations: Sequence[Reservation]) -> list[str]:
        keys = [{"_id": one.id, "citizen_id": one.citizen_id} for one in reservations]
        found = await asyncio.gather(*(self._reservations.find_one(key, {"repeated_at": True}) for key in keys))
        return [one["_id"] for one in found if one is not None and one.get("repeated_at") is not None]


def _cancelling(change: Cancellation | GiveBack) -> UpdateOne:
    reservation = change.reservation
    key = {"_id": reservation.id, "citizen_id": reservation.citizen_id, "status": ReservationStatus.BOOKED}
    fields = {"status": ReservationStatus.CANCELLED, "cancelled_at": change.cancelled_at}
    if isinstance(change, Cancellation):
        return UpdateOne(key, {"$set": fields})
    return UpdateOne(
        key | {"repeated_at": None}, {"$set": fields | {"request_id": reservation.id, "fingerprint": None}}
    )


def _closed_pass(change: Cancellation | GiveBack) -> Document:
    return {
        "_id": change.reservation.id,
        "venue_id": change.reservation.venue_id,
        "party_size": change.reservation.party_size,
        "admitted_count": 0,
        "entries": [],
        "cancelled_at": change.cancelled_at,
    }
