"""Bad days of a relay and of its main system; then both sides are equal, and every event took effect once."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from server.config import load_config
from server.embedded import PROJECT
from server.prepare import prepare
from server.sync.connecting import open_database
from server.sync.parts import SyncParts, open_sync
from server.sync.reconciling import build_reconciling
from server.wiring import open_stores
from services.common.mongo import Mongo
from services.sync.mongo import OUTBOX
from services.sync.reconciling.model import Asker, Depth, Reconciliation, State, Treatment, Wish
from tests.concurrency.proxy import Wire
from tests.processes import Stores, fresh_database_name
from tests.sync_chaos.audit import ensure_equal, ensure_nothing_left, ensure_once, lying_in
from tests.sync_chaos.days import BadDays, Size
from tests.sync_chaos.load import Load
from tests.sync_chaos.main_system import run_main_system
from tests.sync_chaos.mischief import Mischief
from tests.sync_chaos.processes import Crew
from tests.waiting import until

SEED = 20261123
SIZES = {
    "small": Size(rounds=1, doings=100, cut_off=400, mischief=60, alive_s=(5.0, 10.0)),
    "full": Size(rounds=8, doings=500, cut_off=4000, mischief=120, alive_s=(8.0, 25.0)),
}
EMPTY_WITHIN_S = 600.0
MAIN = "office_main"


@dataclass(frozen=True, kw_only=True)
class Town:
    """The bad days, and a look at both sides past all that troubles them."""

    days: BadDays
    parts: SyncParts
    main: Mongo


@pytest.fixture
async def town(stores: Stores, tmp_path: Path, pytestconfig: pytest.Config) -> AsyncIterator[Town]:
    luck = random.Random(SEED)
    async with AsyncExitStack() as opened:
        system = opened.enter_context(run_main_system(tmp_path / "main"))
        wire = Wire(system.uri)
        lines = await wire.listen()
        opened.callback(lines.close)
        opened.callback(wire.thaw)
        common = {**stores.environment(fresh_database_name()), "CHENGMA_SYNC_MAIN_DATABASE": MAIN}
        config = load_config(PROJECT / "config.yaml", {**common, "CHENGMA_SYNC_MAIN_URI": system.uri})
        await prepare(config)
        kept = await opened.enter_async_context(open_stores(config))
        parts = await opened.enter_async_context(open_sync(config, kept))
        main = await opened.enter_async_context(open_database(system.uri, MAIN))
        crew = Crew(tmp_path, {**common, "CHENGMA_SYNC_MAIN_URI": wire.uri})
        # In a thread, since what they say to the main system goes through us.
        opened.push_async_callback(asyncio.to_thread, crew.stop)
        load = Load(kept.mongo, luck)
        await load.open()
        crew.start()
        yield Town(
            days=BadDays(
                crew=crew,
                system=system,
                wire=wire,
                load=load,
                mischief=Mischief(main=main, sender=config.sync.instance, luck=luck),
                luck=luck,
                size=SIZES[pytestconfig.getoption("sync_chaos")],
            ),
            parts=parts,
            main=main,
        )


async def empty(parts: SyncParts) -> float:
    """Wait until nothing waits to be told; return how long it took."""
    began = time.monotonic()

    async def nothing_waits() -> bool:
        return await parts.mongo.collection(OUTBOX).find_one({}) is None

    await until(nothing_waits, within_s=EMPTY_WITHIN_S)
    return time.monotonic() - began


async def reconcile(parts: SyncParts, depth: Depth) -> Reconciliation:
    assert parts.target is not None
    reconciling = build_reconciling(parts, parts.target).reconciling
    # Nothing is on its way any more, so a second look need not wait for it.
    reconciling._comparing._confirming._settled = timedelta(0)
    wish = Wish(kinds=(), depth=depth, treatment=Treatment.REPAIR, by=Asker.OPERATOR)
    done = await reconciling.run(wish, lambda _: None)
    assert (done.state, done.failure) == (State.DONE, None)
    return done


@pytest.mark.timeout(3600)
async def test_after_bad_days_both_sides_are_equal_and_everything_happened_once(
    town: Town, record_property: Callable[[str, object], None]
) -> None:
    days, began = town.days, time.monotonic()
    await days.live()
    lived_s = time.monotonic() - began
    caught_up_s = await empty(town.parts)
    # What is meant to go wrong did go wrong.
    assert set(days.lived) == {"slow", "frozen", "killed", "spoilt", "cut_off"}
    assert days.crew.kills >= 2
    assert days.system.kills >= 2
    assert len(set(days.mischief.done)) == 8
    repairing = await reconcile(town.parts, Depth.DEEP)
    found = sum(sum(kind.found.values()) for kind in repairing.kinds)
    assert found
    assert sum(kind.left for kind in repairing.kinds) == 0
    again = await reconcile(town.parts, Depth.SUMS)
    assert sum(sum(kind.found.values()) for kind in again.kinds) == 0
    ours = await ensure_equal(town.parts, town.main)
    await ensure_nothing_left(town.parts)
    await ensure_once(town.parts, ours, days.load.facts)
    everything = await lying_in(town.main)
    assert all(its_id in everything[kind] for kind, its_id in days.mischief.foreign)
    assert '"event": "defect"' not in days.crew.logs
    records = sum(len(some) for some in ours.values())
    seen = (
        f"{days.load.facts.count} facts ({days.load.facts.unknown} unanswered), {records} records, "
        f"{days.crew.kills} sync processes and {days.system.kills} main systems killed, "
        f"{len(days.mischief.done)} documents spoilt, {found} differences repaired, "
        f"{lived_s:.0f} s of trouble, caught up {caught_up_s:.0f} s later"
    )
    record_property("bad days", seen)
    print(seen)
