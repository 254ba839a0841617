"""Server processes as their peers see them, several in one event loop, over a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from bson import decode
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from ulid import ULID

from server import redis_peers
from server.redis import connect_redis
from server.redis_peers import RedisPeers
from services.reservations.changes import Cancellation, Change, NewBooking
from services.reservations.ports import Answer, PeerSilent
from tests.factories import make_booking, make_slot, new_id
from tests.processes import Stores

# So many that each of a few processes owns some.
SLOTS = tuple(new_id("slt") for _ in range(3000))
NEVER_S = 3600.0


@dataclass(kw_only=True, eq=False)
class Process:
    """One process: it makes whatever it is asked for while `open`, unless `refusals` or `failure` say otherwise."""

    name: str
    redis: Redis
    peers: RedisPeers
    batches: list[Sequence[Change]] = field(default_factory=list)
    refusals: dict[str, Exception] = field(default_factory=dict)
    failure: Exception | None = None
    freed: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, changes: Sequence[Change]) -> Sequence[Answer | Exception]:
        self.batches.append(changes)
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        return [self.refusals.get(reservation_of(change), made(change)) for change in changes]

    @property
    def members(self) -> set[str]:
        """Those among whom this process divides the slots."""
        return set(self.owners)

    @property
    def owners(self) -> list[str]:
        """The owner of each slot, as this process sees it."""
        return [self.peers.owner_of(slot_id) or self.name for slot_id in SLOTS]

    async def die(self) -> None:
        """End without leaving, as a killed process does."""
        while self.peers._tasks:
            for task in self.peers._tasks:
                task.cancel()
            await asyncio.wait(self.peers._tasks, timeout=0.1)


def reservation_of(change: Change) -> str:
    """Return the id of the reservation; nothing else travels than bookings and cancellations."""
    assert isinstance(change, NewBooking | Cancellation)
    return change.reservation.id


def made(change: Change) -> Answer:
    return change.reservation if isinstance(change, NewBooking) else True


@dataclass(kw_only=True)
class Town:
    """Where processes are started, and closed after the test."""

    url: str
    stack: AsyncExitStack
    deployment: str = field(default_factory=lambda: f"test-{ULID()}")

    async def start(self, *, url: str | None = None, deployment: str | None = None) -> Process:
        redis, name = connect_redis(url or self.url), str(ULID())
        peers = RedisPeers(redis, deployment=deployment or self.deployment, name=name)
        process = Process(name=name, redis=redis, peers=peers)
        process.open.set()
        peers.serve(process.answer)
        peers.watch(process.freed.extend)
        self.stack.push_async_callback(redis.aclose, close_connection_pool=True)
        self.stack.push_async_callback(peers.close)
        peers.start()
        return process

    async def start_together(self, count: int = 2, *, url: str | None = None) -> list[Process]:
        """Start some who know each other."""
        processes = [await self.start(url=url) for _ in range(count)]
        await together(*processes)
        return processes

    def channel(self, name: str) -> str:
        return f"peers:{self.deployment}:{name}"


async def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; how long that takes is no matter."""
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def together(*processes: Process) -> None:
    """Wait until these know each other, and nobody else."""
    names = {process.name for process in processes}
    await until(lambda: all(process.members == names for process in processes))


def ask(asker: Process, owner: Process, change: Change | None = None) -> asyncio.Future[Answer]:
    return asker.peers.ask(owner.name, change or make_booking(make_slot()))


async def asking_works(asker: Process, owner: Process) -> None:
    """Wait until an ask is answered; while a line is being mended, silence is no fault."""
    async with asyncio.timeout(60):
        while True:
            booking = make_booking(make_slot())
            try:
                assert await ask(asker, owner, booking) == booking.reservation
            except PeerSilent:
                await asyncio.sleep(0.05)
            else:
                return


async def silent(answer: asyncio.Future[Answer]) -> None:
    """Wait until the one who was asked counts as silent."""
    async with asyncio.timeout(60):
        with pytest.raises(PeerSilent):
            await answer


@asynccontextmanager
async def overheard(redis: Redis, channel: str) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Collect what is said on `channel` during a block."""
    heard: list[Mapping[str, Any]] = []
    async with redis.pubsub() as line:
        await line.subscribe(channel)
        assert (await line.get_message(timeout=60))["type"] == "subscribe"
        listening = asyncio.create_task(_listen(line, heard))
        yield heard
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(line: PubSub, heard: list[Mapping[str, Any]]) -> None:
    while True:
        message = await line.get_message(timeout=1)
        if message is not None:
            heard.append(decode(message["data"]))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what takes seconds take less, and what is the last resort never happen."""
    monkeypatch.setattr(redis_peers, "BEAT_S", 0.1)
    monkeypatch.setattr(redis_peers, "AGAIN_S", 0.05)
    monkeypatch.setattr(redis_peers, "ANSWERED_WITHIN_S", NEVER_S)


@pytest.fixture
async def town(stores: Stores) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield Town(url=stores.redis_url, stack=stack)
