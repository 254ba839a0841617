"""Who leads: one at a time, a successor after silence, at once when the leader lets go."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.sync.relay import leading
from services.sync.relay.leading import Leadership
from services.sync.relay.model import Bearing
from services.sync.relay.mongo import MongoLeases
from tests.factories import new_id

SILENT_FOR_S = 1.5


class MutedLeases(MongoLeases):
    """A database that does not answer while it is mute."""

    mute = False

    async def read(self, name: str) -> Bearing | None:
        self._ensure_answers()
        return await super().read(name)

    async def beat(self, name: str, holder: str, fence: int) -> bool:
        self._ensure_answers()
        return await super().beat(name, holder, fence)

    def _ensure_answers(self) -> None:
        if self.mute:
            raise DatabaseUnavailable(retry_after_s=1)


@pytest.fixture
def leases(mongo: Mongo) -> MutedLeases:
    return MutedLeases(mongo)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let signs of life come as often as the short silence of these tests needs."""
    monkeypatch.setattr(leading, "BEAT_EVERY_S", 0.2)
    monkeypatch.setattr(leading, "LOOK_EVERY_S", 0.1)


def candidate(leases: MongoLeases, name: str, holder: str) -> Leadership:
    return Leadership(leases, name=name, holder=holder, silent_for_s=SILENT_FOR_S)


@asynccontextmanager
async def led(one: Leadership) -> AsyncIterator[asyncio.Event]:
    lost = asyncio.Event()
    await one.await_turn()
    async with one.kept(lost.set):
        yield lost


async def test_a_claim_counts_only_where_everything_is_as_it_was_seen(leases: MutedLeases) -> None:
    name = new_id("lease")
    assert await leases.read(name) is None
    claims = await asyncio.gather(*(leases.claim(name, f"process {number}", None) for number in range(5)))
    assert sum(claims) == 1
    seen = await leases.read(name)
    assert seen is not None
    assert (seen.fence, seen.beat) == (1, 0)
    assert await leases.beat(name, str(seen.holder), 1)
    assert not await leases.beat(name, "somebody else", 1)
    assert not await leases.claim(name, "somebody else", seen), "it gave a sign of life since"
    seen = await leases.read(name)
    claims = await asyncio.gather(*(leases.claim(name, f"process {number}", seen) for number in range(5)))
    assert sum(claims) == 1
    assert not await leases.beat(name, "process 0", 1), "that was another's time"
    now = await leases.read(name)
    assert now is not None
    assert (now.fence, now.beat) == (2, 0)


async def test_who_does_not_lead_any_more_releases_nothing(leases: MutedLeases) -> None:
    name = new_id("lease")
    await leases.claim(name, "first", None)
    await leases.claim(name, "second", await leases.read(name))
    await leases.release(name, "first", 1)
    seen = await leases.read(name)
    assert seen is not None
    assert seen.holder == "second"
    await leases.release(name, "second", 2)
    assert await leases.read(name) == Bearing(holder=None, fence=2, beat=0)


@pytest.mark.usefixtures("quick")
async def test_one_of_many_leads_and_another_at_once_when_it_lets_go(leases: MutedLeases) -> None:
    name = new_id("lease")
    first, second = (candidate(leases, name, holder) for holder in ("first", "second"))
    async with led(first):
        waiting = asyncio.create_task(second.await_turn())
        await asyncio.sleep(2 * SILENT_FOR_S)
        assert (first.holds, second.holds, waiting.done()) == (True, False, False)
        began = time.monotonic()
    await waiting
    assert time.monotonic() - began < SILENT_FOR_S
    assert (first.holds, second.holds) == (False, True)


@pytest.mark.usefixtures("quick")
async def test_a_leader_that_falls_silent_has_a_successor_and_knows_before_it(
    mongo: Mongo, leases: MutedLeases
) -> None:
    name, own = new_id("lease"), MutedLeases(mongo)
    first, second = candidate(own, name, "first"), candidate(leases, name, "second")
    lasted: list[bool] = []
    async with led(first) as lost:
        waiting = asyncio.create_task(second.await_turn())
        await asyncio.sleep(0.5)
        own.mute = True
        began = time.monotonic()
        while not waiting.done():
            lasted.append(first.holds)
            await asyncio.sleep(0.02)
        assert SILENT_FOR_S * 0.8 < time.monotonic() - began < SILENT_FOR_S * 3
        assert not first.holds, "two would lead at once"
        assert lost.is_set()
        assert (lasted[0], lasted[-1]) == (True, False)
        own.mute = False
    assert second.holds, "who led before takes nothing from its successor"


@pytest.mark.usefixtures("quick")
async def test_who_cannot_hear_does_not_take_the_leader_for_dead(mongo: Mongo, leases: MutedLeases) -> None:
    name = new_id("lease")
    deaf = MutedLeases(mongo)
    first, second = candidate(leases, name, "first"), candidate(deaf, name, "second")
    async with led(first) as lost:
        waiting = asyncio.create_task(second.await_turn())
        await asyncio.sleep(0.3)
        deaf.mute = True
        await asyncio.sleep(2 * SILENT_FOR_S)
        deaf.mute = False
        await asyncio.sleep(SILENT_FOR_S / 2)
        assert (first.holds, lost.is_set(), waiting.done()) == (True, False, False)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
