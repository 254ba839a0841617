"""Reservations as they are kept."""

from collections.abc import Sequence

from pymongo import DESCENDING

from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import Document, Mongo, translated_failures
from services.reservations.documents import read_reservation
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.mongo.plans import RESERVATIONS


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
