"""The books of a quiet database: every number that is kept twice, compared."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pymongo.asynchronous.database import AsyncDatabase

from services.common.mongo import Document
from services.reservations.model import ReservationStatus
from services.sync.model import EventKind
from tests.events import events_in

Database = AsyncDatabase[Document]


async def audit(database: Database) -> list[str]:
    """Return what does not agree, a sentence each; nothing when all is well."""
    reservations = await database["reservations"].find({}).to_list()
    passes = await database["passes"].find({}).to_list()
    scans = await database["scans"].find({}).to_list()
    return [
        *_slots(await database["slots"].find({}).to_list(), reservations),
        *_places(await database["places"].find({}).to_list(), reservations),
        *_answers(await database["answers"].find({}).to_list(), reservations),
        *_passes(passes, reservations),
        *_scans(scans, passes),
        *_events(await events_in(database), reservations, scans),
    ]


def _booked(reservations: Sequence[Document]) -> list[Document]:
    return [one for one in reservations if one["status"] == ReservationStatus.BOOKED]


def _slots(slots: Sequence[Document], reservations: Sequence[Document]) -> list[str]:
    taken: Counter[str] = Counter()
    for one in _booked(reservations):
        taken[one["slot_id"]] += one["party_size"]
    findings = []
    for slot in slots:
        if taken[slot["_id"]] > slot["capacity"]:
            findings.append(f"{slot['_id']} is oversold: {taken[slot['_id']]} booked of {slot['capacity']} places")
        if slot["places_left"] != slot["capacity"] - taken[slot["_id"]]:
            findings.append(
                f"{slot['_id']} says {slot['places_left']} places are left of {slot['capacity']}, "
                f"but {taken[slot['_id']]} are booked"
            )
    return findings


def _places(places: Sequence[Document], reservations: Sequence[Document]) -> list[str]:
    expected = {
        f"{one['slot_id']}:{visitor['document_digest']}": one["_id"]
        for one in _booked(reservations)
        for visitor in one["visitors"]
    }
    seats = sum(one["party_size"] for one in _booked(reservations))
    actual = {place["_id"]: place["reservation_id"] for place in places}
    findings = [
        f"place {place} is {actual.get(place)}'s, not {owner}'s"
        for place, owner in expected.items()
        if actual.get(place) != owner
    ]
    findings += [f"place {place} of {owner} is an orphan" for place, owner in actual.items() if place not in expected]
    if len(expected) != seats:
        findings.append(f"{seats} places are booked by {len(expected)} different persons")
    return findings


def _answers(answers: Sequence[Document], reservations: Sequence[Document]) -> list[str]:
    known = {one["_id"] for one in reservations}
    return [
        f"the answer {one['_id']} tells of {one['reservation_id']}, which is not there"
        for one in answers
        if one["reservation_id"] not in known
    ]


def _passes(passes: Sequence[Document], reservations: Sequence[Document]) -> list[str]:
    findings = []
    by_id = {one["_id"]: one for one in passes}
    for one in passes:
        inside = sum(entry["count"] for entry in one["entries"])
        if inside != one["admitted_count"] or inside > one["party_size"]:
            findings.append(
                f"{one['_id']}: {inside} entered, {one['admitted_count']} counted, {one['party_size']} came"
            )
        if one["cancelled_at"] is not None and inside:
            findings.append(f"{one['_id']} was cancelled and entered")
    for one in reservations:
        cancelled = one["status"] == ReservationStatus.CANCELLED
        closed = one["_id"] in by_id and by_id[one["_id"]]["cancelled_at"] is not None
        if cancelled != closed:
            findings.append(f"{one['_id']} is {one['status']}, and the gate {'refuses' if closed else 'takes'} it")
    return findings


def _scans(scans: Sequence[Document], passes: Sequence[Document]) -> list[str]:
    let_in = {
        one["_id"]: (one["reservation_id"], one["admitted_now"]) for one in scans if one["decision"] == "admitted"
    }
    entered = {
        f"{entry['gate_id']}:{entry['nonce']}": (one["_id"], entry["count"])
        for one in passes
        for entry in one["entries"]
    }
    return [] if let_in == entered else [f"scans and entries differ: {sorted(set(let_in) ^ set(entered))}"]


def _events(events: Sequence[Document], reservations: Sequence[Document], scans: Sequence[Document]) -> list[str]:
    told: Mapping[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        told[event["kind"]][event["subject_id"]] += 1
    cancelled = [one for one in reservations if one["status"] == ReservationStatus.CANCELLED]
    facts = {
        EventKind.RESERVATION_BOOKED: Counter(one["_id"] for one in reservations),
        EventKind.RESERVATION_CANCELLED: Counter(one["_id"] for one in cancelled),
        EventKind.VISIT_ADMITTED: Counter(one["reservation_id"] for one in scans if one["decision"] == "admitted"),
    }
    return [
        f"the outbox tells of {told[kind].total()} {kind}, and there are {facts[kind].total()}"
        for kind in facts
        if told[kind] != facts[kind]
    ]
