"""Sync processes started on purpose on the same stores, facts for them to deliver, and a main system that can stop."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from server.embedded import PROJECT, child_environment, python_command
from server.supervisor.child import Command, spawn
from services.common.mongo import CollectionPlan, Document, Mongo
from services.patrols.sites.model import SiteStatus
from services.sync.model import RecordKind
from tests.factories import NOW
from tests.patrols import draft_of, make_status, recording_on
from tests.processes import free_port

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.1
Session = tuple[datetime, datetime]


class SyncProcess:
    """One sync process, with its log."""

    def __init__(self, name: str, directory: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._log = directory / f"{name}.log"
        self._ended_at: datetime | None = None
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("CHENGMA_")}
        command = Command(
            name=name,
            arguments=python_command("server.sync.process", "--config", str(PROJECT / "config.yaml")),
            directory=PROJECT,
            environment=child_environment({**inherited, **environment}),
        )
        with self._log.open("wb") as log:
            self._process = spawn(command, output=log, errors=log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait(PATIENCE_S)
        self._ended_at = self._ended_at or datetime.now(UTC)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.send(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE_S)
        return self._process.wait(1)

    def lines(self) -> list[Document]:
        """Return what it has logged; a line under way is left out."""
        text = self._log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]

    def said(self, event: str) -> int:
        """Return how often it has logged an event."""
        return sum(line["event"] == event for line in self.lines())

    @property
    def leads(self) -> bool:
        """Tell whether it led when it last said anything about that."""
        return self.said("leading") > self.said("leading_no_more")

    def sessions(self) -> list[Session]:
        """Return from when until when it led, each time."""
        found, since = [], None
        for line in self.lines():
            at = datetime.fromisoformat(line["timestamp"])
            if line["event"] == "leading":
                since = at
            elif line["event"] == "leading_no_more" and since is not None:
                found.append((since, at))
                since = None
        return found if since is None else [*found, (since, self._ended_at or datetime.now(UTC))]

    def defects(self) -> list[str]:
        text = self._log.read_text(encoding="utf-8")
        return [sign for sign in ('"defect"', "Traceback", "never retrieved") if sign in text]


class Crew:
    """The processes of a test."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self.everybody: list[SyncProcess] = []

    def hire(self) -> SyncProcess:
        """Start one more."""
        name = f"sync-{len(self.everybody)}"
        self.everybody.append(SyncProcess(name, self._directory, self._environment))
        return self.everybody[-1]

    def leader(self) -> SyncProcess | None:
        """Return who leads, as the logs say."""
        return next((one for one in self.everybody if one.leads and one.is_running), None)

    async def await_leader(self, *others: SyncProcess) -> SyncProcess:
        """Return who leads, once it is none of `others`."""
        found: list[SyncProcess] = []

        async def leads() -> bool:
            found[:] = [one for one in self.everybody if one not in others and one.leads]
            return bool(found)

        await until(leads, "nobody leads")
        return found[0]


@contextmanager
def crew_on(directory: Path, environment: Mapping[str, str]) -> Iterator[Crew]:
    """Let processes be started; end them, and see that none met a defect."""
    crew = Crew(directory, environment)
    try:
        yield crew
    finally:
        for one in crew.everybody:
            one.kill()
    for one in crew.everybody:
        assert one.defects() == []


class Office:
    """The main system: a database server of its own, that can be stopped and started."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}/?retryWrites=false"

    def open(self) -> None:
        settings = self._directory / "secantusd.toml"
        settings.touch()
        where = ("--config", str(settings), "--host", "127.0.0.1", "--port", str(self._port))
        storage = ("--storage-path", str(self._directory / "office"), "--sync-on-commit", "--cache-size", "64M")
        command = Command(
            name="office",
            arguments=python_command("secantus", *where, *storage),
            directory=self._directory,
            environment=child_environment(os.environ),
        )
        with (self._directory / "office.log").open("ab") as log:
            self._process = spawn(command, output=log, errors=log)

    def close(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)


@dataclass(kw_only=True)
class Facts:
    """What happens here: states of outlets, by the domain's own way of writing; `there` are their latest versions."""

    mongo: Mongo
    there: dict[str, SiteStatus] = field(default_factory=dict)
    _going_on: bool = True

    async def tell(self, many: int) -> None:
        """Make so many in one transaction, and change some earlier ones in another."""
        await self._keep([make_status() for _ in range(many)])
        some = list(self.there.values())[: many // 4]
        await self._keep([replace(one, last_checked_at=NOW, version=one.version + 1) for one in some])

    async def go_on(self, many: int = 8) -> None:
        """Go on telling until told to end."""
        while self._going_on:
            await self.tell(many)
            await asyncio.sleep(LOOK_EVERY_S)

    def end(self) -> None:
        self._going_on = False

    async def _keep(self, statuses: list[SiteStatus]) -> None:
        async def decide() -> object:
            return draft_of(*statuses)

        await recording_on(self.mongo).settle(decide)  # type: ignore[arg-type]
        self.there |= {one.id: one for one in statuses}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both sides of a delivery."""

    facts: Facts
    mongo: Mongo
    main: AsyncMongoClient[Document]
    main_database: str

    async def arrived(self) -> dict[str, int]:
        """Return the versions that the main system has, by id."""
        found = self.main[self.main_database][RecordKind.SITE_STATUS].find({}, {"version": True}, batch_size=10_000)
        return {one["_id"]: one["version"] async for one in found}

    async def is_equal(self) -> bool:
        """Tell whether everything that happened arrived, and nothing waits."""
        versions = {its_id: one.version for its_id, one in self.facts.there.items()}
        return await self.arrived() == versions and await self.waiting() == 0

    async def waiting(self) -> int:
        return int(await self._ours("outbox").count_documents({}))

    async def ensure_equal(self) -> None:
        """Wait until it is so; then hold every envelope against what was noted of it, and every event is there once."""
        await until(self.is_equal, "the main system lacks something", within_s=PATIENCE_S)
        for kind in (RecordKind.SITE_STATUS, RecordKind.PATROL_EVENT):
            marks = self._ours("sync_marks").find({"kind": kind}, batch_size=10_000)
            noted = {one["_id"].partition(":")[2]: one["digest"] async for one in marks}
            there = self.main[self.main_database][kind].find({}, {"digest": True}, batch_size=10_000)
            assert noted == {one["_id"]: one["digest"] async for one in there}
        told = await self.main[self.main_database][RecordKind.PATROL_EVENT].count_documents({})
        assert told == await self._ours("patrol_events").count_documents({})
        assert await self._ours("sync_dead_letters").count_documents({}) == 0

    async def said(self) -> Mapping[str, Any]:
        """Return what the leader said last."""
        return await self._ours("sync_standings").find_one({"_id": "relay"}) or {}

    async def leader_by_lease(self) -> str:
        """Return the host and process id of who leads."""
        lease = await self._ours("sync_leases").find_one({"_id": "relay"})
        return "" if lease is None else str(lease["holder"])

    def _ours(self, name: str) -> AsyncCollection[Document]:
        return self.mongo.collection(CollectionPlan(name=name, shard_key="_id"))


async def until(so: Callable[[], Awaitable[bool]], otherwise: str, within_s: float = PATIENCE_S) -> float:
    """Wait until it is so; return the seconds that this took."""
    began = time.monotonic()
    while not await so():
        assert time.monotonic() - began < within_s, otherwise
        await asyncio.sleep(LOOK_EVERY_S)
    return time.monotonic() - began
