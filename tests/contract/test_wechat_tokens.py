"""Access tokens of one process alone, from the stand-in over HTTP."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.wechat.assembly import process_tokens
from server.wechat.tokens import TokenCache
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.identity.wechat_errors import WeChatBusy
from tests.contract.wechat import (
    APP_ID,
    PLENTY_S,
    SECRET,
    TOKEN,
    MovableClock,
    base_url,
    clock,
    sandbox,
    stand_in,
    wait_for_fetches,
)

__all__ = ["base_url", "clock", "sandbox", "stand_in"]


@pytest.fixture
async def source(base_url: str, clock: MovableClock) -> AsyncIterator[TokenCache]:
    source = process_tokens(base_url=base_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PLENTY_S, clock=clock)
    yield source
    await source.close()


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
