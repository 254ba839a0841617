"""The reservations, passes and counts that a write of the ledger comes with, within its transaction."""

from collections import Counter
from collections.abc import Sequence

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.common.mongo import Document, Mongo, Session, duplicate_key_value, duplicates_raise
from services.common.stretches import stretches
from services.reservations.changes import Cancellation, GiveBack, Leaving, Offer, Shrinking, Taking, counts_in
from services.reservations.documents import booking_document, waiting_document
from services.reservations.ledger import Facts
from services.reservations.model import EndReason, Reservation, ReservationStatus
from services.reservations.mongo.plans import DAY_COUNTS, PASSES, RESERVATIONS
from services.reservations.ports import Objected


class MongoFacts:
    """Keeps what happened to reservations. Objected: a unique key or a count stands against one of them."""

    def __init__(self, mongo: Mongo) -> None:
        self._reservations = mongo.collection(RESERVATIONS)
        self._passes = mongo.collection(PASSES)
        self._counts = mongo.collection(DAY_COUNTS)

    async def keep(self, facts: Sequence[Facts], session: Session) -> None:
        """Write them all."""
        given_up = [one for each in facts for one in each.given_up]
        # What ends goes first: what is given back leaves its request to a new booking.
        await self._update(facts, session)
        await self._close(given_up, session)
        await self._guard(facts, session)
        await self._insert(facts, session)
        await self._count(facts, session)

    async def _update(self, facts: Sequence[Facts], session: Session) -> None:
        updates = [
            *(_offering(one) for each in facts for one in each.offers),
            *(_taking(one) for each in facts for one in each.taken),
            *(_leaving(one) for each in facts for one in each.left),
            *(_ending(one) for each in facts for one in each.given_up),
            *(_shrinking(one) for each in facts for one in each.shrunk),
        ]
        if updates:
            result = await self._reservations.bulk_write(updates, session=session)
            if result.matched_count != len(updates):
                raise Objected

    async def _close(self, given_up: Sequence[Cancellation | GiveBack], session: Session) -> None:
        """Shut the gate to what was booked; offers had no code to show."""
        booked = [one for one in given_up if one.reservation.status is ReservationStatus.BOOKED]
        left = await self._left_by_all([one.reservation.id for one in booked], session)
        passes = [_closed_pass(one) for one in booked if one.reservation.id not in left]
        emptied = [_closed_again(one) for one in booked if one.reservation.id in left]
        if passes:
            with duplicates_raise(Objected):
                await self._passes.insert_many(passes, session=session)
        if emptied and (await self._passes.bulk_write(emptied, session=session)).matched_count != len(emptied):
            raise Objected

    async def _left_by_all(self, ids: Sequence[str], session: Session) -> set[str]:
        """Return those that have a pass and nobody let in: all who were, by mistake, were taken back."""
        found: set[str] = set()
        for some in stretches(ids):
            nobody_inside = {"_id": {"$in": some}, "cancelled_at": None, "admitted_count": 0}
            found |= {one["_id"] async for one in self._passes.find(nobody_inside, {"_id": True}, session=session)}
        return found

    async def _guard(self, facts: Sequence[Facts], session: Session) -> None:
        """Let no more people in on what is given back: whoever was let in since it was decided stands against it."""
        passes = [_shrunk_pass(one) for each in facts for one in each.shrunk]
        if passes and (await self._passes.bulk_write(passes, session=session)).matched_count != len(passes):
            raise Objected

    async def _insert(self, facts: Sequence[Facts], session: Session) -> None:
        documents = [
            *(booking_document(one) for each in facts for one in each.bookings),
            *(waiting_document(one, number) for each in facts for one, number in each.joined),
        ]
        if not documents:
            return
        try:
            await self._reservations.insert_many(documents, session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise Objected from None

    async def _count(self, facts: Sequence[Facts], session: Session) -> None:
        limits = {limit.key: limit for each in facts for limit in each.limits}
        counted = Counter(limit.key for each in facts for limit in each.limits)
        counted.subtract(key for each in facts for one in each.given_up for key in counts_in(one))
        updates = []
        for key, more in counted.items():
            if more < 0:
                updates.append(UpdateOne({"_id": key}, {"$inc": {"count": more}}))
            elif more > 0:
                # Whoever has too many is not matched, so the upsert meets their document's `_id`.
                guard = {"_id": key, "count": {"$not": {"$gt": limits[key].most - more}}}
                change = {"$inc": {"count": more}, "$setOnInsert": {"expires_at": limits[key].expires_at}}
                updates.append(UpdateOne(guard, change, upsert=True))
        if not updates:
            return
        try:
            await self._counts.bulk_write(updates, session=session)
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            raise Objected from None


def _key(reservation: Reservation, status: ReservationStatus) -> Document:
    return {"_id": reservation.id, "citizen_id": reservation.citizen_id, "status": status}


def _offering(offer: Offer) -> UpdateOne:
    held = offer.reservation
    change = {"status": ReservationStatus.HELD, "held_until": held.held_until}
    return UpdateOne(_key(held, ReservationStatus.WAITING), {"$set": change})


def _taking(taking: Taking) -> UpdateOne:
    booked = taking.reservation
    change = {
        "status": ReservationStatus.BOOKED,
        "held_until": None,
        "taken": True,
        "day_counts": list(booked.day_counts),
    }
    return UpdateOne(_key(booked, ReservationStatus.HELD), {"$set": change})


def _leaving(leaving: Leaving) -> UpdateOne:
    change = {
        "status": ReservationStatus.CANCELLED,
        "cancelled_at": leaving.left_at,
        "end_reason": leaving.reason,
    }
    return UpdateOne(_key(leaving.reservation, ReservationStatus.WAITING), {"$set": change})


def _ending(change: Cancellation | GiveBack) -> UpdateOne:
    reservation = change.reservation
    held = reservation.status is ReservationStatus.HELD
    fields: Document = {
        "status": ReservationStatus.LAPSED if held else ReservationStatus.CANCELLED,
        "cancelled_at": change.cancelled_at,
        "end_reason": change.reason,
        "rescheduled_to": change.moved_to,
    }
    key = _key(reservation, reservation.status)
    if change.reason is not EndReason.UNHEARD:
        return UpdateOne(key, {"$set": fields})
    # The request may be made anew, unless somebody has claimed its answer.
    forgotten = {"request_id": reservation.id, "fingerprint": None}
    return UpdateOne(key | {"repeated_at": None}, {"$set": fields | forgotten})


def _shrinking(change: Shrinking) -> UpdateOne:
    reservation = change.reservation
    key = _key(reservation, ReservationStatus.BOOKED) | {"party_size": reservation.party_size}
    return UpdateOne(key, {"$set": {"party_size": change.party_size}, "$inc": {"shrunk_count": 1}})


def _shrunk_pass(change: Shrinking) -> UpdateOne:
    as_decided = {
        "_id": change.reservation.id,
        "cancelled_at": None,
        "party_size": change.reservation.party_size,
        "admitted_count": change.party_size,
    }
    return UpdateOne(as_decided, {"$set": {"party_size": change.party_size}})


def _closed_again(change: Cancellation | GiveBack) -> UpdateOne:
    """Return what shuts the gate where there is a pass; with anybody let in since it was looked at, it matches none."""
    nobody_inside = {"_id": change.reservation.id, "cancelled_at": None, "admitted_count": 0}
    return UpdateOne(nobody_inside, {"$set": {"cancelled_at": change.cancelled_at}})


def _closed_pass(change: Cancellation | GiveBack) -> Document:
    return {
        "_id": change.reservation.id,
        "venue_id": change.reservation.venue_id,
        "party_size": change.reservation.party_size,
        "admitted_count": 0,
        "entries": [],
        "cancelled_at": change.cancelled_at,
    }
