"""On a sharded cluster every hot query goes to one shard: each command of the journey names its shard key."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import monitoring

from handlers.context import Services
from server.config import load_config
from server.embedded import PROJECT
from server.mongo import COLLECTIONS
from server.prepare import prepare
from server.wiring import open_services
from services.admissions.model import Decision, ScanCode
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.reservations.changes import Change, SlotChange
from services.reservations.errors import DayLimitReached
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import BookVisit, DocumentType, Slot, SlotState, SlotWindow, Visitor
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.venues.model import Venue, VenueSearch
from tests.changes import (
    limited,
    make_joining,
    make_lapse,
    make_leaving,
    make_limit,
    make_move,
    make_offer,
    make_taking,
)
from tests.concurrency.desks import desk_on
from tests.factories import make_booking, make_cancellation, make_give_back, make_request, make_slot, new_id
from tests.processes import Stores

# What may go to all shards, and why.
EXCEPTIONS = {
    ("slots", "find", "_id"): "a phone sends a slot's id without its venue, and a process that knows the slot reads it "
    "once a second at most, many of them in one command; what changes it names the venue",
    ("venues", "find", ""): "the directory reads all venues, once in ten seconds",
    ("districts", "find", ""): "the directory reads all districts, once in ten seconds",
    ("visit_policies", "find", ""): "the directory reads all policies, once in five seconds; there is one a venue",
    ("no_show_terms", "find", ""): "the directory reads the terms of all groups, once in five seconds",
    ("gate_policies", "find", ""): "the directory reads all ceilings, once in two seconds; one a venue",
}
# What has no filter: an insert carries the whole document.
NOT_ASKING = {"insert", "commitTransaction", "abortTransaction", "ping", "endSessions", "hello"} | {
    "saslStart",
    "saslContinue",
}
UNKNOWN = "a command of which this test does not know what it asks"
SHARD_KEYS = {plan.name: plan.shard_key for plan in COLLECTIONS}


@dataclass
class Recorder(monitoring.CommandListener):
    """Notes each filter as (collection, command, fields of the filter)."""

    seen: set[tuple[str, str, str]] = field(default_factory=set)
    recording: bool = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.recording:
            self.seen.update(_filters(event.command_name, event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


def _filters(name: str, command: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if name == "find":
        found = [command["filter"]]
    elif name == "update":
        found = [update["q"] for update in command["updates"]]
    elif name == "delete":
        found = [delete["q"] for delete in command["deletes"]]
    else:
        # Whatever else reads or writes documents must be added above.
        if name not in NOT_ASKING:
            yield str(command.get(name)), name, UNKNOWN
        return
    for asked in found:
        yield command[name], name, ",".join(sorted(asked))


RECORDER = Recorder()
monitoring.register(RECORDER)


@pytest.fixture(scope="module")
async def services(
    stores: Stores, database_name: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Services]:
    environment = stores.environment(database_name) | {
        "CHENGMA_SERVER_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "CHENGMA_DEMO": "true",
    }
    config = load_config(Path(PROJECT) / "config.yaml", environment)
    await prepare(config)
    async with open_services(config) as opened:
        yield opened


async def _example_venue(services: Services) -> Venue:
    search = VenueSearch(text="example", district_id=None, near=None, limit=1, after=None)
    return (await services.venues.search(search)).items[0]


async def _book_and_enter(services: Services, venue: Venue) -> None:
    now = services.clock.now()
    window = SlotWindow(venue_id=venue.id, since=now, until=now + timedelta(hours=2), limit=10, after=None)
    slot = (await services.reading.slots(window)).items[0]

    def command(number: str, request: IdempotentRequest | None = None) -> BookVisit:
        visitor = Visitor(name="示例访客", id_type=DocumentType.PASSPORT, id_number=number)
        return BookVisit(citizen_id="cit_1", slot_id=slot.id, visitors=(visitor,), contact_phone=None, request=request)

    kept = await services.booking.book_visit(command("E0000001"))
    given_up = await services.booking.book_visit(command("E0000002"))
    await services.cancelling.cancel(given_up.id, "cit_1")
    repeated = command("E0000003", IdempotentRequest(id="request", fingerprint="content"))
    first = await services.booking.book_visit(repeated)
    assert (await services.booking.book_visit(repeated)).id == first.id
    await services.reading.list_own("cit_1", 10, None)
    await services.reading.get_own(kept.id, "cit_1")
    issued = await services.entry_codes.issue(kept.id, "cit_1")
    actor = Actor(id="stf_1", role=Role.GATE, scopes=(Scope(level=ScopeLevel.VENUE, id=venue.id),), session_id="ses_1")
    for nonce in ("nonce-01", "nonce-02"):
        scan = ScanCode(actor=actor, gate_id=venue.gates[0].id, code=issued.code, nonce=nonce, count=None)
        answer = await services.admitting.scan(scan)
        assert answer.decision is (Decision.ADMITTED if nonce == "nonce-01" else Decision.REFUSED)


async def _share_a_slot(mongo: Mongo, slot: Slot) -> None:
    """Have two processes write one slot, object to each other, and give back."""
    ledger, citizen_id = MongoLedger(mongo), new_id("cit")
    desks = [desk_on(ledger) for _ in range(2)]
    for desk in desks:
        await desk.find_slot(slot.id)
    first = make_booking(slot, request=make_request(), citizen_id=citizen_id)
    await desks[0].book(first)
    changes: list[Change] = [
        make_booking(slot, request=first.request, citizen_id=citizen_id),
        make_cancellation(first.reservation),
        make_give_back(first),
    ]
    with pytest.raises(AlreadyAnswered):
        await desks[1].book(replace(make_booking(slot), request=first.request))
    await ledger.find_objections(changes)
    desks[1]._here.give_back([first])
    assert await desks[1].cancel(make_cancellation(first.reservation)) is False


async def _wait_and_move(mongo: Mongo) -> None:
    """Fill a slot, wait for it, be offered a place, take it, let it lapse, leave, move away; all counted by the day."""
    desk, limit = desk_on(MongoLedger(mongo)), make_limit(most=2)
    slots = make_slot(capacity=2, places_left=2), make_slot()
    await MongoSlots(mongo).add_missing(slots)
    holders = [limited(make_booking(slots[0]), limit) for _ in range(2)]
    for holder in holders:
        await desk.book(holder)
    with pytest.raises(DayLimitReached):
        await desk.book(limited(make_booking(slots[1]), limit))
    joinings = [make_joining(slots[0]) for _ in range(3)]
    for joining in joinings:
        await desk.join(joining)
    await desk.reschedule(make_move(holders[0].reservation, slots[1], limit))
    await desk.cancel(make_cancellation(holders[1].reservation))
    offers = [make_offer(joining) for joining in joinings[:2]]
    for offer in offers:
        await desk.offer(offer)
    await desk.take(make_taking(offers[0], limit))
    assert await desk.cancel(make_lapse(offers[1]))
    assert await desk.leave(make_leaving(joinings[2]))
    await desk.change_slot(SlotChange(slot_id=slots[0].id, state=SlotState.CLOSED))


async def test_every_query_of_the_journey_names_its_shard_key(services: Services, mongo: Mongo) -> None:
    slot = make_slot()
    await MongoSlots(mongo).add_missing([slot])
    RECORDER.recording = True
    try:
        await _book_and_enter(services, await _example_venue(services))
        await _share_a_slot(mongo, slot)
        await _wait_and_move(mongo)
    finally:
        RECORDER.recording = False
    assert [one for one in RECORDER.seen if one[2] == UNKNOWN] == []
    ours = {one for one in RECORDER.seen if one[0] in SHARD_KEYS}
    assert {collection for collection, _, _ in ours} >= {"slots", "reservations", "ledger", "passes", "scans"}
    assert {("ledger", "find"), ("passes", "find"), ("reservations", "update")} <= {one[:2] for one in ours}
    assert {("day_counts", "find"), ("day_counts", "update")} <= {one[:2] for one in ours}
    unbounded = {one for one in ours if SHARD_KEYS[one[0]] not in one[2].split(",")}
    assert unbounded == set(EXCEPTIONS), unbounded ^ set(EXCEPTIONS)
