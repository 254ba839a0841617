"""On a sharded cluster every hot query goes to one shard: each command of the journey names its shard key."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
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
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.reservations.model import BookVisit, DocumentType, SlotWindow, Visitor
from services.venues.model import Venue, VenueSearch
from tests.processes import Stores

# What may go to all shards, and why.
EXCEPTIONS = {
    ("slots", "find", "_id"): "a slot's venue is looked up by the id that a phone sends; everything after names it",
    ("venues", "find", ""): "the directory reads all venues, once in ten seconds",
    ("districts", "find", ""): "the directory reads all districts, once in ten seconds",
}
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
        # Inserts carry the whole document; whatever else reads or writes documents must be added above.
        assert name in {"insert", "commitTransaction", "abortTransaction", "ping", "endSessions", "hello"}, name
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

    def command(number: str) -> BookVisit:
        visitor = Visitor(name="示例访客", id_type=DocumentType.PASSPORT, id_number=number)
        return BookVisit(citizen_id="cit_1", slot_id=slot.id, visitors=(visitor,), contact_phone=None, request=None)

    kept = await services.booking.book_visit(command("E0000001"))
    given_up = await services.booking.book_visit(command("E0000002"))
    await services.cancelling.cancel(given_up.id, "cit_1")
    await services.reading.list_own("cit_1", 10, None)
    await services.reading.get_own(kept.id, "cit_1")
    issued = await services.entry_codes.issue(kept.id, "cit_1")
    actor = Actor(id="stf_1", role=Role.GATE, scopes=(Scope(level=ScopeLevel.VENUE, id=venue.id),), session_id="ses_1")
    for nonce in ("nonce-01", "nonce-02"):
        scan = ScanCode(actor=actor, gate_id=venue.gates[0].id, code=issued.code, nonce=nonce, count=None)
        answer = await services.admitting.scan(scan)
        assert answer.decision is (Decision.ADMITTED if nonce == "nonce-01" else Decision.REFUSED)


async def test_every_query_of_the_journey_names_its_shard_key(services: Services) -> None:
    venue = await _example_venue(services)
    RECORDER.recording = True
    try:
        await _book_and_enter(services, venue)
    finally:
        RECORDER.recording = False
    ours = {one for one in RECORDER.seen if one[0] in SHARD_KEYS}
    assert {collection for collection, _, _ in ours} >= {"slots", "reservations", "places", "passes", "scans"}
    unbounded = {one for one in ours if SHARD_KEYS[one[0]] not in one[2].split(",")}
    assert unbounded <= set(EXCEPTIONS), unbounded - set(EXCEPTIONS)
