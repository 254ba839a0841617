"""Leases in MongoDB: a note for each; the rest is its reservation's and its pass'."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.reservations.documents import read_reservation
from services.reservations.leases.model import Lease, LeaseNote, walk_ins_of
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.mongo.plans import PASSES, RESERVATIONS

# `_id` is the reservation's.
WALK_IN_LEASES = CollectionPlan(
    name="walk_in_leases",
    shard_key="_id",
    indexes=(
        IndexModel([("gate_id", ASCENDING), ("day", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
COLLECTIONS = (WALK_IN_LEASES,)


class MongoLeases:
    """See `services.reservations.leases.ports.LeaseStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._notes = mongo.collection(WALK_IN_LEASES)
        self._reservations = mongo.collection(RESERVATIONS)
        self._passes = mongo.collection(PASSES)

    async def note(self, note: LeaseNote, on: date, leased_at: datetime, forget_at: datetime) -> None:
        """Note that there will be this lease, unless the desk refuses it."""
        document = {
            "_id": note.id,
            "venue_id": note.venue_id,
            "gate_id": note.gate_id,
            "holder_id": note.holder_id,
            "leased": note.leased,
            "day": on.isoformat(),
            "leased_at": leased_at,
            "forget_at": forget_at,
        }
        async with translated_failures():
            await self._notes.insert_one(document)

    async def find(self, lease_id: str) -> Lease | None:
        """Return the lease as it is now."""
        async with translated_failures():
            noted = await self._notes.find_one({"_id": lease_id})
        found = () if noted is None else await self.several([_read(noted)])
        return found[0] if found else None

    async def of_gate(self, gate_id: str, on: date) -> Sequence[LeaseNote]:
        """Return what a gate has asked for, in the order of asking; some may have come to nothing."""
        async with translated_failures():
            found = await self._notes.find({"gate_id": gate_id, "day": on.isoformat()}).to_list()
        return sorted((_read(one) for one in found), key=lambda note: note.id)

    async def several(self, notes: Sequence[LeaseNote]) -> Sequence[Lease]:
        """Return those of the leases that came to something, in their order."""
        ids = [note.id for note in notes]
        # Passes last: where there is none, nobody had been let in when the reservation was read, so it was whole; where
        # there is one, it has places and use in one document, and the reservation may be older.
        kept = await self._kept(ids, {walk_ins_of(note.venue_id) for note in notes})
        passes = await self._passes_of(ids)
        return [_lease(note, kept[note.id], passes.get(note.id)) for note in notes if note.id in kept]

    async def _passes_of(self, ids: Sequence[str]) -> Mapping[str, Document]:
        found: list[Document] = []
        wanted = {"admitted_count": True, "surplus_count": True, "party_size": True, "cancelled_at": True}
        async with translated_failures():
            for some in stretches(ids):
                found += await self._passes.find({"_id": {"$in": some}}, wanted).to_list()
        return {one["_id"]: one for one in found}

    async def _kept(self, ids: Sequence[str], lists: Collection[str]) -> Mapping[str, Reservation]:
        found: list[Document] = []
        async with translated_failures():
            for some in stretches(ids):
                # `_id` first, so that the embedded database does not read all that the venue's gates ever leased.
                query = {"_id": {"$in": some}, "citizen_id": {"$in": list(lists)}}
                found += await self._reservations.find(query).to_list()
        return {one["_id"]: read_reservation(one) for one in found}


def _lease(note: LeaseNote, reservation: Reservation, gate: Document | None) -> Lease:
    """Return the lease of a reservation, of which the gate says what `gate` does."""
    if gate is None:
        return Lease(note=note, reservation=reservation, used=0)
    ended = ReservationStatus.BOOKED if gate["cancelled_at"] is None else ReservationStatus.CANCELLED
    present = replace(reservation, party_size=gate["party_size"], status=ended, cancelled_at=gate["cancelled_at"])
    return Lease(note=note, reservation=present, used=gate["admitted_count"], surplus=gate.get("surplus_count", 0))


def _read(document: Document) -> LeaseNote:
    return LeaseNote(
        id=document["_id"],
        venue_id=document["venue_id"],
        gate_id=document["gate_id"],
        holder_id=document["holder_id"],
        leased=document["leased"],
    )
