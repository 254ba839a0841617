"""Following the main system: by its stream and by polling, from where we were, whatever was cut short."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from services.identity.mongo import MongoStaff
from services.patrols.outlets.mongo import MongoOutlets
from services.sync.inbound.errors import HistoryLost, StreamsRefused
from services.sync.inbound.model import Cause, FollowingMode, Position
from services.sync.inbound.mongo import main as main_system
from services.sync.inbound.mongo.here import MongoPositions
from services.sync.inbound.mongo.main import MongoMain
from services.sync.inbound.ports import ChangeStream
from services.venues.mongo import MongoVenues
from tests.inbound import DIVISION, INSPECTOR, OUTLET, SOUND, VENUE, LaterClock, Town
from tests.patrols import ensure_whole_log


async def _names(town: Town) -> list[str]:
    return sorted(venue.name for venue in await MongoVenues(town.mongo).all_venues())


async def test_the_first_time_all_is_compared_and_then_the_stream_goes_on(town: Town) -> None:
    await town.office.say(DIVISION, "d-1", 1)
    await town.office.say(VENUE, "v-1", 1)
    await town.catch_up()
    assert await _names(town) == ["示例寺"]
    await town.office.say(VENUE, "v-1", 2, name="改名寺")
    await town.office.say(VENUE, "v-2", 1, name="另一寺")
    assert await town.catch_up() == 2
    assert await _names(town) == ["另一寺", "改名寺"]
    assert await town.catch_up() == 0


async def test_what_changes_while_all_is_compared_is_not_lost(settled: Town) -> None:
    class Busy(MongoMain):
        async def everything(self, kind: Any) -> AsyncIterator[Any]:
            async for some in super().everything(kind):
                yield some
            if kind is VENUE:
                await settled.office.say(VENUE, "v-9", 1, name="此时新增")

    await settled.catch_up(settled.following(main=Busy(settled.mongo.client, settled.office.database.name)))
    assert "此时新增" in await _names(settled)


class _Killed(BaseException):
    """The process is gone."""


async def test_the_token_is_stored_after_applying_only(settled: Town) -> None:
    await settled.catch_up()
    before = (await settled.positions.get()).token
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.office.say(VENUE, "v-1", 2, name="改名寺")
    following = settled.following()

    async def killed(_: Position) -> None:
        raise _Killed

    following._positions = _Positions(settled.mongo, killed)
    with pytest.raises(_Killed):
        await settled.catch_up(following)
    assert (await settled.positions.get()).token == before
    assert await _names(settled) == ["改名寺"]
    assert await settled.catch_up() == 2
    assert (await settled.positions.get()).token != before
    assert len(await ensure_whole_log(settled.mongo)) == 1
    assert await settled.conflicts() == []


class _Positions(MongoPositions):
    def __init__(self, mongo: Any, put: Any) -> None:
        super().__init__(mongo)
        self.put = put  # type: ignore[method-assign]


@pytest.mark.parametrize("kind", [VENUE, OUTLET, INSPECTOR])
async def test_killed_between_writing_and_remembering_it_is_no_conflict(settled: Town, kind: Any) -> None:
    """The thing is written, its link is not finished; then comes a newer version, and is killed in the same place."""
    changes: list[dict[str, Any]] = [{"address": "一"}, {"address": "二"}, {"address": "三"}]
    if kind is VENUE:
        changes = [{**one, "name": "另一寺"} for one in changes]
    if kind is INSPECTOR:
        changes = [{}, {"active": False}, {}]
    await settled.office.say(kind, "x-1", 1, **changes[0])
    for version in (1, 2):
        await settled.office.say(kind, "x-1", version, **changes[version - 1])
        following = settled.following()
        following._applying._finished = _kill  # type: ignore[method-assign,assignment]
        with pytest.raises(_Killed):
            await following.compare()
    await settled.office.say(kind, "x-1", 3, **changes[2])
    await settled.compare()
    assert await settled.conflicts() == []
    link = await settled.link(kind, "x-1")
    assert (link.version, link.pending) == (3, ())


async def _kill(_: Any) -> None:
    raise _Killed


@pytest.mark.parametrize("token", [{"_data": "nonsense"}, {"_data": "82635019A0000000012B042C0100296E5A1004"}])
async def test_a_token_that_is_no_longer_known_means_comparing_all(settled: Town, token: Mapping[str, Any]) -> None:
    await settled.catch_up()
    await settled.office.say(VENUE, "v-2", 1, name="错过的寺")
    await settled.positions.put(replace(await settled.positions.get(), token=token))
    with pytest.raises(HistoryLost):
        await settled.catch_up()
    await _runs_until(settled, "错过的寺")
    assert (await settled.positions.get()).token != token


@pytest.mark.parametrize("code", [286, 280, 260])
async def test_error_286_means_comparing_all_and_never_from_now(settled: Town, code: int) -> None:
    """The embedded server keeps its whole history, so the error is that of MongoDB, raised where it would be."""
    with pytest.raises(HistoryLost), main_system._translated():
        raise OperationFailure("Resume of change stream was not possible", code)
    await settled.catch_up()
    await settled.office.say(VENUE, "v-2", 1, name="错过的寺")

    class Forgetful(MongoMain):
        lost = False

        @asynccontextmanager
        async def stream(self, token: Mapping[str, Any]) -> AsyncIterator[ChangeStream]:
            if not self.lost:
                self.lost = True
                with main_system._translated():
                    raise OperationFailure("Resume of change stream was not possible", code)
            async with super().stream(token) as stream:
                yield stream

    forgetful = Forgetful(settled.mongo.client, settled.office.database.name)
    await _runs_until(settled, "错过的寺", main=forgetful)


async def _runs_until(town: Town, name: str, **options: Any) -> None:
    running = asyncio.create_task(town.following(**options).run())
    for _ in range(1200):
        if name in await _names(town):
            break
        await asyncio.sleep(0.05)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert name in await _names(town)


@pytest.mark.parametrize("code", [13, 40573, 59])
async def test_without_streams_it_polls(settled: Town, code: int) -> None:
    class Streamless(MongoMain):
        async def token_now(self) -> Mapping[str, Any]:
            with main_system._translated():
                raise OperationFailure("not authorized", code)
            raise AssertionError

    with pytest.raises(StreamsRefused), main_system._translated():
        raise OperationFailure("not authorized", code)
    await settled.office.say(VENUE, "v-2", 1, name="轮询到的寺")
    await _runs_until(settled, "轮询到的寺", main=Streamless(settled.mongo.client, settled.office.database.name))
    await asyncio.sleep(0)
    assert (await settled.positions.get()).mode in {FollowingMode.POLL, None}


async def test_polling_takes_what_was_updated_and_late_commits(settled: Town) -> None:
    following = settled.following(FollowingMode.POLL)
    await following.poll()
    await settled.office.say(VENUE, "v-1", 2, name="改名寺")
    late = (await settled.positions.get()).polled_to["venue"] - timedelta(minutes=5)
    await settled.office.put(VENUE, "v-2", version=1, updated_at=late, data=_venue("晚到的寺"))
    await following.poll()
    assert await _names(settled) == ["改名寺", "晚到的寺"]
    assert (await settled.positions.get()).mode is FollowingMode.POLL


async def test_polling_is_not_led_away_by_an_instant_of_next_year(settled: Town) -> None:
    following = settled.following(FollowingMode.POLL)
    await following.poll()
    ahead = (await settled.positions.get()).polled_to["venue"] + timedelta(days=400)
    await settled.office.put(VENUE, "v-2", version=1, updated_at=ahead, data=_venue("明年的寺"))
    await following.poll()
    await settled.office.say(VENUE, "v-3", 1, name="今天的寺")
    await following.poll()
    assert "今天的寺" in await _names(settled)


def _venue(name: str) -> dict[str, Any]:

    return {**SOUND[VENUE], "name": name}


async def test_what_came_before_its_division_is_taken_when_that_comes(settled: Town) -> None:
    await settled.catch_up()
    await settled.office.say(OUTLET, "o-1", 1, district_code="310104")
    await settled.catch_up()
    assert [one.flaws[0].rule for one in (await settled.refused()).values()] == ["division_not_known"]
    await settled.office.say(DIVISION, "d-2", 1, code="310104", name="徐汇区")
    await settled.catch_up()
    assert await settled.refused() == {}
    outlet = await MongoOutlets(settled.mongo).find((await settled.link(OUTLET, "o-1")).local_id)
    assert outlet is not None
    assert outlet.district_id == "310104"


async def test_an_inspector_waits_for_each_district(settled: Town) -> None:
    await settled.catch_up()
    await settled.office.say(INSPECTOR, "i-1", 1, division_codes=["310101", "310104", "310000"])
    await settled.catch_up()
    (refused,) = (await settled.refused()).values()
    assert [(one.path, one.rule) for one in refused.flaws] == [("data.division_codes[1]", "division_not_known")]
    assert await MongoStaff(settled.mongo).find_by_username("jcy-001") is None
    await settled.office.say(DIVISION, "d-2", 1, code="310104", name="徐汇区")
    await settled.catch_up()
    assert await settled.refused() == {}
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    assert {scope.id for scope in account.scopes} == {"310101", "310104", "310000"}


async def test_an_inspector_is_deactivated_whatever_the_district(settled: Town) -> None:
    await settled.office.say(INSPECTOR, "i-1", 1)
    await settled.catch_up()
    await settled.office.say(INSPECTOR, "i-1", 2, division_codes=["310104"], active=False)
    await settled.catch_up()
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    assert not account.active


async def test_a_removed_document_is_noticed_in_the_stream(settled: Town) -> None:
    await settled.catch_up()
    await settled.office.remove(VENUE, "v-1")
    await settled.catch_up()
    assert [one.cause for one in await settled.conflicts()] == [Cause.GONE_THERE]
    await settled.office.say(VENUE, "v-1", 1)
    await settled.catch_up()
    assert not (await settled.link(VENUE, "v-1")).gone


async def test_a_dropped_collection_means_comparing_all(settled: Town) -> None:
    await settled.catch_up()
    await settled.office.database["reference_venues"].drop()
    with suppress(HistoryLost):
        await settled.catch_up()
    assert await _names(settled) == ["示例寺"]


async def test_all_is_compared_again_in_the_night(settled: Town) -> None:
    await settled.catch_up()
    (venue,) = await MongoVenues(settled.mongo).all_venues()
    await MongoVenues(settled.mongo).put([], [replace(venue, name="改名")])
    await settled.catch_up()
    assert await _names(settled) == ["改名"]
    tomorrow = LaterClock(timedelta(days=1))
    await settled.catch_up(settled.following(clock=tomorrow))
    assert await _names(settled) == ["示例寺"]


async def test_nothing_goes_on_where_it_is_off(settled: Town) -> None:
    await asyncio.wait_for(settled.following(FollowingMode.OFF).run(), 1)
