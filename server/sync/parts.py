"""What everything about the main system is built of: in the sync process, in server processes, in commands."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from server.config import Config
from server.sync.connecting import Neighbour, ensure_above, introduce, main_address, open_database
from server.sync.sources import record_sources
from server.sync.standard_files import load_standard
from server.sync.target import TargetShelf
from server.sync.watch import LoggedRelaying
from server.wiring import Stores
from services.common.clock import Clock, SystemClock
from services.common.mongo import Mongo
from services.keys.model import KeyPurpose
from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.quality.flaws import flaws_of
from services.sync.records import RecordSource
from services.sync.relay.mongo import MongoDeadLetters, intake_plans, intake_sources
from services.sync.relay.sorting import Recipient, Sorting
from services.sync.shelves.documents import OnOurOwnShelf
from services.sync.shelves.mongo import MongoShelf
from services.sync.sources.joined import JoinedSource
from services.sync.standard.schemas import Standard
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues

MAIN_RECIPIENT = "main"


@dataclass(frozen=True, kw_only=True)
class SyncParts:
    """`sources` are of all records that go to the main system: made here, or delivered into the `intake`."""

    config: Config
    mongo: Mongo
    clock: Clock
    standard: Standard
    sources: Mapping[RecordKind, RecordSource]
    pseudonyms: Pseudonyms
    sorting: Sorting
    watch: LoggedRelaying
    marks: MongoShelf
    target: TargetShelf | None
    intake: Mongo | None
    dead: MongoDeadLetters


@asynccontextmanager
async def open_sync(config: Config, stores: Stores) -> AsyncIterator[SyncParts]:
    """Open the main system's database and the intake, where there are any, and close them in the end."""
    clock = SystemClock()
    async with AsyncExitStack() as opened:
        address = main_address(config)
        main = None if address is None else await opened.enter_async_context(open_database(*address))
        intake = None
        if config.sync.intake_database:
            intake = await opened.enter_async_context(open_database(config.mongodb.uri, config.sync.intake_database))
        yield await _build(config, stores, main, intake, clock)


async def prepare_intake(config: Config, intake: Mongo) -> None:
    """Say whose the intake is, and make what reading it needs."""
    here = Neighbour(instance=config.sync.instance, level=config.sync.level, forwards=main_address(config) is not None)
    await introduce(intake, here)
    await intake.create_indexes(intake_plans())


async def _build(config: Config, stores: Stores, main: Mongo | None, intake: Mongo | None, clock: Clock) -> SyncParts:
    keys = await stores.keys.load()
    mongo, sender = stores.mongo, config.sync.instance
    pseudonyms = Pseudonyms.for_recipient(keys.active(KeyPurpose.PSEUDONYMS).secret, MAIN_RECIPIENT)
    standard, watch = load_standard(), LoggedRelaying()
    return SyncParts(
        config=config,
        mongo=mongo,
        clock=clock,
        standard=standard,
        sources=_sources(mongo, intake, clock),
        pseudonyms=pseudonyms,
        sorting=Sorting(
            standard=standard,
            recipient=Recipient(sender=sender, pseudonyms=pseudonyms),
            quality=flaws_of,
            watch=watch,
            clock=clock,
        ),
        watch=watch,
        marks=MongoShelf(mongo, sender=sender, layout=OnOurOwnShelf(), clock=clock),
        target=None
        if main is None
        else TargetShelf(main, sender=sender, ensure_above=partial(ensure_above, config), clock=clock),
        intake=intake,
        dead=MongoDeadLetters(mongo),
    )


def _sources(mongo: Mongo, intake: Mongo | None, clock: Clock) -> Mapping[RecordKind, RecordSource]:
    ours = record_sources(mongo, VenueDirectory(store=MongoVenues(mongo), clock=clock))
    if intake is None:
        return ours
    below = intake_sources(intake, clock)
    return {kind: JoinedSource(source, below[kind]) for kind, source in ours.items()}
