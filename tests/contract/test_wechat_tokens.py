"""Access tokens of one process alone, from the stand-in over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from server.wechat.assembly import process_tokens
from server.wechat.tokens import TokenCache
from server.wechat_sandbox.app import listen, make_sandbox
from server.wechat_sandbox.credentials import App
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.identity.wechat_errors import WeChatBusy

APP_ID, SECRET = "wx-example", "example-secret"
TOKEN = "/cgi-bin/stable_token"
PLENTY_S = 20.0


class MovableClock:
    """One clock for the stand-in and for those who ask it; it moves only when told."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def pass_by(self, **time_span: float) -> None:
        self._now += timedelta(**time_span)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sandbox(clock: MovableClock) -> Sandbox:
    return make_sandbox(App(app_id=APP_ID, secret=SECRET), now=lambda: clock.now().timestamp())


@pytest.fixture
async def base_url(sandbox: Sandbox) -> AsyncIterator[str]:
    server, port = listen(sandbox, 0)
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def stand_in(base_url: str) -> Switches:
    return Switches(base_url)


@pytest.fixture
async def source(base_url: str, clock: MovableClock) -> AsyncIterator[TokenCache]:
    source = process_tokens(base_url=base_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PLENTY_S, clock=clock)
    yield source
    await source.close()


async def wait_for_fetches(stand_in: Switches, count: int) -> None:
    async with asyncio.timeout(60):
        while await stand_in.calls(TOKEN) < count:
            pass


async def test_those_who_come_at_once_share_one_fetch(source: TokenCache, stand_in: Switches) -> None:
    tokens = await asyncio.gather(*(source.current() for _ in range(20)))
    assert len(set(tokens)) == 1
    assert await stand_in.calls(TOKEN) == 1


async def test_those_who_share_a_fetch_share_its_failure(source: TokenCache, stand_in: Switches) -> None:
    await stand_in.fault(TOKEN, errcode=45011)
    outcomes = await asyncio.gather(*(source.current() for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [WeChatBusy] * 5
    assert await stand_in.calls(TOKEN) == 1
    assert await source.current()


async def test_who_gives_up_does_not_stop_the_fetch_for_others(source: TokenCache, stand_in: Switches) -> None:
    await stand_in.fault(TOKEN, hang=True)
    hasty, patient = asyncio.create_task(source.current()), asyncio.create_task(source.current())
    await wait_for_fetches(stand_in, 1)
    hasty.cancel()
    await stand_in.clear_faults()
    assert await patient
    assert await stand_in.calls(TOKEN) == 1


async def test_when_no_force_is_left_the_plain_token_is_kept(source: TokenCache, sandbox: Sandbox) -> None:
    token = await source.current()
    for _ in range(20):
        sandbox.tokens.replace(APP_ID)
    assert await source.refresh(token) == sandbox.tokens.give(APP_ID).value
    bad = await source.current()
    assert await source.refresh(bad) == bad


async def test_closing_ends_a_fetch_under_way(stand_in: Switches, clock: MovableClock, base_url: str) -> None:
    source = process_tokens(base_url=base_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PLENTY_S, clock=clock)
    await stand_in.fault(TOKEN, hang=True)
    waiting = asyncio.create_task(source.current())
    await wait_for_fetches(stand_in, 1)
    await source.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_those_who_report_a_bad_token_and_those_who_have_none_share_a_fetch_too(
    source: TokenCache, stand_in: Switches, clock: MovableClock
) -> None:
    old = await source.current()
    clock.pass_by(hours=2)
    await stand_in.fault(TOKEN, hang=True)
    waiting = [asyncio.create_task(source.current()), asyncio.create_task(source.refresh(old))]
    await wait_for_fetches(stand_in, 2)
    await stand_in.clear_faults()
    assert len({await task for task in waiting}) == 1
    assert await stand_in.calls(TOKEN) == 2
