"""A week in the field: every visit exactly once, every photo attached, every finding closed or escalated in time."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from server.config import load_config
from server.embedded import PROJECT, python_command
from server.prepare import prepare
from server.wiring import open_stores
from services.common.clock import city_day
from tests.api.conftest import NO_LIMITS
from tests.clocked import CALENDAR, Calendar
from tests.field.audit import ensure_all
from tests.field.city import Builder, Size
from tests.field.week import Week
from tests.processes import Stores, end, fresh_database_name, launch_server

SIZES = {
    "small": Size(inspectors=6, outlets=30, trouble=0.15, deadly=0.05, offline=0.2),
    "full": Size(inspectors=30, outlets=400, trouble=0.15, deadly=0.05, offline=0.2),
}
# A day passes in seconds, and nobody logs in again within it.
LONG_SESSIONS = {"CHENGMA_SESSIONS_ACCESS_TTL_S": "86400"}
SEED = 20261122
SETTLED_WITHIN_S = 60


@pytest.fixture
async def week(stores: Stores, tmp_path: Path, pytestconfig: pytest.Config) -> AsyncIterator[Week]:
    size = SIZES[pytestconfig.getoption("field_week")]
    calendar = Calendar(tmp_path / "calendar")
    environment = {**stores.environment(fresh_database_name()), **NO_LIMITS, **LONG_SESSIONS}
    config = load_config(PROJECT / "config.yaml", environment)
    await prepare(config)
    server = launch_server(
        tmp_path / "data",
        arguments=("--workers", "2"),
        environment={**environment, CALENDAR: str(calendar.path)},
        program=python_command("tests.clocked"),
    )
    limits = httpx.Limits(max_connections=60)
    try:
        server.await_ready()
        async with (
            open_stores(config) as opened,
            httpx.AsyncClient(base_url=server.base_url, limits=limits, trust_env=False) as client,
        ):
            builder = Builder(client, opened, random.Random(SEED), size)
            city = await builder.build(city_day(calendar.now))
            yield Week(
                server=server,
                calendar=calendar,
                builder=builder,
                city=city,
                luck=random.Random(SEED),
                offline=size.offline,
            )
    finally:
        end(server)


@pytest.mark.timeout(3600)
async def test_a_week_in_the_field_leaves_nothing_out(
    week: Week, record_property: Callable[[str, object], None]
) -> None:
    await week.live()
    phones = [one.phone for one in week.city.inspectors]
    promises = [promise for one in week.city.inspectors for promise in one.promises]
    # What is meant to go wrong did go wrong.
    assert sum(phone.kills for phone in phones)
    assert sum(phone.repeats for phone in phones)
    assert sum(phone.line.cut for phone in phones)
    assert sum(one.doubtful for one in week.city.inspectors)
    assert week.kills
    assert len(promises) >= len(week.city.sites)
    became = await _settled(week)
    assert became["closed"]
    assert became["escalated"]
    record_property("visits", len(promises))
    record_property("findings", dict(became))
    print(f"{len(promises)} visits, {week.kills} server processes killed, findings: {dict(became)}")


async def _settled(week: Week) -> Counter[str]:
    """Return the result of the audit, once photos are looked into and escalations told."""
    promises = [promise for one in week.city.inspectors for promise in one.promises]
    stores = week.builder._stores
    for left in range(SETTLED_WITHIN_S, -1, -1):
        try:
            return await ensure_all(stores.mongo, promises, week.calendar.now - timedelta(minutes=1))
        except AssertionError:
            if not left:
                raise
        await asyncio.sleep(1)
    raise AssertionError
