"""Slots and reservations in MongoDB; a reservation and its places are one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicate_key_value, translated_failures
from services.reservations.documents import read_reservation, read_slot, reservation_document, slot_document
from services.reservations.errors import SlotFull, SlotUnknown, VisitBegun, VisitorAlreadyBooked
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.reservations.ports import AlreadyAnswered
from services.reservations.rules import ensure_bookable
from services.sync.model import OutboxEvent
from services.sync.mongo import MongoOutbox

SLOTS = CollectionPlan(
    name="slots",
    shard_key="venue_id",
    indexes=(IndexModel([("venue_id", ASCENDING), ("starts_at", ASCENDING)]),),
)
RESERVATIONS = CollectionPlan(
    name="reservations", shard_key="citizen_id", indexes=(IndexModel([("citizen_id", ASCENDING), ("_id", DESCENDING)]),)
)
# One document per person and slot: its `_id` lets the same person have one place only.
PLACES = CollectionPlan(name="places", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),))
# One document per reservation that was entered or cancelled: the one arbiter between gate and citizen.
PASSES = CollectionPlan(name="passes", shard_key="_id")
ANSWERS = CollectionPlan(name="answers", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),))
COLLECTIONS = (SLOTS, RESERVATIONS, PLACES, PASSES, ANSWERS)

KEEP_ANSWERS = timedelta(days=2)
KEEP_PLACES = timedelta(days=1)


class MongoSlots:
    """Slots: `places_left` is the one counter that a booking must pass."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(SLOTS)

    async def find(self, slot_id: str) -> Slot | None:
        """Return the slot, if there is one."""
        async with translated_failures():
            document = await self._collection.find_one({"_id": slot_id})
        return None if document is None else read_slot(document)

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


class _KeptBefore(Exception):
    """This very reservation is there: the transaction took effect, its answer got lost, and it ran again."""


class MongoReservations:
    """Reservations, and the atomic facts about them."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._slots = mongo.collection(SLOTS)
        self._reservations = mongo.collection(RESERVATIONS)
        self._places = mongo.collection(PLACES)
        self._passes = mongo.collection(PASSES)
        self._answers = mongo.collection(ANSWERS)

    async def find_first_answer(self, request: IdempotentRequest) -> tuple[str, str] | None:
        """Return the reservation id and fingerprint kept for an idempotent request, if any."""
        async with translated_failures():
            document = await self._answers.find_one({"_id": request.id})
        return None if document is None else (document["reservation_id"], document["fingerprint"])

    async def add(self, reservation: Reservation, request: IdempotentRequest | None, event: OutboxEvent) -> None:
        """Take the places and keep the reservation, its request and its event: all or nothing."""

        async def work(session: Session) -> None:
            await self._keep(reservation, session)
            if request is not None:
                await self._keep_answer(reservation, request, session)
            await self._take_places(reservation, session)
            await self._name_places(reservation, session)
            await self._outbox.append([event], session)

        with suppress(_KeptBefore):
            await self._mongo.transact(work)

    async def _keep(self, reservation: Reservation, session: Session) -> None:
        try:
            await self._reservations.insert_one(reservation_document(reservation), session=session)
        except DuplicateKeyError:
            raise _KeptBefore from None

    async def _keep_answer(self, reservation: Reservation, request: IdempotentRequest, session: Session) -> None:
        answer = {
            "_id": request.id,
            "fingerprint": request.fingerprint,
            "reservation_id": reservation.id,
            "expires_at": reservation.created_at + KEEP_ANSWERS,
        }
        try:
            await self._answers.insert_one(answer, session=session)
        except DuplicateKeyError:
            raise AlreadyAnswered from None

    async def _take_places(self, reservation: Reservation, session: Session) -> None:
        size = reservation.party_size
        result = await self._slots.update_one(
            self.bookable_filter(reservation), {"$inc": {"places_left": -size}}, session=session
        )
        if result.modified_count == 1:
            return
        key = {"_id": reservation.slot_id, "venue_id": reservation.venue_id}
        document = await self._slots.find_one(key, session=session)
        if document is None:
            raise SlotUnknown
        slot = read_slot(document)
        ensure_bookable(slot, size, reservation.created_at)
        raise SlotFull(slot.places_left)  # whatever else the guard saw: nobody comes in past it

    @staticmethod
    def bookable_filter(reservation: Reservation) -> Document:
        """Return what must hold of the slot in the very write that takes places: the guard against overselling."""
        return {
            "_id": reservation.slot_id,
            "venue_id": reservation.venue_id,
            "state": SlotState.OPEN,
            "ends_at": {"$gt": reservation.created_at},
            "places_left": {"$gte": reservation.party_size},
        }

    async def _name_places(self, reservation: Reservation, session: Session) -> None:
        places = [
            {"_id": place_id, "reservation_id": reservation.id, "expires_at": reservation.ends_at + KEEP_PLACES}
            for place_id in _place_ids(reservation)
        ]
        try:
            await self._places.insert_many(places, session=session)
        except BulkWriteError as error:
            taken = duplicate_key_value(error)
            if taken is None:
                raise
            raise VisitorAlreadyBooked(_place_ids(reservation).index(taken)) from None

    async def cancel(self, reservation: Reservation, now: datetime, event: OutboxEvent) -> bool:
        """Give the places back, close the gate to it, keep the event; False when it was cancelled before."""

        async def work(session: Session) -> bool:
            if not await self._mark_cancelled(reservation, now, session):
                return False
            await self._slots.update_one(
                {"_id": reservation.slot_id, "venue_id": reservation.venue_id},
                {"$inc": {"places_left": reservation.party_size}},
                session=session,
            )
            await self._places.delete_many({"_id": {"$in": _place_ids(reservation)}}, session=session)
            await self._close_gate(reservation, now, session)
            await self._outbox.append([event], session)
            return True

        return await self._mongo.transact(work)

    async def _mark_cancelled(self, reservation: Reservation, now: datetime, session: Session) -> bool:
        result = await self._reservations.update_one(
            {"_id": reservation.id, "citizen_id": reservation.citizen_id, "status": ReservationStatus.BOOKED},
            {"$set": {"status": ReservationStatus.CANCELLED, "cancelled_at": now}},
            session=session,
        )
        return result.modified_count == 1

    async def _close_gate(self, reservation: Reservation, now: datetime, session: Session) -> None:
        document = {
            "_id": reservation.id,
            "venue_id": reservation.venue_id,
            "party_size": reservation.party_size,
            "admitted_count": 0,
            "entries": [],
            "cancelled_at": now,
        }
        try:
            await self._passes.insert_one(document, session=session)
        except DuplicateKeyError:
            raise VisitBegun from None

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


def _place_ids(reservation: Reservation) -> list[str]:
    return [f"{reservation.slot_id}:{visitor.document_digest}" for visitor in reservation.visitors]
