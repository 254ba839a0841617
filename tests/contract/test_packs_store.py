"""Packs from the real database: of a day with 20,000 bookings, and of days that go on while they are read."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from qr.gate_pack import GatePack, mark_of, read_gate_pack, tail_mark
from services.admissions.documents import scan_document
from services.admissions.mongo import SCANS
from services.admissions.packs.gathering import Gathering
from services.admissions.packs.issuing import PackIssuing
from services.admissions.packs.model import PackWish, PartyMoved
from services.admissions.packs.mongo import MongoGateRecords
from services.common.clock import city_day
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.keys.book import KeyBook, PackKeys
from services.keys.mongo import MongoFieldCipher
from services.reservations.documents import reservation_document
from services.reservations.entry_keys import EntryKeys
from services.reservations.leases.model import Lease
from services.reservations.model import Slot
from services.reservations.mongo.plans import LEDGER, RESERVATIONS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.rules import write_identity
from services.reservations.window.holders import DaySlips, SlipHolders
from services.reservations.window.model import window_of
from services.reservations.window.mongo import WINDOW_BOOKINGS, MongoWindow
from services.venues.directory import VenueDirectory
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.devices import KEYS
from tests.factories import make_entry, make_reservation, make_scan, make_slot, make_visitor, new_id
from tests.processes import Stores
from tests.ratings import Watch, open_venue

BOOKINGS, CANCELLED, ADMITTED, PARTLY, SLIPS = 20_000, 3_000, 15_000, 1_000, 500
SLOTS, TOGETHER = 20, 10
# The request has eight seconds, and other tests use the machine, too.
GATHERED_WITHIN_S = 6.0
MOST_BYTES = 200_000
BOOK = KeyBook(KEYS)


class Nothing:
    """No codes are revoked, no places leased, no venue has a ceiling; and it is noted who was given what."""

    def __init__(self) -> None:
        self.given: list[str] = []

    async def of_day(self, *_: object) -> Sequence[str]:
        return []

    async def ceiling_of(self, _: str) -> int | None:
        return None

    async def open_of(self, *_: object) -> Sequence[Lease]:
        return []

    async def note_seen(self, device_id: str, *, pack_at: datetime | None = None) -> None:
        assert pack_at is not None
        self.given.append(device_id)


class CountedRecords(MongoGateRecords):
    """The real records, which count how often they are read, and let a test do something meanwhile."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.reads = 0
        self.read_once = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def moved(self, venue_id: str, since: datetime, until: datetime) -> Sequence[PartyMoved]:
        self.reads += 1
        found = await super().moved(venue_id, since, until)
        self.read_once.set()
        await self.go_on.wait()
        return found


@dataclass(frozen=True, kw_only=True)
class Office:
    """One process that issues packs."""

    issuing: PackIssuing
    records: CountedRecords
    others: Nothing
    venue: Venue

    async def pack(self, actor_id: str = "stf_1") -> tuple[GatePack, bytes]:
        """Ask for today's pack of the one gate."""
        venue = self.venue
        scope = Scope(level=ScopeLevel.VENUE, id=venue.id)
        actor = Actor(id=actor_id, role=Role.GATE, scopes=(scope,), session_id="ses_1")
        wish = PackWish(actor=actor, gate_id=venue.gates[0].id, day=None, known=frozenset())
        content = (await self.issuing.issue(wish)).content
        assert content is not None
        return read_gate_pack(content, PackKeys(BOOK).keyring, datetime.now(UTC)), content


@pytest.fixture(scope="module")
async def cipher(mongo: Mongo, stores: Stores, database_name: str) -> AsyncIterator[MongoFieldCipher]:
    cipher = await MongoFieldCipher.open(mongo.client, database_name, base64.b64decode(stores.master_key))
    await cipher.make_data_key(mongo)
    yield cipher
    await cipher.close()


@pytest.fixture
async def office(mongo: Mongo, cipher: MongoFieldCipher) -> Office:
    clock, others, records = Watch(), Nothing(), CountedRecords(mongo)
    holders = SlipHolders(reservations=MongoReservations(mongo), cipher=cipher)
    gathering = Gathering(
        records=records,
        slots=MongoSlots(mongo),
        revoked=others,
        tails=DaySlips(store=MongoWindow(mongo), holders=holders),
        ceilings=others,
        keys=EntryKeys(BOOK),
        clock=clock,
    )
    issuing = PackIssuing(
        gathering=gathering,
        leases=others,
        entry_keys=EntryKeys(BOOK),
        pack_keys=PackKeys(BOOK),
        devices=others,
        venues=VenueDirectory(store=MongoVenues(mongo), clock=clock),
        clock=clock,
    )
    return Office(issuing=issuing, records=records, others=others, venue=await open_venue(mongo))


def slot_of(venue: Venue) -> Slot:
    """Return a slot that people are let in for now, and that is today's all the same."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return make_slot(venue_id=venue.id, starts_at=now, ends_at=now + timedelta(hours=2), capacity=1500, places_left=500)


async def admit(mongo: Mongo, slot: Slot, reservation_id: str, count: int, party: int) -> None:
    scan = make_scan(make_entry(count=count), reservation_id, venue_id=slot.venue_id, party_size=party)
    shown = replace(scan, starts_at=slot.starts_at, ends_at=slot.ends_at, scanned_at=datetime.now(UTC))
    await mongo.collection(SCANS).insert_one(scan_document(shown))


async def fill(mongo: Mongo, cipher: MongoFieldCipher, slots: Sequence[Slot]) -> list[str]:
    """Keep 20,000 bookings with what became of them, as ten of each write would have left them."""
    ids = [new_id("rsv") for _ in range(BOOKINGS)]
    entries, scans = [], []
    for number, start in enumerate(range(0, BOOKINGS, TOGETHER)):
        slot, some = slots[number % SLOTS], ids[start : start + TOGETHER]
        held = [{"reservation_id": one, "request_id": None, "people": [f"{start:032x}"] * 2} for one in some]
        version = 2 * (number // SLOTS) + 1
        entry = {"slot_id": slot.id, "places_left": 1, "taken": [], "queue": None, "occurred_at": slot.starts_at}
        entries.append({**entry, "_id": f"{slot.id}:{version:010}", "version": version, "booked": held, "freed": []})
        freed = held if start < CANCELLED else []
        gone = {"_id": f"{slot.id}:{version + 1:010}", "version": version + 1, "booked": [], "freed": freed}
        entries += [{**entry, **gone}] if freed else []
        for place, one in enumerate(some, start):
            if CANCELLED <= place < CANCELLED + ADMITTED + PARTLY:
                count = 2 if place < CANCELLED + ADMITTED else 1
                scan = make_scan(make_entry(count=count), one, venue_id=slot.venue_id, party_size=2)
                shown = replace(scan, starts_at=slot.starts_at, ends_at=slot.ends_at, scanned_at=slot.starts_at)
                scans.append(scan_document(shown))
    identity = await cipher.encrypt(write_identity("示例访客", "E99995678"))
    visitors = tuple(make_visitor(identity=identity) for _ in range(2))
    slips = [
        make_reservation(slots[0], id=one, citizen_id=window_of(slots[0].venue_id), visitors=visitors)
        for one in ids[-SLIPS:]
    ]
    day = city_day(slots[0].starts_at).isoformat()
    notes = [{"_id": one.id, "venue_id": one.venue_id, "day": day, "forget_at": one.ends_at} for one in slips]
    # As in the real collection, where it is the request's or made of the reservation's.
    kept = [reservation_document(one) | {"request_id": one.id} for one in slips]
    for plan, documents in ((LEDGER, entries), (SCANS, scans), (WINDOW_BOOKINGS, notes), (RESERVATIONS, kept)):
        for start in range(0, len(documents), 500):
            await mongo.collection(plan).insert_many(documents[start : start + 500], ordered=False)
    return ids


async def test_a_day_of_twenty_thousand_bookings(office: Office, mongo: Mongo, cipher: MongoFieldCipher) -> None:
    slots = [slot_of(office.venue) for _ in range(SLOTS)]
    await MongoSlots(mongo).add_missing(slots)
    ids = await fill(mongo, cipher, slots)
    started = time.perf_counter()
    pack, content = await office.pack()
    took = time.perf_counter() - started
    again = time.perf_counter()
    await office.pack()
    print(f"20,000 bookings: {took:.2f} s, again {time.perf_counter() - again:.2f} s, {len(content)} bytes")
    assert took < GATHERED_WITHIN_S
    assert len(content) < MOST_BYTES
    assert pack.cancelled == {mark_of(one) for one in ids[:CANCELLED]}
    assert pack.admitted == {mark_of(one) for one in ids[CANCELLED : CANCELLED + ADMITTED]}
    partly = ids[CANCELLED + ADMITTED : CANCELLED + ADMITTED + PARTLY]
    assert pack.partly_admitted == {mark_of(one): 1 for one in partly}
    assert pack.tails == {tail_mark(pack.venue_day_key, one, "5678") for one in ids[-SLIPS:]}
    assert [(one.capacity, one.booked) for one in pack.slots] == [(1500, 1000)] * SLOTS


async def test_many_gates_are_served_by_one_reading(office: Office, mongo: Mongo) -> None:
    slot = slot_of(office.venue)
    await MongoSlots(mongo).add_missing([slot])
    office.records.go_on.clear()
    first = asyncio.create_task(office.pack())
    await office.records.read_once.wait()
    late = new_id("rsv")
    await admit(mongo, slot, late, 1, 1)
    others = [asyncio.create_task(office.pack()) for _ in range(30)]
    await asyncio.sleep(0.05)
    office.records.go_on.set()
    # Whoever asked before did not need to hear of it; all who asked afterwards do.
    assert mark_of(late) not in (await first)[0].admitted
    assert all(mark_of(late) in pack.admitted for pack, _ in await asyncio.gather(*others))
    assert office.records.reads == 2


async def test_what_was_undone_or_belongs_elsewhere_is_left_out(office: Office, mongo: Mongo) -> None:
    slot = slot_of(office.venue)
    other_day = replace(slot, id=new_id("slt"), starts_at=slot.starts_at - timedelta(days=1))
    await MongoSlots(mongo).add_missing([slot])
    undone, in_part, yesterday, elsewhere = (new_id("rsv") for _ in range(4))
    for reservation_id, count in ((undone, 2), (undone, -2), (in_part, 2), (in_part, -1)):
        await admit(mongo, slot, reservation_id, count, 2)
    await admit(mongo, other_day, yesterday, 2, 2)
    await admit(mongo, replace(slot, venue_id="ven_elsewhere"), elsewhere, 2, 2)
    pack, _ = await office.pack()
    assert pack.admitted == frozenset()
    assert pack.partly_admitted == {mark_of(in_part): 1}


async def test_only_devices_are_noted(office: Office) -> None:
    pack, _ = await office.pack("dev_01JD0000000000000000000000")
    assert pack.device_id == "dev_01JD0000000000000000000000"
    assert (await office.pack())[0].device_id is None
    assert office.others.given == [pack.device_id]
