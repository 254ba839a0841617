"""Whether the database says the same as the answers: after every run, exactly."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scripts.benchmarks.city import City, SlotSet
from services.common.mongo import CollectionPlan
from services.reservations.mongo.plans import SLOTS


async def audit(city: City, slots: SlotSet, acknowledged: int, reservations: CollectionPlan) -> list[str]:
    """Return what is wrong after `acknowledged` bookings; nothing else may have booked in these slots."""
    mongo = city.stores.mongo
    found = mongo.collection(SLOTS).find({"_id": {"$in": list(slots.ids)}})
    left = {one["_id"]: one["places_left"] async for one in found}
    booked = {"_id": {"$gte": slots.since, "$lt": "rsv_~"}, "slot_id": {"$in": list(slots.ids)}}
    kept = [one async for one in mongo.collection(reservations).find(booked)]
    return find_faults(left, kept, places=slots.places, acknowledged=acknowledged)


def find_faults(
    places_left: Mapping[str, int], reservations: Sequence[Mapping[str, Any]], *, places: int, acknowledged: int
) -> list[str]:
    """Return a sentence for each rule that is broken: no overselling, exact counters, one place a person, no ghosts."""
    taken = Counter(dict.fromkeys(places_left, 0))
    for one in reservations:
        taken[one["slot_id"]] += one["party_size"]
    faults = [f"{slot_id}: {count} of {places} places booked" for slot_id, count in taken.items() if count > places]
    faults += [
        f"{slot_id}: {left} places left after {taken[slot_id]} of {places}"
        for slot_id, left in places_left.items()
        if left != places - taken[slot_id]
    ]
    faults += [f"{slot_id}: one person {times} times" for (slot_id, _), times in _repeated(reservations)]
    if len(reservations) != acknowledged:
        faults.append(f"{len(reservations)} reservations for {acknowledged} acknowledged bookings")
    return faults


def _repeated(reservations: Iterable[Mapping[str, Any]]) -> list[tuple[tuple[str, str], int]]:
    people = Counter(
        (one["slot_id"], visitor["document_digest"]) for one in reservations for visitor in one["visitors"]
    )
    return [(person, times) for person, times in people.items() if times > 1]
