"""The composition root: builds every part of one server process, once, from its settings."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from ulid import ULID

from handlers.context import Services
from handlers.under_way import UnderWay
from server.client_wiring import build_clients, client_tokens
from server.config import Config, ConfigError
from server.identity_wiring import build_identity
from server.item_wiring import build_items, item_keyring, item_parts, table_jobs
from server.key_watch import LoggedKeys
from server.log_wiring import build_log, build_signer
from server.metrics import PrometheusMetrics
from server.mongo import connect_mongo
from server.openapi import build_document
from server.patrols.assembly import build_patrols
from server.patrols.outlets import outlet_jobs
from server.patrols.parts import patrol_parts
from server.public_keys import PublicKeys
from server.redis import RedisGuard, RedisProbe, RedisSessionFlags, connect_redis
from server.redis_limits import RedisRateLimiter
from server.redis_peers import RedisPeers
from server.redis_quotas import RedisQuotas
from server.redis_repeats import RedisRepeats
from server.sync.gauges import SyncGauges
from server.sync.services import build_sync_services
from server.sync.webhooks import build_webhooks
from server.visits.assembly import build_visits
from server.visits.core import build_core
from server.visits.parts import VisitParts
from server.wechat.assembly import connect as connect_wechat
from server.wechat.client import WeChatClient
from server.wechat.probe import WeChatProbe
from server.workers import SideWorkers
from services.common.clock import Clock, IdSource, SystemClock, UlidSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.items.batches import ItemBatches
from services.items.labels import Labels
from services.items.minting import Minting
from services.items.mongo.batches import MongoBatches
from services.items.mongo.codes import MongoCodes
from services.items.mongo.types import MongoTypes
from services.items.tables.activating import TableActivating
from services.items.tables.mongo import MongoTables
from services.items.types import ItemTypes
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.jobs.running import JobRunner
from services.jobs.steering import Steering
from services.keys.book import KeyBook, PackKeys
from services.keys.model import KeyPurpose, Keys
from services.keys.mongo import MongoFieldCipher, MongoKeys
from services.keys.reloading import KeyReloading
from services.reservations.desk import GroupCommitDesk
from services.reservations.entry_keys import EntryKeys
from services.reservations.forwarding import ForwardingDesk
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.ports import Peers, ReservationDesk
from services.transparency.model import LogName
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes

SANDBOX_APP = "sandbox"

log = structlog.get_logger("jobs")


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What a process has open, and the secrets it needs; operator commands use it without the web."""

    mongo: Mongo
    cipher: MongoFieldCipher
    keys: MongoKeys


@asynccontextmanager
async def open_stores(config: Config) -> AsyncIterator[Stores]:
    """Open the database and the field cipher, and close both in the end."""
    if config.secrets.master_key is None:
        raise ConfigError("there is no master key: start with `python -m server`, or give CHENGMA_MASTER_KEY")
    mongo = connect_mongo(config.mongodb)
    cipher = await MongoFieldCipher.open(mongo.client, config.mongodb.database, config.secrets.master_key)
    try:
        yield Stores(mongo=mongo, cipher=cipher, keys=MongoKeys(mongo, cipher))
    finally:
        await cipher.close()
        await mongo.close()


@asynccontextmanager
async def open_services(config: Config, *, worker: int = 0) -> AsyncIterator[Services]:
    """Open everything that server process number `worker` needs, and close it in the end."""
    async with open_stores(config) as stores:
        await stores.mongo.take_over(f"{socket.gethostname()}:{config.server.port}/{worker}")
        redis = connect_redis(config.redis.url)
        clock = SystemClock()
        wechat = connect_wechat(
            base_url=config.wechat.base_url,
            app_id=config.wechat.app_id or SANDBOX_APP,
            app_secret=config.secrets.wechat_app_secret or SANDBOX_APP,
            timeout_s=config.wechat.timeout_s,
            clock=clock,
            redis=redis,
        )
        keys = await stores.keys.load()
        # Who shares the keys shares the database: deployments that share no more than a Redis stay apart.
        deployment = KeyedDigest(keys.active(KeyPurpose.DIGEST_PEPPER).secret).of("deployment")
        peers = RedisPeers(redis, deployment=deployment, name=str(ULID()))
        workers = SideWorkers()
        try:
            services = build_services(config, stores, keys, redis, wechat, peers, workers)
            # Before the first scan: a gate that knows of no revoked code would let it in.
            await services.visits.revocations.reload()
            peers.start()
            yield services
        finally:
            await workers.close()
            await peers.close()
            await wechat.close()
            await redis.aclose()


def build_services(
    config: Config,
    stores: Stores,
    keys: Keys,
    redis: Redis,
    wechat: WeChatClient,
    peers: Peers,
    workers: SideWorkers,
) -> Services:
    """Put the services together; nothing else in the project does."""
    clock, ids, redis_guard = SystemClock(), UlidSource(), RedisGuard()
    digest = KeyedDigest(keys.active(KeyPurpose.DIGEST_PEPPER).secret)
    key_book = KeyBook(keys)
    entry_keys = EntryKeys(key_book)
    mongo, cipher = stores.mongo, stores.cipher
    desk = build_desk(stores, peers, clock, ids)
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    visit_core = build_core(
        desk,
        mongo=mongo,
        cipher=cipher,
        digest=digest,
        venues=venues,
        entry_keys=entry_keys,
        clock=clock,
        ids=ids,
    )
    flags = RedisSessionFlags(redis, redis_guard, ended_ttl_s=config.sessions.access_ttl_s)
    identity = build_identity(
        config, mongo, keys, cipher=cipher, digest=digest, flags=flags, wechat=wechat, clock=clock
    )
    job_store, scopes = MongoJobs(mongo), Scopes(venues)
    batches = MongoBatches(mongo, job_store)
    codes = MongoCodes(mongo, batches)
    parts = item_parts(mongo, codes, venues, keys, clock, workers.tables)
    parts_of_patrols = patrol_parts(config, mongo, cipher, digest, key_book, venues, clock, workers)
    kinds = (Minting(codes), table_jobs(parts, job_store), outlet_jobs(parts_of_patrols), visit_core.emptying)
    runner = JobRunner(store=job_store, kinds=kinds, clock=clock, tell=_tell_defect)
    jobs = Steering(store=job_store, clock=clock, wake=runner.wake)
    logs = {log: build_log(config, mongo, keys, clock, log) for log in LogName}
    repeats = RedisRepeats(redis, redis_guard)
    item_types = ItemTypes(store=MongoTypes(mongo), scopes=scopes, clock=clock, ids=ids)
    activations = TableActivating(
        store=MongoTables(mongo, job_store),
        tables=workers.tables,
        types=item_types,
        scopes=scopes,
        jobs=jobs,
        clock=clock,
        ids=ids,
        wake=runner.wake,
    )
    items = build_items(parts, item_types, activations, digest, repeats=repeats, log=logs[LogName.ITEMS])
    metrics = PrometheusMetrics()
    limiter = RedisRateLimiter(redis, redis_guard, flags, config.rate_limits)
    quotas = RedisQuotas(redis, redis_guard, limiter, clock)
    sync = build_sync_services(config, mongo, workers)
    patrols = build_patrols(parts_of_patrols, metrics, wake=runner.wake)
    visits = build_visits(
        VisitParts(
            mongo=mongo,
            cipher=cipher,
            digest=digest,
            venues=venues,
            policies=visit_core.policies,
            ceilings=visit_core.ceilings,
            desk=desk,
            peers=peers,
            reservations=visit_core.reservations,
            bookings=visit_core.bookings,
            reading=visit_core.reading,
            revocations=visit_core.revocations,
            device_sessions=identity.devices,
            gate=visit_core.gate,
            jobs=jobs,
            wake=runner.wake,
            entry_keys=entry_keys,
            pack_keys=PackKeys(key_book),
            tables=workers.tables,
            papers=workers.papers,
            wechat=wechat,
            templates=config.notices.templates,
            metrics=metrics,
            clock=clock,
            ids=ids,
        )
    )
    return Services(
        clock=clock,
        digest=digest,
        sessions=identity.sessions,
        citizen_login=identity.citizen_login,
        staff_login=identity.staff_login,
        second_factors=identity.second_factors,
        venues=venues,
        booking=visit_core.bookings.booking,
        cancelling=visit_core.bookings.cancelling,
        rescheduling=visit_core.bookings.rescheduling,
        reading=visit_core.reading,
        entry_codes=visit_core.entry_codes,
        admitting=visit_core.gate.admitting,
        visits=visits,
        item_types=item_types,
        item_batches=ItemBatches(
            store=batches,
            types=item_types,
            scopes=scopes,
            jobs=jobs,
            kid=keys.active(KeyPurpose.ITEM_CODES).kid,
            clock=clock,
            ids=ids,
            wake=runner.wake,
        ),
        items=items,
        patrols=patrols,
        sync=sync,
        clients=build_clients(config, mongo, keys, quotas, venues, clock, ids),
        webhooks=build_webhooks(config, mongo, cipher, keys, metrics, clock=clock, ids=ids).administration,
        jobs=jobs,
        labels=Labels(renderer=workers.labels, keyring=item_keyring(keys), public_url=config.server.public_url),
        public_keys=PublicKeys(
            of_tokens=(*identity.access.public_keys(), *client_tokens(config, keys).public_keys()), book=key_book
        ),
        limiter=limiter,
        metrics=metrics,
        transparency=logs,
        probes={
            "mongodb": mongo.ping,
            "redis": RedisProbe(redis),
            "wechat": WeChatProbe(config.wechat.base_url),
        },
        openapi=build_document(),
        under_way=UnderWay(),
        background=(
            runner,
            KeyReloading(store=stores.keys, book=key_book, news=LoggedKeys()),
            *(build_signer(config, mongo, keys, clock, metrics, log) for log in LogName),
            items.public.counting,
            *patrols.background,
            *visits.background,
            SyncGauges(sync.overseeing, expected=config.sync.process),
        ),
    )


def build_desk(stores: Stores, peers: Peers, clock: Clock, ids: IdSource) -> ReservationDesk:
    """Return where places are taken and given back; benchmarks compare it with other designs."""
    here = GroupCommitDesk(store=MongoLedger(stores.mongo), peers=peers, clock=clock, ids=ids)
    return ForwardingDesk(here=here, peers=peers)


def _tell_defect(job: Job, error: Exception) -> None:
    log.error("defect", job=job.id, kind=job.kind, exc_info=error)
