"""An hour at four gates, two of them cut off: afterwards everybody is accounted for, and every fraud is named."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import httpx
import pytest

from server.config import load_config
from server.embedded import PROJECT, python_command
from server.prepare import prepare
from server.wiring import Stores as OpenStores
from server.wiring import open_stores
from services.common.clock import CITY_OFFSET, city_day
from tests.api.conftest import NO_LIMITS
from tests.clocked import CALENDAR, Calendar
from tests.field.line import Line, NoAnswer
from tests.gates.accounts import ensure_conflicts_named, ensure_everybody_counted, everything
from tests.gates.device import OfflineGate, Written
from tests.gates.hour import ENDS_AT, REVOKED_AT, STOLEN_AT, Hour, packs_of
from tests.gates.thief import Thief, revoked_items
from tests.gates.town import LEASED, Builder, keep_venue, venue_with_gates
from tests.processes import ServerProcess, Stores, end, fresh_database_name, launch_server

VISITORS = {"small": 400, "full": 5000}
LONG_SESSIONS = {"CHENGMA_SESSIONS_ACCESS_TTL_S": "86400"}
SEED = 20261122
TROUBLE = 0.2
# The thief writes an entry of the first minutes back by nine.
MOVED_TO = -10


@dataclass(kw_only=True)
class Simulation:
    """The hour, its thief, and the server that it happens to."""

    hour: Hour
    thief: Thief
    server: ServerProcess
    stores: OpenStores
    luck: random.Random
    kills: int = 0

    async def kill_a_worker(self) -> None:
        workers = [child for child in self.server.descendants() if "--index" in child.cmdline()]
        self.luck.choice(sorted(workers, key=lambda child: child.pid)).kill()
        self.kills += 1

    async def live(self) -> None:
        """Live through the hour, and bring all logs in afterwards."""
        town, thief = self.hour.town, self.thief
        devices = [*town.devices.values(), town.hand]
        await self.hour.live(
            [
                (-15, packs_of(devices)),
                (4, thief.honest_upload),
                (STOLEN_AT, thief.forge),
                (25, self.kill_a_worker),
                (REVOKED_AT - 2, thief.redraw),
                (REVOKED_AT, self._revoke),
                (REVOKED_AT + 5, thief.flee),
                (ENDS_AT, self._bring_in),
            ]
        )

    async def _revoke(self) -> None:
        town = self.hour.town
        path = f"/gate-devices/{town.hand.storage.device_id}/revoke"
        await town.admin.insist("POST", path, {"reason": "stolen"})

    async def _bring_in(self) -> None:
        devices = list(self.hour.town.devices.values())
        await asyncio.gather(*(self._upload(device) for device in devices), self._killing())
        manager = await self.hour.builder.manager()
        loot = self.thief.loot or []
        device_id = self.hour.town.hand.storage.device_id
        forged = [one for one in loot if await self._sent(manager, [one]) == ["refused"]]
        genuine, moment = [one for one in loot if one not in forged], self.hour.moment
        day = city_day(moment(ENDS_AT))
        self.hour.known.expected |= revoked_items(genuine, device_id, moment(REVOKED_AT), day)
        assert len(forged) == 1

    async def _upload(self, device: OfflineGate) -> None:
        """Upload in any order, over a bad line, and with the device being killed on the way."""
        device.line.trouble = TROUBLE
        for _ in range(500):
            if not device.storage.waiting:
                device.line.trouble = 0.0
                return
            device = device.restarted()
            try:
                await device.upload(self._some)
            except NoAnswer:
                await asyncio.sleep(0.02)
        raise AssertionError("a log could not be uploaded")

    def _some(self, waiting: Sequence[Written]) -> list[Written]:
        return self.luck.sample(waiting, self.luck.randint(1, min(len(waiting), 150)))

    async def _killing(self) -> None:
        await asyncio.sleep(0.1)
        await self.kill_a_worker()

    async def _sent(self, line: Line, some: Sequence[Written]) -> list[str]:
        for _ in range(60):
            try:
                return [one["verdict"] for one in await self.hour.town.hand.send(some, line)]
            except NoAnswer:
                await asyncio.sleep(0.2)
        raise AssertionError("staff could not upload")

    async def send_all_again(self) -> set[str]:
        """Upload everything once more; return the verdicts on what was taken in before."""
        manager = await self.hour.builder.manager()
        honest = [one for device in self.hour.town.devices.values() for one in device.storage.log]
        loot = [*self.hour.town.hand.storage.log[: self.thief.sent], *(self.thief.loot or [])]
        verdicts: set[str] = set()
        for log in (honest, loot):
            shuffled = self.luck.sample(log, len(log))
            for start in range(0, len(shuffled), 200):
                verdicts.update(await self._sent(manager, shuffled[start : start + 200]))
        return verdicts


@pytest.fixture
async def simulation(stores: Stores, tmp_path: Path, pytestconfig: pytest.Config) -> AsyncIterator[Simulation]:
    calendar, luck, venue = Calendar(tmp_path / "calendar"), random.Random(SEED), venue_with_gates()
    environment = {**stores.environment(fresh_database_name()), **NO_LIMITS, **LONG_SESSIONS}
    config = load_config(PROJECT / "config.yaml", environment)
    await prepare(config)
    limits = httpx.Limits(max_connections=40)
    async with open_stores(config) as opened:
        await keep_venue(opened, venue)
        server = launch_server(
            tmp_path / "data",
            arguments=("--workers", "2"),
            environment={**environment, CALENDAR: str(calendar.path)},
            program=python_command("tests.clocked"),
        )
        try:
            server.await_ready()
            async with httpx.AsyncClient(base_url=server.base_url, limits=limits, trust_env=False) as client:
                builder = Builder(client, opened, luck, calendar, venue)
                begins = datetime.combine(city_day(calendar.now) + timedelta(days=1), clock_time(10), UTC) - CITY_OFFSET
                slot = await builder.keep_slot(begins, walk_in=2 * LEASED)
                parties = await builder.book(slot, VISITORS[pytestconfig.getoption("gate_simulation")])
                calendar.turn_to(begins - timedelta(minutes=30))
                hour = Hour(town=await builder.open_gates(slot, parties), builder=builder, luck=luck)
                hour.plan()
                thief = Thief(hour=hour, luck=luck)
                yield Simulation(hour=hour, thief=thief, server=server, stores=opened, luck=luck)
        finally:
            end(server)


@pytest.mark.timeout(3600)
async def test_an_hour_at_four_gates_leaves_nobody_out(
    simulation: Simulation, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    await simulation.live()
    hour, mongo = simulation.hour, simulation.stores.mongo
    known, town = hour.known, hour.town
    # What is meant to go wrong did go wrong.
    assert simulation.thief.locked_out
    assert simulation.kills == 2
    assert known.unheard
    assert known.undone

    inside = await ensure_everybody_counted(town, mongo, known)
    named = await ensure_conflicts_named(town, known, hour.moment(MOVED_TO), hour.moment(ENDS_AT))
    report = await town.admin.get(f"/gate-devices/{town.hand.storage.device_id}/log")
    missing = {seq for one in report["missing"] for seq in range(one["from"], one["to"] + 1)}
    assert missing == simulation.thief.destroyed

    before = await everything(town, mongo)
    assert await simulation.send_all_again() == {"repeated", "refused"}
    assert await everything(town, mongo) == before
    assert await ensure_everybody_counted(town, mongo, known) == inside
    assert await ensure_conflicts_named(town, known, hour.moment(MOVED_TO), hour.moment(ENDS_AT)) == named

    entries = sum(len(one.storage.log) for one in town.devices.values()) + len(town.hand.storage.log)
    figures = {
        "parties": len(town.parties),
        "came_in": (known.inside - known.unrecorded).total() + known.nameless,
        "inside": inside,
        "log entries": entries,
        "unheard": known.unheard,
        "conflicts": dict(named),
        "seconds": round(time.monotonic() - began, 1),
    }
    record_property("figures", figures)
    print(figures)
