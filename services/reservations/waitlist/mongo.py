"""Queues in MongoDB: what is read beside the ledgers that decide."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from services.common.mongo import Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.reservations.documents import read_reservation, read_slot
from services.reservations.entry_documents import read_queue
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.plans import LEDGER, RESERVATIONS, SLOTS
from services.reservations.waitlist.model import LogEntry

# Bounds for what has none: the embedded database reads everything for a range that is open at one end.
MOST = 2**31 - 1
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LAPSED_AT_ONCE = 500
MILLISECOND = timedelta(milliseconds=1)


class MongoWaitlist:
    """Looks up who waits, and where."""

    def __init__(self, mongo: Mongo) -> None:
        self._slots = mongo.collection(SLOTS)
        self._reservations = mongo.collection(RESERVATIONS)
        self._ledger = mongo.collection(LEDGER)

    async def slots_with_places(self) -> Sequence[Slot]:
        """Return the slots that somebody waits for, and that have places left in any channel."""
        return await self._waited_for(1)

    async def slots_waited_for(self) -> Sequence[Slot]:
        """Return all slots that somebody waits for."""
        return await self._waited_for(0)

    async def _waited_for(self, places: int) -> Sequence[Slot]:
        # The index has only slots that are waited for. Which field comes first decides that it is used.
        query = {"places_left": {"$gte": places, "$lt": MOST}, "waiting": {"$gte": 1}}
        async with translated_failures():
            return [read_slot(document) async for document in self._slots.find(query)]

    async def lapsed_offers(self, now: datetime) -> Sequence[Reservation]:
        """Return some of the offers whose time is over, and that nobody has ended yet."""
        query = {"held_until": {"$gte": EARLIEST, "$lt": _just_after(now)}, "status": ReservationStatus.HELD}
        async with translated_failures():
            found = self._reservations.find(query).limit(LAPSED_AT_ONCE)
            return [read_reservation(document) async for document in found]

    async def waiting_among(self, reservation_ids: Collection[str]) -> Sequence[Reservation]:
        """Return those of the reservations that wait, in no particular order."""
        found: list[Document] = []
        for ids in stretches(list(reservation_ids)):
            query = {"_id": {"$in": ids}, "status": ReservationStatus.WAITING}
            async with translated_failures():
                found += [document async for document in self._reservations.find(query)]
        return [read_reservation(document) for document in found]

    async def log_of(self, slot_id: str, since: int, until: int) -> Sequence[LogEntry]:
        """Return what happened in a slot's queue in its versions since <= version < until, in order."""
        query = {"slot_id": slot_id, "version": {"$gte": since, "$lt": until}}
        shown = {"version": True, "occurred_at": True, "queue": True}
        async with translated_failures():
            found = [document async for document in self._ledger.find(query, shown) if document.get("queue")]
        return sorted((_log_entry(one) for one in found), key=lambda one: one.version)


def _just_after(instant: datetime) -> datetime:
    """Return the next instant that the database can keep, which keeps milliseconds."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000) + MILLISECOND


def _log_entry(document: Document) -> LogEntry:
    queue = read_queue(document["queue"])
    return LogEntry(version=document["version"], at=document["occurred_at"], steps=queue.steps, link=queue.link)
