"""Recorders on real stores, and events to record with them."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from services.common.clock import SystemClock, UlidSource
from services.common.mongo import CollectionPlan, Mongo
from services.epcis.events import read_event
from services.identity.model import Scope, ScopeLevel
from services.items.deciding import Draft
from services.items.gathering import Gathering
from services.items.mongo.batches import MongoBatches
from services.items.mongo.codes import MongoCodes
from services.items.mongo.records import ITEM_EVENTS, ITEMS, LOG, MongoRecords
from services.items.mongo.types import MongoTypes
from services.items.places import item_epc
from services.items.recording import Recording
from services.jobs.mongo import MongoJobs
from services.sync.mongo import MongoOutbox
from services.transparency.merkle import leaf_hash, root_of
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes
from tests.factories import make_district

CITY = Scope(level=ScopeLevel.CITY, id="310000")
DISTRICTS = ("310101", "310115")
START = datetime(2026, 11, 20, 1, tzinfo=UTC)

_numbers = itertools.count(1)


def records_on(mongo: Mongo) -> MongoRecords:
    codes = MongoCodes(mongo, MongoBatches(mongo, MongoJobs(mongo)))
    return MongoRecords(mongo, log=MongoLog(mongo), codes=codes, outbox=MongoOutbox(mongo))


async def open_city(mongo: Mongo) -> None:
    """Put the districts there, to which things are handed over."""
    await MongoVenues(mongo).put([make_district(id=one, city_id=CITY.id) for one in DISTRICTS], [])


def recording_on(mongo: Mongo, records: MongoRecords | None = None) -> Recording:
    store = records or records_on(mongo)
    venues = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
    gathering = Gathering(store=store, types=MongoTypes(mongo), scopes=Scopes(venues))
    return Recording(store=store, gathering=gathering, ids=UlidSource())


def new_epc() -> str:
    return f"urn:epc:id:sgtin:6901234.011111.{ULID()}"


def event(*epcs: str, minute: int | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of an ObjectEvent; each is a moment later than the one before unless told otherwise.

    A moment is short: what thousands of tests tell must not come to lie in the future.
    """
    at = START + (timedelta(milliseconds=next(_numbers)) if minute is None else timedelta(minutes=minute))
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:example:event:{ULID()}",
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+08:00",
        "epcList": list(epcs),
        "action": "OBSERVE",
        "bizStep": "inspecting",
        **more,
    }


def beginning(*epcs: str, **more: Any) -> dict[str, Any]:
    return event(*epcs, action="ADD", bizStep="commissioning", **more)


def party(scope: Scope) -> str:
    return f"urn:chengma:party:{scope.level}:{scope.id}"


def shipping(epc: str, to: Scope, **more: Any) -> dict[str, Any]:
    return event(
        epc,
        bizStep="shipping",
        disposition="in_transit",
        sourceList=[{"type": "possessing_party", "source": party(CITY)}],
        destinationList=[{"type": "possessing_party", "destination": party(to)}],
        **more,
    )


def draft(*bodies: Mapping[str, Any], proceed: bool = False) -> Draft:
    """Return what an account of the whole city tells."""
    return Draft(
        events=tuple(read_event(body) for body in bodies),
        paths=tuple(f"events[{at}]" for at in range(len(bodies))),
        account_id="stf_01JD0000000000000000000000",
        scopes=frozenset({f"city:{CITY.id}"}),
        home=CITY,
        proceed=proceed,
        ours=False,
        recorded_at=datetime.now(UTC).replace(microsecond=0),
    )


async def ensure_whole(mongo: Mongo) -> None:
    """Fail unless indexes are dense, the log's root is that of the events, and each item counts its events."""
    events = sorted(await all_of(mongo, ITEM_EVENTS), key=lambda one: one["index"])
    assert [one["index"] for one in events] == list(range(len(events)))
    tail = await MongoLog(mongo).tail(LOG)
    assert tail.size == len(events)
    assert tail.root == root_of([leaf_hash(bytes(one["commitment"])) for one in events])
    counts: dict[str, int] = {}
    for one in events:
        for item_id in one["items"]:
            counts[item_id] = counts.get(item_id, 0) + 1
    assert {item["_id"]: item["version"] for item in await all_of(mongo, ITEMS)} == counts
    assert all(item_epc(item_id) for item_id in counts)


async def all_of(mongo: Mongo, plan: CollectionPlan) -> Sequence[Mapping[str, Any]]:
    return await mongo.collection(plan).find({}).to_list()
