"""Instances of several levels on one database server, each with its own database and its own sync processes."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.config import load_config
from server.embedded import PROJECT
from server.prepare import prepare
from server.sync.parts import SyncParts, open_sync
from server.sync.reconciling import build_reconciling
from server.wiring import open_stores
from services.common.mongo import CollectionPlan, Mongo
from services.sync.model import RecordKind
from services.sync.mongo import OUTBOX
from services.sync.reconciling.model import Asker, Depth, Reconciliation, State, Treatment, Wish
from services.sync.relay.mongo.intake import ONWARD
from tests.processes import Stores, fresh_database_name
from tests.sync_chaos.load import Load
from tests.sync_chaos.processes import Crew
from tests.waiting import until

QUIET_WITHIN_S = 90.0


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance: `main` is the database that it delivers into, with whatever else lies there."""

    environment: Mapping[str, str]
    parts: SyncParts
    load: Load
    crew: Crew

    @property
    def name(self) -> str:
        return self.parts.config.sync.instance

    @property
    def main(self) -> Mongo:
        assert self.parts.target is not None
        return self.parts.target._mongo

    async def is_quiet(self) -> bool:
        """Tell whether nothing waits here: neither what happened, nor what has arrived."""
        if await self.parts.mongo.collection(OUTBOX).find_one({}) is not None:
            return False
        if self.parts.intake is None:
            return True
        for kind in RecordKind:
            collection = self.parts.intake.collection(CollectionPlan(name=kind.value, shard_key="_id"))
            if await collection.find_one({ONWARD: True}) is not None:
                return False
        return True

    async def reconcile(self, depth: Depth) -> Reconciliation:
        """Compare with what it delivered to, and repair."""
        assert self.parts.target is not None
        reconciling = build_reconciling(self.parts, self.parts.target).reconciling
        # Nothing is on its way any more, so a second look need not wait for it.
        reconciling._comparing._confirming._settled *= 0
        wish = Wish(kinds=(), depth=depth, treatment=Treatment.REPAIR, by=Asker.OPERATOR)
        done = await reconciling.run(wish, lambda _: None)
        assert (done.state, done.failure) == (State.DONE, None)
        return done


@asynccontextmanager
async def instance_of(
    stores: Stores, directory: Path, *, name: str, level: str, intake: str, main: str
) -> AsyncIterator[Instance]:
    """Set up an instance whose `intake` database lower ones deliver into (none if empty), above it `main`."""
    settings = {
        **stores.environment(fresh_database_name()),
        "CHENGMA_DEMO": "false",
        "CHENGMA_SYNC_INSTANCE": name,
        "CHENGMA_SYNC_LEVEL": level,
        "CHENGMA_SYNC_INTAKE_DATABASE": intake,
        "CHENGMA_SYNC_MAIN_URI": stores.mongodb_uri,
        "CHENGMA_SYNC_MAIN_DATABASE": main,
    }
    config = load_config(PROJECT / "config.yaml", settings)
    room = directory / name
    room.mkdir()
    async with AsyncExitStack() as opened:
        await prepare(config)
        kept = await opened.enter_async_context(open_stores(config))
        parts = await opened.enter_async_context(open_sync(config, kept))
        load = Load(kept.mongo, random.Random(name))
        await load.open()
        crew = Crew(room, settings, size=1)
        opened.callback(crew.stop)
        yield Instance(environment=settings, parts=parts, load=load, crew=crew)


async def all_quiet(*instances: Instance) -> None:
    """Wait until nothing waits, the lowest instance first: what it delivers waits at the next."""
    for one in instances:
        await until(one.is_quiet, within_s=QUIET_WITHIN_S)
