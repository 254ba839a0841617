"""Server processes among each other, through Redis: who is there, whose slot it is, and the asking."""

import asyncio
import itertools
import math
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import structlog
from bson import CodecOptions, decode, encode
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.reservations.changes import Cancellation, Change, NewBooking
from services.reservations.messages import SILENCE, change_document, outcome_document, read_change, read_outcome
from services.reservations.ports import Answer, PeerSilent

BEAT_S = 1.0
# A process that was not heard of for so long is not asked any more.
GONE_AFTER_S = 3.0
# A process that has heard nothing for so long, not even its own beat, is deaf or was halted. Less than the above: what
# others asked before they gave this process up is not begun afterwards.
DEAF_AFTER_S = 2.0
# Longer than a peer may take: it waits PATIENCE_S for its turn and then writes for BATCH_WITHIN_S.
ANSWERED_WITHIN_S = 20.0
AGAIN_S = 0.2
# Shorter than the client's own time-out, which would end the subscription.
LISTEN_S = 0.5
MOST_ITEMS = 200
MOST_OWNERS = 10_000

# Note that I am here, forget who was not heard of lately, and return the rest; by Redis' own clock. I hear it, too.
BEAT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], 60)
redis.call('PUBLISH', ARGV[3], ARGV[4])
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
OPTIONS: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)

log = structlog.get_logger("peers")

Answering = Callable[[Sequence[Change]], Awaitable[Sequence[Answer | Exception]]]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    owner: str
    change: Change
    answer: asyncio.Future[Answer]
    at_s: float = field(default_factory=time.monotonic)


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
        self._asked: dict[int, _Asked] = {}
        self._outgoing: dict[str, list[int]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._heard_at_s = -math.inf

    def start(self) -> None:
        """Begin to listen and to be heard of."""
        self._spawn(self._listen())
        self._spawn(self._beat())

    async def close(self) -> None:
        """Leave, and leave nobody waiting."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            # Again and again: the client's write swallows a request to stop that comes as it ends (asyncio.wait_for).
            await asyncio.wait(self._tasks, timeout=AGAIN_S)
        with suppress(RedisError, OSError):
            await self._redis.zrem(f"{self._prefix}:members", self._name)
        self._give_up(list(self._asked))

    def owner_of(self, slot_id: str) -> str | None:
        """Return which other process writes the slot, None when it is this one."""
        if slot_id not in self._owners:
            if len(self._owners) >= MOST_OWNERS:
                self._owners.clear()
            owner = max(self._members, key=lambda member: weight(member, slot_id))
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
        self._asked[number] = _Asked(owner=owner, change=change, answer=answer)
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
        heard = False
        try:
            # Some may have been given up since they were asked.
            asked = [(number, self._asked[number]) for number in numbers if number in self._asked]
            items = [{"number": number, "change": _travelling(one.change)} for number, one in asked]
            heard = await self._publish(owner, {"from": self._name, "asked": items})
        finally:
            if not heard:
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
            if asked is not None and not asked.answer.done():
                asked.answer.set_exception(PeerSilent())

    async def _beat(self) -> None:
        sound = encode({"beat": self._name})
        gone_after_ms = int(GONE_AFTER_S * 1000)
        keys_and_values = (f"{self._prefix}:members", self._name, gone_after_ms, f"{self._prefix}:{self._name}", sound)
        while True:
            try:
                found = await self._redis.eval(BEAT, 1, *keys_and_values)
                self._note_members({member.decode() for member in found} if self._hears() else ())
            except (RedisError, OSError):
                self._note_members(())
            late = time.monotonic() - ANSWERED_WITHIN_S
            self._give_up([number for number, asked in self._asked.items() if asked.at_s < late])
            await asyncio.sleep(BEAT_S)

    def _hears(self) -> bool:
        return time.monotonic() - self._heard_at_s < DEAF_AFTER_S

    def _note_members(self, members: Collection[str]) -> None:
        present = tuple(sorted({*members, self._name}))
        if present != self._members:
            self._members = present
            log.info("peers", count=len(present), process=self._name)
            self._owners.clear()
            self._give_up([number for number, asked in self._asked.items() if asked.owner not in present])

    async def _listen(self) -> None:
        while True:
            with suppress(RedisError, OSError):
                await self._listen_while_fresh()
            # What others answer meanwhile is lost: until this process hears again, it stands alone.
            self._heard_at_s = -math.inf
            self._note_members(())
            await asyncio.sleep(AGAIN_S)

    async def _listen_while_fresh(self) -> None:
        """Listen until there is silence; what comes after that is old, and goes with the subscription."""
        async with self._redis.pubsub() as channel:
            await channel.subscribe(f"{self._prefix}:{self._name}", f"{self._prefix}:all")
            if await channel.get_message(timeout=LISTEN_S) is not None:  # which confirms it
                self._heard_at_s = time.monotonic()
            while True:
                message = await channel.get_message(timeout=LISTEN_S)
                if not self._hears():
                    return
                if message is not None:
                    self._heard_at_s = time.monotonic()
                    if message["type"] == "message":
                        self._hear(message["data"])

    def _hear(self, data: bytes) -> None:
        try:
            message = decode(data, OPTIONS)
            if "answered" in message:
                for item in message["answered"]:
                    self._settle(item["number"], item["outcome"])
            elif "asked" in message:
                self._spawn(self._reply(message["from"], message["asked"]))
            elif "freed" in message and message["from"] != self._name and self._freed is not None:
                self._freed(message["freed"])
        except Exception as error:  # whatever it is, those after it are heard; its content is nobody's business
            log.warning("message_unreadable", error=type(error).__name__)

    def _settle(self, number: int, document: Mapping[str, Any]) -> None:
        asked = self._asked.get(number)
        if asked is None:
            return
        outcome = read_outcome(asked.change, document)
        del self._asked[number]
        if asked.answer.done():
            return
        if isinstance(outcome, Exception):
            asked.answer.set_exception(outcome)
        else:
            asked.answer.set_result(outcome)

    async def _reply(self, asker: str, items: Sequence[Mapping[str, Any]]) -> None:
        try:
            outcomes = await self._outcomes(items)
        except Exception:  # whoever asked shall not wait in vain
            log.exception("defect")
            outcomes = [SILENCE] * len(items)
        answered = [
            {"number": item["number"], "outcome": outcome} for item, outcome in zip(items, outcomes, strict=True)
        ]
        await self._publish(asker, {"answered": answered})

    async def _outcomes(self, items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        if self._answer is None:
            return [SILENCE] * len(items)
        changes = [read_change(item["change"]) for item in items]
        outcomes = await self._answer(changes)
        return [outcome_document(outcome) for outcome in outcomes]

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("defect", exc_info=error)


def weight(member: str, slot_id: str) -> bytes:
    """Return what decides which process owns a slot: the heaviest does."""
    # A checksum would not do: those of two names differ by a constant, so that one process of three would own half.
    return blake2b(f"{member} {slot_id}".encode(), digest_size=8).digest()


def _travelling(change: Change) -> dict[str, Any]:
    assert isinstance(change, NewBooking | Cancellation)  # noqa: S101 -- what is given back is given back at home
    return change_document(change)
