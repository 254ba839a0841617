"""Server processes among each other, through Redis: who is there, whose slot it is, and the asking."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any
from zlib import crc32

import structlog
from bson import CodecOptions, decode, encode
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.reservations.messages import change_document, outcome_document, read_change, read_outcome
from services.reservations.model import Cancellation, Change, NewBooking
from services.reservations.ports import Answer, PeerSilent

BEAT_S = 1.0
# A process that was not heard of for so long is not asked any more.
GONE_AFTER_S = 3
AGAIN_S = 0.2
# Shorter than the client's own time-out, which would end the subscription.
LISTEN_S = 0.5
MOST_ITEMS = 200

# Note that I am here, forget who was not heard of lately, and return the rest; by Redis' own clock.
BEAT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], 60)
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
OPTIONS: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)

log = structlog.get_logger("peers")

Answering = Callable[[Sequence[Change]], Awaitable[Sequence[Answer | Exception]]]


class RedisPeers:
    """A process among its peers. Without Redis each stands alone: slower together, and no less right.

    A slot belongs to the process with the highest hash of both names (rendezvous hashing, Thaler and Ravishankar,
    "Using Name-Based Mappings to Increase Hit Rates", 1998): a process that comes or goes moves its own slots only.
    Messages are published and never stored; personal values in them are ciphertexts and keyed digests.
    """

    def __init__(self, redis: Redis, *, deployment: str, name: str) -> None:
        """Take the `name` of this process, which nobody has had before, among those of the same `deployment`."""
        self._redis = redis
        self._name = name
        self._prefix = f"peers:{deployment}"
        self._members: tuple[str, ...] = (name,)
        self._owners: dict[str, str | None] = {}
        self._answer: Answering | None = None
        self._freed: Callable[[Collection[str]], None] | None = None
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[str, Change, asyncio.Future[Answer]]] = {}
        self._outgoing: dict[str, list[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to listen and to be heard of."""
        self._spawn(self._listen())
        self._spawn(self._beat())

    async def close(self) -> None:
        """Leave."""
        with suppress(RedisError, OSError):
            await self._redis.zrem(f"{self._prefix}:members", self._name)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def owner_of(self, slot_id: str) -> str | None:
        """Return which other process writes the slot, None when it is this one."""
        if slot_id not in self._owners:
            owner = max(self._members, key=lambda member: crc32(f"{member} {slot_id}".encode()))
            self._owners[slot_id] = None if owner == self._name else owner
        return self._owners[slot_id]

    def serve(self, answer: Answering) -> None:
        """Answer what others ask of this process by `answer`."""
        self._answer = answer

    def watch(self, freed: Callable[[Collection[str]], None]) -> None:
        """Hear from the others in which slots places have come back."""
        self._freed = freed

    def tell_freed(self, slot_ids: Collection[str]) -> None:
        """Tell the others in which slots places have come back."""
        if len(self._members) > 1:
            self._spawn(self._publish("all", {"from": self._name, "freed": list(slot_ids)}))

    def ask(self, owner: str, change: Change) -> asyncio.Future[Answer]:
        """Have `owner` make the change; the future raises what it refuses with, or PeerSilent."""
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._asked[number] = (owner, change, answer)
        if owner not in self._outgoing:
            self._outgoing[owner] = []
            # What else is asked in this turn of the loop goes with it.
            asyncio.get_running_loop().call_soon(self._send, owner)
        self._outgoing[owner].append(number)
        return answer

    def _send(self, owner: str) -> None:
        numbers = self._outgoing.pop(owner)
        for start in range(0, len(numbers), MOST_ITEMS):
            self._spawn(self._send_some(owner, numbers[start : start + MOST_ITEMS]))

    async def _send_some(self, owner: str, numbers: Sequence[int]) -> None:
        items = [{"number": number, "change": _travelling(self._asked[number][1])} for number in numbers]
        if not await self._publish(owner, {"from": self._name, "asked": items}):
            self._give_up(numbers)

    async def _publish(self, channel: str, message: Mapping[str, Any]) -> bool:
        """Return whether anybody got it."""
        try:
            return bool(await self._redis.publish(f"{self._prefix}:{channel}", encode(message)))
        except (RedisError, OSError):
            return False

    def _give_up(self, numbers: Collection[int]) -> None:
        for number in numbers:
            asked = self._asked.pop(number, None)
            if asked is not None and not asked[2].done():
                asked[2].set_exception(PeerSilent())

    async def _beat(self) -> None:
        while True:
            try:
                found = await self._redis.eval(BEAT, 1, f"{self._prefix}:members", self._name, GONE_AFTER_S)
                self._note_members({member.decode() for member in found})
            except (RedisError, OSError):
                self._note_members({self._name})
            await asyncio.sleep(BEAT_S)

    def _note_members(self, members: Collection[str]) -> None:
        present = tuple(sorted({*members, self._name}))
        if present != self._members:
            self._members = present
            log.info("peers", count=len(present))
            self._owners.clear()
            self._give_up([number for number, asked in self._asked.items() if asked[0] not in present])

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(f"{self._prefix}:{self._name}", f"{self._prefix}:all")
                    while True:
                        message = await channel.get_message(timeout=LISTEN_S)
                        if message is not None:
                            self._hear(decode(message["data"], OPTIONS))
            except (RedisError, OSError):
                await asyncio.sleep(AGAIN_S)

    def _hear(self, message: Mapping[str, Any]) -> None:
        if "answered" in message:
            for item in message["answered"]:
                self._settle(item["number"], item["outcome"])
        elif "asked" in message:
            self._spawn(self._reply(message["from"], message["asked"]))
        elif message["from"] != self._name and self._freed is not None:
            self._freed(message["freed"])

    def _settle(self, number: int, document: Mapping[str, Any]) -> None:
        asked = self._asked.pop(number, None)
        if asked is None or asked[2].done():
            return
        outcome = read_outcome(asked[1], document)
        if isinstance(outcome, Exception):
            asked[2].set_exception(outcome)
        else:
            asked[2].set_result(outcome)

    async def _reply(self, asker: str, items: Sequence[Mapping[str, Any]]) -> None:
        if self._answer is None:
            return
        changes = [read_change(item["change"]) for item in items]
        outcomes = await self._answer(changes)
        answered = [
            {"number": item["number"], "outcome": outcome_document(change, outcome)}
            for item, change, outcome in zip(items, changes, outcomes, strict=True)
        ]
        await self._publish(asker, {"answered": answered})

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _travelling(change: Change) -> dict[str, Any]:
    assert isinstance(change, NewBooking | Cancellation)  # noqa: S101 -- what is given back is given back at home
    return change_document(change)
