"""Watching: one look for all who watch, the latest state and never a queue of them, and bounds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest

from services.admissions.live import watching as room
from services.admissions.live.errors import StreamsTooMany
from services.admissions.live.model import VenueFacts, VenueState
from services.admissions.live.watching import MOST_OF_AN_ACCOUNT, Watch, Watching
from services.common.errors import DatabaseUnavailable, TooBusy
from services.identity.model import Actor, Role
from services.venues.errors import VenueUnknown

WITHIN_S = 10.0
NOTHING = VenueState(
    venue_id="ven_1",
    day=date(2027, 2, 6),
    version=0,
    admitted=0,
    left=0,
    inside=0,
    expected_now=0,
    slots=(),
    gates=(),
    facts=VenueFacts(ceiling=None, devices=(), open_conflicts=0),
)


class Town:
    """Venues whose states a test sets."""

    def __init__(self) -> None:
        self.states = {f"ven_{number}": replace(NOTHING, venue_id=f"ven_{number}") for number in (1, 2)}
        self.looks: list[str] = []
        self.refusal: Exception | None = None
        self.looking = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def ensure_within(self, _: Actor, venue_id: str) -> None:
        if venue_id not in self.states:
            raise VenueUnknown

    async def look(self, venue_id: str) -> VenueState:
        self.looks.append(venue_id)
        state = self.states[venue_id]
        self.looking.set()
        await self.go_on.wait()
        if self.refusal is not None:
            raise self.refusal
        return state

    def count(self, venue_id: str = "ven_1") -> VenueState:
        """Let one more in."""
        before = self.states[venue_id]
        self.states[venue_id] = replace(before, version=before.version + 1, admitted=before.admitted + 1)
        return self.states[venue_id]


def actor(name: str = "stf_1") -> Actor:
    return Actor(id=name, role=Role.GATE, scopes=(), session_id="ses_1")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK_EVERY_S", 0.01)


@asynccontextmanager
async def going(town: Town) -> AsyncIterator[tuple[Watching, list[Exception]]]:
    """Let it look all the while; yields what it told of defects, too."""
    defects: list[Exception] = []
    watching = Watching(reading=town, tell=defects.append)
    task = asyncio.create_task(watching.run())
    try:
        async with asyncio.timeout(WITHIN_S):
            yield watching, defects
    finally:
        task.cancel()


async def until(watch: Watch, state: VenueState) -> None:
    while await watch.news(1.0) != state:
        pass


async def test_nobody_is_looked_at_whom_nobody_watches() -> None:
    town = Town()
    async with going(town) as (watching, _):
        await asyncio.sleep(0.1)
        assert town.looks == []
        with watching.watched(NOTHING) as watch:
            assert await watch.news(0) == NOTHING
            await until(watch, town.count())
        looked = len(town.looks)
        await asyncio.sleep(0.1)
        assert len(town.looks) <= looked + 1
        assert set(town.looks) == {"ven_1"}


async def test_all_who_watch_share_the_looks() -> None:
    town = Town()
    async with going(town) as (watching, _):
        with ExitStack() as stack:
            watches = [stack.enter_context(watching.watched(NOTHING)) for _ in range(100)]
            last = town.count()
            await asyncio.gather(*(until(watch, last) for watch in watches))
            assert len(town.looks) < 50


async def test_who_was_busy_is_told_the_latest_only() -> None:
    town = Town()
    async with going(town) as (watching, _):
        with watching.watched(NOTHING) as watch, watching.watched(NOTHING) as quick:
            assert await watch.news(0) == NOTHING
            for _ in range(3):
                await until(quick, town.count())
            assert await watch.news(0) == town.states["ven_1"]
            assert await watch.news(0.05) is None


async def test_who_comes_during_a_look_is_told_nothing_older() -> None:
    town = Town()
    async with going(town) as (watching, _):
        with watching.watched(NOTHING) as early:
            town.go_on.clear()
            town.looking.clear()
            await town.looking.wait()
            newer = town.count()
            with watching.watched(newer) as watch:
                assert await watch.news(0) == newer
                town.go_on.set()
                await until(early, newer)
                assert await watch.news(0.05) is None


async def test_it_goes_on_after_the_database_was_away_and_after_defects() -> None:
    town = Town()
    async with going(town) as (watching, defects):
        with watching.watched(NOTHING) as watch:
            assert await watch.news(0) == NOTHING
            town.refusal = DatabaseUnavailable()
            town.count()
            assert await watch.news(0.1) is None
            assert watch.age_s > 0.05
            town.refusal = ValueError("a defect")
            assert await watch.news(0.1) is None
            town.refusal = None
            await until(watch, town.count())
            assert watch.age_s < 0.05
    assert {type(one) for one in defects} == {ValueError}


async def test_an_account_and_a_process_have_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_STREAMS", MOST_OF_AN_ACCOUNT + 1)
    watching = Watching(reading=Town(), tell=lambda _: None)
    with ExitStack() as stack:
        for _ in range(MOST_OF_AN_ACCOUNT):
            stack.enter_context(watching.claimed(actor()))
        with pytest.raises(StreamsTooMany), watching.claimed(actor()):
            pass
        stack.enter_context(watching.claimed(actor("stf_2")))
        with pytest.raises(TooBusy), watching.claimed(actor("stf_3")):
            pass
    assert watching.streams == 0
    with watching.claimed(actor()):
        assert watching.streams == 1


async def test_what_is_out_of_scope_is_not_looked_at() -> None:
    town = Town()
    watching = Watching(reading=town, tell=lambda _: None)
    with pytest.raises(VenueUnknown):
        await watching.state(actor(), "ven_3")
    assert town.looks == []
