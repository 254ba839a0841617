"""The books of a quiet database: every number that is kept twice, compared."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pymongo.asynchronous.database import AsyncDatabase

from services.admissions.model import Movement
from services.common.mongo import Document
from services.reservations.model import ReservationStatus
from services.sync.model import EventKind
from tests.events import events_in

Database = AsyncDatabase[Document]
# What a movement does to how many were let in: who leaves was.
SIGNS = {Movement.ENTRY: 1, Movement.UNDO: -1, Movement.EXIT: 0}


async def audit(database: Database) -> list[str]:
    """Return what does not agree, a sentence each; nothing when all is well."""
    slots = await database["slots"].find({}).to_list()
    reservations = await database["reservations"].find({}).to_list()
    ledger = await database["ledger"].find({}).to_list()
    passes = await database["passes"].find({}).to_list()
    scans = await database["scans"].find({}).to_list()
    return [
        *_slots(slots, reservations),
        *_ledgers(slots, ledger, reservations),
        *_requests(reservations),
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


def _ledgers(slots: Sequence[Document], ledger: Sequence[Document], reservations: Sequence[Document]) -> list[str]:
    """Compare each slot with what its ledger's entries make of it, one after the other."""
    entries: Mapping[str, list[Document]] = defaultdict(list)
    for entry in sorted(ledger, key=lambda one: int(one["version"])):
        entries[entry["slot_id"]].append(entry)
    parties: Mapping[str, list[Document]] = defaultdict(list)
    for one in reservations:
        parties[one["slot_id"]].append(one)
    findings = [
        finding for slot in slots for finding in Replay(slot, entries[slot["_id"]]).compare(parties[slot["_id"]])
    ]
    homeless = {*entries, *parties} - {slot["_id"] for slot in slots}
    return [*findings, *(f"{slot_id} is booked, and is not there" for slot_id in homeless)]


class Replay:
    """A slot as its ledger tells of it."""

    def __init__(self, slot: Document, entries: Sequence[Document]) -> None:
        self._slot = slot
        self._entries = entries
        self._left = int(slot["capacity"])
        self._holders: dict[str, str] = {}
        self._answers: dict[str, str] = {}
        self._findings: list[str] = []

    def compare(self, reservations: Sequence[Document]) -> list[str]:
        """Return where the ledger differs from its slot, from itself, and from the slot's reservations."""
        versions = [entry["version"] for entry in self._entries]
        if versions != list(range(1, self._slot["version"] + 1)):
            self._find(f"is at version {self._slot['version']}, and its ledger has {versions}")
        for entry in self._entries:
            for freed in entry["freed"]:
                self._free(freed)
            for booked in entry["booked"]:
                self._book(booked)
            if entry["places_left"] != self._left or self._left < 0:
                self._find(f"has {entry['places_left']} places left at {entry['_id']}, which should be {self._left}")
        if self._left != self._slot["places_left"]:
            self._find(f"says {self._slot['places_left']} places are left, and its ledger {self._left}")
        self._compare_people(_booked(reservations))
        self._compare_histories(reservations)
        return self._findings

    def _find(self, finding: str) -> None:
        self._findings.append(f"{self._slot['_id']} {finding}")

    def _book(self, holding: Document) -> None:
        for person in holding["people"]:
            if person in self._holders:
                self._find(f"gives {person} a second place by {holding['reservation_id']}")
            self._holders[person] = holding["reservation_id"]
        self._left -= len(holding["people"])
        if holding["request_id"] is not None:
            self._answers[holding["request_id"]] = holding["reservation_id"]

    def _free(self, holding: Document) -> None:
        for person in holding["people"]:
            if self._holders.pop(person, None) != holding["reservation_id"]:
                self._find(f"takes from {person} a place that {holding['reservation_id']} does not hold")
        self._left += len(holding["people"])
        if holding["request_id"] is not None:
            self._answers.pop(holding["request_id"], None)

    def _compare_people(self, booked: Sequence[Document]) -> None:
        expected = {visitor["document_digest"]: one["_id"] for one in booked for visitor in one["visitors"]}
        for person in {*expected, *self._holders}:
            holder, owner = self._holders.get(person), expected.get(person)
            if holder != owner:
                self._find(f"has the place of {person} held by {holder} in its ledger, and by {owner} as booked")
        seats = sum(one["party_size"] for one in booked)
        if len(expected) != seats:
            self._find(f"has {seats} places booked by {len(expected)} different persons")

    def _compare_histories(self, reservations: Sequence[Document]) -> None:
        """Each reservation was booked once, and each that is not booked any more was freed once."""
        for name, expected in (
            ("booked", [one["_id"] for one in reservations]),
            ("freed", [one["_id"] for one in reservations if one["status"] == ReservationStatus.CANCELLED]),
        ):
            written = Counter(one["reservation_id"] for entry in self._entries for one in entry[name])
            if written != Counter(expected):
                differing = {key for key in {*written, *expected} if written[key] != expected.count(key)}
                self._find(f"has in its ledger that these were {name}, and not once each: {sorted(differing)}")
        named = {one["request_id"]: one["_id"] for one in reservations if one["fingerprint"] is not None}
        if self._answers != named:
            self._find(f"has {len(self._answers)} requests answered in its ledger, and {len(named)} as booked")


def _requests(reservations: Sequence[Document]) -> list[str]:
    times = Counter((one["citizen_id"], one["request_id"]) for one in reservations)
    return [f"the request {request} of {citizen} has {n} answers" for (citizen, request), n in times.items() if n > 1]


def _passes(passes: Sequence[Document], reservations: Sequence[Document]) -> list[str]:
    findings = []
    by_id = {one["_id"]: one for one in passes}
    for one in passes:
        inside = sum(SIGNS[entry["movement"]] * entry["count"] for entry in one["entries"])
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
        if entry["movement"] == Movement.ENTRY
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
