"""Server processes whose line to Redis is cut, goes silent, or brings rubbish; and a process that was halted."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from bson import encode
from structlog.testing import capture_logs

from server import redis_peers
from services.reservations.messages import change_document
from tests.contract.peers import (
    NEVER_S,
    Process,
    Town,
    ask,
    asking_works,
    quick,
    reservation_of,
    silent,
    together,
    town,
    until,
)
from tests.contract.wechat import Valkey, valkey
from tests.factories import make_booking, make_slot

__all__ = ["quick", "town", "valkey"]


@contextmanager
def without(redis: Valkey) -> Iterator[None]:
    """Have no Redis during a block."""
    redis.stop()
    try:
        yield
    finally:
        redis.start()


@contextmanager
def halted(redis: Valkey) -> Iterator[None]:
    """Have a Redis that does not answer during a block."""
    redis.send(signal.SIGSTOP)
    try:
        yield
    finally:
        redis.send(signal.SIGCONT)


async def test_who_cannot_reach_redis_stands_alone_and_nobody_waits(town: Town, valkey: Valkey) -> None:
    one, other = await town.start_together(url=valkey.url)
    other.open.clear()
    pending = [ask(one, other) for _ in range(3)]
    await until(lambda: other.batches)
    with without(valkey):
        for answer in pending:
            await silent(answer)
        await until(lambda: one.members == {one.name} and other.members == {other.name})
        await silent(ask(one, other))
        one.peers.tell_freed(["slt_1"])
        other.open.set()
    await together(one, other)
    await asking_works(one, other)
    await asking_works(other, one)


async def test_nobody_waits_for_a_redis_that_does_not_answer(
    town: Town, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_peers, "DEAF_AFTER_S", NEVER_S)  # the beat finds out sooner
    one, other = await town.start_together(url=valkey.url)
    other.open.clear()
    pending = ask(one, other)
    await until(lambda: other.batches)
    with halted(valkey):
        unsent = ask(one, other)
        await silent(pending)
        await silent(unsent)
        await until(lambda: one.members == {one.name} and other.members == {other.name})
        other.open.set()
    await together(one, other)
    await asking_works(one, other)


async def test_who_starts_before_redis_joins_when_it_is_there(town: Town, valkey: Valkey) -> None:
    with without(valkey):
        one, other = [await town.start(url=valkey.url) for _ in range(2)]
        await asyncio.sleep(0.1)
        assert one.members == {one.name}
    await together(one, other)
    await asking_works(one, other)


async def test_a_process_leaves_without_redis_too(town: Town, valkey: Valkey) -> None:
    one, other = await town.start_together(url=valkey.url)
    other.open.clear()
    pending = ask(one, other)
    with without(valkey):
        await one.peers.close()
        await other.peers.close()
        await silent(pending)


@pytest.mark.parametrize("kind", ["pubsub", "normal"])
async def test_lines_that_are_cut_are_laid_again(town: Town, kind: str) -> None:
    one, other = await town.start_together()
    for _ in range(3):
        await one.redis.client_kill_filter(_type=kind)
        await asking_works(one, other)
        await asking_works(other, one)
    await together(one, other)


async def test_whoever_waits_for_an_answer_when_the_line_is_cut_waits_no_longer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await town.start_together()
    monkeypatch.setattr(redis_peers, "BEAT_S", NEVER_S)
    await asyncio.sleep(0.2)  # until the last beat
    other.open.clear()
    pending = [ask(one, other) for _ in range(3)]
    await until(lambda: other.batches)
    # The answer may come in the moment in which nobody listens.
    await one.redis.client_kill_filter(_type="pubsub")
    for answer in pending:
        await silent(answer)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"rubbish",
        b"\xff" * 5000,
        encode({}),
        encode({"asked": 5}),
        encode({"asked": [{"number": 1, "change": {}}]}),
        encode({"from": "nobody", "asked": [{}]}),
        encode({"from": 5, "asked": [5]}),
        encode({"answered": 5}),
        encode({"answered": [{"number": 1}]}),
        encode({"answered": [{"number": {}, "outcome": {}}]}),
        encode({"from": "nobody", "freed": 5}),
        encode({"freed": ["slt_secret"]}),
    ],
)
async def test_rubbish_on_the_line_is_passed_over(town: Town, rubbish: bytes) -> None:
    one, other = await town.start_together()
    with capture_logs() as logged:
        for channel in (other.name, "all"):
            await one.redis.publish(town.channel(channel), rubbish)
        await asking_works(one, other)
    assert "secret" not in str(logged)
    assert one.members == other.members == {one.name, other.name}
    assert len(other.batches) == 1


async def test_an_answer_that_nobody_can_read_is_silence(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = await town.start_together()
    monkeypatch.setattr(redis_peers, "BEAT_S", NEVER_S)
    other.open.clear()
    pending = ask(one, other)
    await until(lambda: other.batches)
    (number,) = one.peers._asked
    answered = {"answered": [{"number": 10_000, "outcome": {}}, {"number": number, "outcome": {}}]}
    await other.redis.publish(town.channel(one.name), encode(answered))
    await silent(pending)


class Relay:
    """A socket on the way to Redis; lines on which somebody listens can be held up."""

    def __init__(self, redis: str, path: Path) -> None:
        self._redis = redis
        self.path = path
        self.flowing = asyncio.Event()
        self.flowing.set()

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        redis, to_redis = await asyncio.open_unix_connection(self._redis)
        listening = asyncio.Event()

        async def ask() -> None:
            while words := await client.read(1 << 16):
                if b"SUBSCRIBE" in words:
                    listening.set()
                to_redis.write(words)

        async def answer() -> None:
            while words := await redis.read(1 << 16):
                if listening.is_set():
                    await self.flowing.wait()
                to_client.write(words)

        ways = [asyncio.create_task(ask()), asyncio.create_task(answer())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        to_client.close()
        to_redis.close()


@asynccontextmanager
async def relayed(valkey: Valkey) -> AsyncIterator[Relay]:
    relay = Relay(str(valkey.socket), valkey.socket.with_name("relay.sock"))
    server = await asyncio.start_unix_server(relay.serve, relay.path)
    try:
        yield relay
    finally:
        relay.flowing.set()
        server.close()
        relay.path.unlink()


async def test_a_deaf_process_stands_alone_until_it_hears_again(
    valkey: Valkey, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_peers, "DEAF_AFTER_S", 0.5)
    async with relayed(valkey) as relay, AsyncExitStack() as stack:
        # Closed before the relay is.
        inner = Town(url=f"unix://{relay.path}", stack=stack, deployment=town.deployment)
        deaf, other = await inner.start(), await inner.start(url=valkey.url)
        await together(deaf, other)
        relay.flowing.clear()
        waits = ask(deaf, other)  # whose answer does not come through, though the question does
        unheard = ask(other, deaf)
        await until(lambda: other.batches)
        await silent(waits)
        await until(lambda: deaf.members == {deaf.name})
        relay.flowing.set()
        await together(deaf, other)
        await asking_works(deaf, other)
        await asking_works(other, deaf)
        # What was asked while it heard nothing is old: who asked has gone, or has made it without help.
        assert len(deaf.batches) == 1
        unheard.cancel()


async def test_what_was_asked_while_a_process_was_halted_is_not_begun(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    (process,) = await town.start_together(1)
    await hears(process)
    # As if it woke up after a long halt, in which this came.
    monkeypatch.setattr(redis_peers, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 60))
    stale = make_booking(make_slot())
    asked = [{"number": 1, "change": change_document(stale)}]
    await process.redis.publish(town.channel(process.name), encode({"from": "somebody", "asked": asked}))
    await hears(process)
    other = await town.start()
    await together(process, other)
    await asking_works(other, process)
    made = [reservation_of(change) for batch in process.batches for change in batch]
    assert made
    assert stale.reservation.id not in made


async def hears(process: Process) -> None:
    """Wait until the process listens; whoever has just been cut off does not."""
    await until(process.peers._hears)
