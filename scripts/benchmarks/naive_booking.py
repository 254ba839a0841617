"""The naive design of booking: one transaction a request, many at once, each retried until it gets through.

This is how the service booked before it had group commit, less the queue for each slot that kept its transactions
from meeting. Its facts lie in collections of its own.
"""

from datetime import timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError

from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicate_key_value
from services.reservations.changes import Cancellation, NewBooking
from services.reservations.documents import read_slot, reservation_document
from services.reservations.errors import SlotFull, SlotUnknown, VisitorAlreadyBooked
from services.reservations.model import Reservation, Slot, SlotState
from services.reservations.mongo.plans import SLOTS
from services.reservations.rules import ensure_bookable
from services.sync.documents import event_document

RESERVATIONS = CollectionPlan(
    name="naive_reservations",
    shard_key="citizen_id",
    indexes=(IndexModel([("citizen_id", ASCENDING), ("_id", DESCENDING)]),),
)
PLACES = CollectionPlan(name="naive_places", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),))
ANSWERS = CollectionPlan(
    name="naive_answers", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),)
)
OUTBOX = CollectionPlan(name="naive_outbox", shard_key="_id", indexes=(IndexModel("occurred_at"),))
COLLECTIONS = (RESERVATIONS, PLACES, ANSWERS, OUTBOX)
KEEP = timedelta(days=2)


class NaiveDesk:
    """Each booking for itself."""

    def __init__(self, mongo: Mongo) -> None:
        self._client = mongo.client
        self._slots = mongo.collection(SLOTS)
        self._reservations = mongo.collection(RESERVATIONS)
        self._places = mongo.collection(PLACES)
        self._answers = mongo.collection(ANSWERS)
        self._outbox = mongo.collection(OUTBOX)

    async def find_slot(self, slot_id: str) -> Slot | None:
        """Return the slot, if there is one."""
        document = await self._slots.find_one({"_id": slot_id})
        return None if document is None else read_slot(document)

    def newest(self, slot: Slot) -> Slot:
        """Return the slot as it is: nothing is remembered."""
        return slot

    def has_answered(self, slot_id: str, request: IdempotentRequest) -> bool:  # noqa: ARG002 -- the port's signature
        """Leave repeated requests to `book`."""
        return False

    async def book(self, booking: NewBooking) -> Reservation:
        """Take the places and keep the facts: all or nothing."""
        if booking.request is not None:
            first = await self._answers.find_one({"_id": booking.request.id})
            if first is not None:
                ensure_same_content(booking.request, first["fingerprint"])
                return booking.reservation

        async def work(session: Session) -> None:
            await self._reservations.insert_one(reservation_document(booking.reservation), session=session)
            if booking.request is not None:
                await self._keep_answer(booking.reservation, booking.request, session)
            await self._take_places(booking.reservation, session)
            await self._name_places(booking.reservation, session)
            if booking.event is not None:
                document = event_document(booking.event)
                await self._outbox.insert_one({"_id": booking.event.id} | document, session=session)

        async with self._client.start_session(causal_consistency=False) as session:
            await session.with_transaction(work)
        return booking.reservation

    async def _keep_answer(self, reservation: Reservation, request: IdempotentRequest, session: Session) -> None:
        answer = {
            "_id": request.id,
            "fingerprint": request.fingerprint,
            "reservation_id": reservation.id,
            "expires_at": reservation.created_at + KEEP,
        }
        await self._answers.insert_one(answer, session=session)

    async def _take_places(self, reservation: Reservation, session: Session) -> None:
        size = reservation.party_size
        guard: Document = {
            "_id": reservation.slot_id,
            "venue_id": reservation.venue_id,
            "state": SlotState.OPEN,
            "ends_at": {"$gt": reservation.created_at},
            "places_left": {"$gte": size},
        }
        result = await self._slots.update_one(guard, {"$inc": {"places_left": -size}}, session=session)
        if result.modified_count == 1:
            return
        document = await self._slots.find_one({"_id": reservation.slot_id}, session=session)
        if document is None:
            raise SlotUnknown
        slot = read_slot(document)
        ensure_bookable(slot, size, reservation.created_at)
        raise SlotFull(slot.places_left)

    async def _name_places(self, reservation: Reservation, session: Session) -> None:
        places = [
            {
                "_id": f"{reservation.slot_id}:{visitor.document_digest}",
                "reservation_id": reservation.id,
                "expires_at": reservation.ends_at + KEEP,
            }
            for visitor in reservation.visitors
        ]
        try:
            await self._places.insert_many(places, session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise VisitorAlreadyBooked(0) from None

    async def cancel(self, cancellation: Cancellation) -> bool:  # noqa: ARG002 -- the port's signature
        """Cancel nothing: no measurement does."""
        return False
