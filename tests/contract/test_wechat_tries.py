"""How often our client tries, and for how long, when the stand-in is busy, silent or refuses the token."""

import time
from collections.abc import AsyncIterator

import pytest

from server.wechat.assembly import process_tokens
from server.wechat.client import WeChatClient
from server.wechat.tokens import TokenCache
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock
from services.identity.wechat_errors import SubscriptionUncertain, WeChatUnavailable
from tests.contract.wechat import (
    APP_ID,
    DRAW,
    MESSAGE,
    PHONE,
    PLENTY_S,
    SECRET,
    SEND,
    SESSION,
    TOKEN,
    USES,
    WITH_TOKEN,
    base_url,
    draw,
    log_in,
    sandbox,
    send,
    stand_in,
)

__all__ = ["base_url", "sandbox", "stand_in"]

LITTLE_S = 0.6


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def tokens(base_url: str) -> TokenCache:
    return process_tokens(base_url=base_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PLENTY_S, clock=SystemClock())


def make_client(base_url: str, tokens: TokenCache, timeout_s: float) -> WeChatClient:
    return WeChatClient(base_url=base_url, app_id=APP_ID, app_secret=SECRET, tokens=tokens, timeout_s=timeout_s)


@pytest.fixture
async def client(base_url: str, tokens: TokenCache) -> AsyncIterator[WeChatClient]:
    client = make_client(base_url, tokens, PLENTY_S)
    yield client
    await client.close()


@pytest.fixture
async def hasty_client(base_url: str, tokens: TokenCache) -> AsyncIterator[WeChatClient]:
    client = make_client(base_url, tokens, LITTLE_S)
    yield client
    await client.close()


@pytest.mark.parametrize("path", [SESSION, PHONE, DRAW])
async def test_a_lasting_busy_ends_after_three_calls(client: WeChatClient, stand_in: Switches, path: str) -> None:
    await stand_in.fault(path, errcode=-1, times=100)
    with pytest.raises(WeChatUnavailable) as refused:
        await USES[path](client)
    assert await stand_in.calls(path) == 3
    assert refused.value.code == "wechat_unavailable"
    assert refused.value.retry_after_s == 5


async def test_a_lasting_busy_on_the_token_ends_after_three_calls(client: WeChatClient, stand_in: Switches) -> None:
    await stand_in.fault(TOKEN, errcode=-1, times=100)
    with pytest.raises(WeChatUnavailable):
        await draw(client)
    assert await stand_in.calls(TOKEN) == 3
    assert await stand_in.calls(DRAW) == 0


@pytest.mark.parametrize("path", [SESSION, PHONE, DRAW])
async def test_a_short_busy_is_not_noticed(client: WeChatClient, stand_in: Switches, path: str) -> None:
    await stand_in.fault(path, errcode=-1, times=2)
    assert await USES[path](client)
    assert await stand_in.calls(path) == 3


async def test_a_message_that_met_a_busy_wechat_is_not_sent_again(client: WeChatClient, stand_in: Switches) -> None:
    await stand_in.accept(MESSAGE.openid, MESSAGE.template_id, 5)
    await stand_in.fault(SEND, errcode=-1)
    with pytest.raises(WeChatUnavailable) as refused:
        await send(client)
    assert refused.value.code == "wechat_unavailable"
    assert await stand_in.calls(SEND) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
@pytest.mark.parametrize("path", WITH_TOKEN)
async def test_a_bad_token_is_renewed_once(client: WeChatClient, stand_in: Switches, path: str, errcode: int) -> None:
    await stand_in.accept(MESSAGE.openid, MESSAGE.template_id, 1)
    await stand_in.fault(path, errcode=errcode)
    await USES[path](client)
    assert await stand_in.calls(path) == 2


@pytest.mark.parametrize("errcode", [40001, 42001])
@pytest.mark.parametrize("path", WITH_TOKEN)
async def test_a_lasting_bad_token_ends_after_two_calls(
    client: WeChatClient, stand_in: Switches, path: str, errcode: int
) -> None:
    await stand_in.fault(path, errcode=errcode, times=100)
    with pytest.raises(WeChatUnavailable) as refused:
        await USES[path](client)
    assert refused.value.code == "wechat_unavailable"
    assert await stand_in.calls(path) == 2
    assert await stand_in.calls(TOKEN) == 3  # the first one, the same again, and one by force


@pytest.mark.parametrize("path", [*USES, TOKEN])
async def test_silence_ends_in_time(
    hasty_client: WeChatClient, tokens: TokenCache, stand_in: Switches, path: str
) -> None:
    if path != TOKEN:
        await tokens.current()
    await stand_in.fault(path, hang=True, times=100)
    use = USES.get(path, draw)
    started = time.monotonic()
    with pytest.raises(WeChatUnavailable) as refused:
        await use(hasty_client)
    assert time.monotonic() - started < 10 * LITTLE_S  # far from what a hanging call would take
    assert isinstance(refused.value, SubscriptionUncertain) == (path == SEND)


async def test_an_answer_that_comes_too_late_is_no_answer(hasty_client: WeChatClient, stand_in: Switches) -> None:
    await stand_in.fault(SESSION, delay_s=5 * LITTLE_S)
    with pytest.raises(WeChatUnavailable):
        await log_in(hasty_client)
    assert await stand_in.calls(SESSION) == 1


async def test_a_slow_answer_to_a_code_is_waited_for(client: WeChatClient, stand_in: Switches) -> None:
    await stand_in.fault(SESSION, delay_s=0.3)
    assert await log_in(client)
    assert await stand_in.calls(SESSION) == 1


async def test_a_message_without_an_answer_is_never_sent_again(
    hasty_client: WeChatClient, tokens: TokenCache, stand_in: Switches
) -> None:
    await stand_in.accept(MESSAGE.openid, MESSAGE.template_id, 5)
    await tokens.current()
    await stand_in.fault(SEND, delay_s=5 * LITTLE_S)
    with pytest.raises(SubscriptionUncertain) as refused:
        await send(hasty_client)
    assert refused.value.code == "subscription_uncertain"
    assert refused.value.retry_after_s is None
    assert await stand_in.calls(SEND) == 1


async def test_nobody_there_is_unavailable_and_a_message_surely_not_sent(tokens: TokenCache) -> None:
    client = make_client("http://127.0.0.1:1", tokens, PLENTY_S)
    for use in USES.values():
        with pytest.raises(WeChatUnavailable) as refused:
            await use(client)
        assert refused.value.code == "wechat_unavailable"
    await client.close()
