"""Following the main system in the sync process: composed here, with a connection of its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from handlers.background import Background
from server.config import Config
from server.patrols.shelves import SHELVES
from server.redis import RedisGuard, RedisSessionFlags, connect_redis
from server.sync.connecting import main_address, open_database
from server.sync.standard_files import FOLDER
from server.wiring import Stores
from services.common.clock import Clock, IdSource, SystemClock, UlidSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher
from services.identity.inspectors import Inspectors
from services.identity.mongo import MongoSessions, MongoStaff
from services.identity.ports import SessionFlags
from services.items.mongo.types import MongoTypes
from services.items.receiving import ItemTypeReceiver
from services.patrols.inspectors.receiving import InspectorReceiver
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.outlets.contacts import Contacts
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.receiving import OutletReceiver
from services.patrols.outlets.registering import OutletRegister
from services.patrols.recording import Recording
from services.patrols.sites.mongo import MongoStatuses
from services.sync.inbound.applying import Applying
from services.sync.inbound.following import Following
from services.sync.inbound.model import FollowingMode
from services.sync.inbound.mongo.here import MongoConflicts, MongoLinks, MongoPositions, MongoRefused
from services.sync.inbound.mongo.main import MongoMain
from services.sync.inbound.ports import MainSystem, Receiver
from services.sync.inbound.schemas import InboundSchemas
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.receiving import DivisionReceiver, VenueReceiver
from services.venues.scopes import Scopes

# What came a moment ago is needed at once, so the directory is never older than the question.
NO_AGE_S = -1.0

log = structlog.get_logger("inbound")


class _Inbound:
    """Follows the main system while this process leads."""

    def __init__(self, config: Config, stores: Stores, address: tuple[str, str]) -> None:
        self._config = config
        self._stores = stores
        self._address = address

    async def run(self) -> None:
        """Follow until cancelled."""
        redis = connect_redis(self._config.redis.url)
        try:
            async with open_database(*self._address) as main:
                flags = _flags(redis, self._config)
                receivers = build_receivers(self._stores.mongo, self._stores.cipher, flags)
                system = MongoMain(main.client, self._address[1])
                mode = FollowingMode(self._config.sync.inbound)
                await build_following(self._stores.mongo, system, receivers, SystemClock(), mode).run()
        finally:
            await redis.aclose()


def build_inbound(config: Config, stores: Stores) -> Sequence[Background]:
    """Return what follows the main system: nothing where that is off, or where there is none."""
    address = main_address(config)
    if address is None or config.sync.inbound == FollowingMode.OFF:
        return ()
    return (_Inbound(config, stores, address),)


def build_following(
    mongo: Mongo, main: MainSystem, receivers: Sequence[Receiver], clock: Clock, mode: FollowingMode
) -> Following:
    """Put following together on our database."""
    links, refused = MongoLinks(mongo), MongoRefused(mongo)
    applying = Applying(
        schemas=load_schemas(),
        receivers=receivers,
        links=links,
        conflicts=MongoConflicts(mongo),
        refused=refused,
        clock=clock,
    )
    positions = MongoPositions(mongo)
    return Following(
        main=main,
        applying=applying,
        links=links,
        refused=refused,
        positions=positions,
        clock=clock,
        mode=mode,
        tell=_tell,
    )


def build_receivers(mongo: Mongo, cipher: FieldCipher, flags: SessionFlags) -> Sequence[Receiver]:
    """Return what takes each kind."""
    clock, ids, venues = SystemClock(), UlidSource(), MongoVenues(mongo)
    directory = VenueDirectory(store=venues, clock=clock, max_age_s=NO_AGE_S)
    inspectors = Inspectors(staff=MongoStaff(mongo), sessions=MongoSessions(mongo), flags=flags, clock=clock)
    outlets = OutletReceiver(
        register=_register(mongo, cipher, directory, clock, ids),
        store=MongoOutlets(mongo),
        venues=directory,
        ids=ids,
    )
    return (
        DivisionReceiver(store=venues),
        VenueReceiver(store=venues, ids=ids),
        ItemTypeReceiver(store=MongoTypes(mongo), scopes=Scopes(directory), clock=clock, ids=ids),
        InspectorReceiver(inspectors=inspectors, ids=ids),
        outlets,
    )


def load_schemas() -> InboundSchemas:
    """Return the schemas of what comes from the main system."""
    paths = sorted((FOLDER / "inbound").glob("*.schema.json"))
    return InboundSchemas(json.loads(path.read_text(encoding="utf-8")) for path in paths)


def _register(mongo: Mongo, cipher: FieldCipher, venues: VenueDirectory, clock: Clock, ids: IdSource) -> OutletRegister:
    records = MongoPatrolRecords(mongo, log=MongoLog(mongo), outbox=MongoOutbox(mongo), shelves=SHELVES)
    store, contacts = MongoOutlets(mongo), Contacts(cipher)
    return OutletRegister(
        recording=Recording(store=records, clock=clock, ids=ids),
        store=store,
        statuses=MongoStatuses(mongo),
        reading=OutletReading(store=store, records=records, contacts=contacts, clock=clock),
        contacts=contacts,
        venues=venues,
        clock=clock,
        ids=ids,
    )


def _flags(redis: Redis, config: Config) -> SessionFlags:
    return RedisSessionFlags(redis, RedisGuard(), ended_ttl_s=config.sessions.access_ttl_s)


def _tell(event: str, facts: Mapping[str, Any]) -> None:
    level: Callable[..., Any] = log.info if event in {"inbound_taken", "inbound_compared"} else log.warning
    level(event, **facts)
