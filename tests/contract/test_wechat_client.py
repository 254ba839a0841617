"""Our client against the stand-in, over HTTP: what it gives and what it refuses."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import structlog
from structlog.typing import EventDict

from server.wechat.assembly import process_tokens
from server.wechat.client import WeChatClient
from server.wechat.model import SubscriptionMessage, WeChatIdentity
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock
from services.common.errors import DomainError
from services.identity.ports import WeChat
from services.identity.wechat_errors import (
    SubscriptionRefused,
    WeChatArgumentRefused,
    WeChatBusy,
    WeChatCodeRefused,
    WeChatMisconfigured,
    WeChatQuotaExhausted,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from tests.contract.wechat import (
    APP_ID,
    DRAW,
    MESSAGE,
    PHONE,
    PLENTY_S,
    SECRET,
    SESSION,
    TOKEN,
    USES,
    base_url,
    draw,
    log_in,
    sandbox,
    stand_in,
)

__all__ = ["base_url", "sandbox", "stand_in"]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


def make_client(base_url: str, *, app_id: str = APP_ID, app_secret: str = SECRET) -> WeChatClient:
    tokens = process_tokens(
        base_url=base_url, app_id=app_id, app_secret=app_secret, timeout_s=PLENTY_S, clock=SystemClock()
    )
    return WeChatClient(base_url=base_url, app_id=app_id, app_secret=app_secret, tokens=tokens, timeout_s=PLENTY_S)


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[WeChatClient]:
    client = make_client(base_url)
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[EventDict]]:
    """What was logged; nothing of it may give away a secret, a code, a token or a person."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as entries:
        yield entries
    text = repr(entries) + caplog.text
    for private in (SECRET, "sandbox-li", "13800138000", "access_token=", "城隍庙"):
        assert private not in text


async def test_a_code_gives_the_openid_and_nothing_else(client: WeChatClient) -> None:
    port: WeChat = client
    assert await port.exchange_code("sandbox-li#1") == WeChatIdentity(openid="sandbox-li", unionid=None)
    assert "sandbox-li" not in repr(await client.exchange_code("sandbox-li#2"))


async def test_a_used_or_unknown_code_is_refused(client: WeChatClient) -> None:
    await client.exchange_code("sandbox-li")
    for code in ("sandbox-li", "unknown"):
        with pytest.raises(WeChatCodeRefused):
            await client.exchange_code(code)


@pytest.mark.parametrize("code", ["", "a" * 513, "码", "a\ud800", "a\nb", "\x00"])
async def test_what_cannot_be_a_code_is_refused_without_asking(
    client: WeChatClient, stand_in: Switches, code: str
) -> None:
    with pytest.raises(WeChatCodeRefused):
        await client.exchange_code(code)
    with pytest.raises(WeChatCodeRefused):
        await client.get_phone_number(code)
    assert await stand_in.calls(SESSION) == await stand_in.calls(PHONE) == await stand_in.calls(TOKEN) == 0


@pytest.mark.parametrize("code", ["sandbox-li&appid=x", "a b", "%23", "sandbox-li#1#2", "?/#"])
async def test_a_code_arrives_as_it_is(client: WeChatClient, stand_in: Switches, code: str) -> None:
    with pytest.raises(WeChatCodeRefused):
        await client.exchange_code(code)
    assert await stand_in.calls(SESSION) == 1


async def test_a_phone_number(client: WeChatClient) -> None:
    assert await client.get_phone_number("phone-13800138000") == "13800138000"
    with pytest.raises(WeChatCodeRefused):
        await client.get_phone_number("phone-13800138000")


async def test_one_accept_is_one_message(client: WeChatClient, stand_in: Switches) -> None:
    await stand_in.accept(MESSAGE.openid, MESSAGE.template_id, 1)
    await client.send_subscription(MESSAGE)
    with pytest.raises(SubscriptionRefused):
        await client.send_subscription(MESSAGE)


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        (replace(MESSAGE, openid="nobody"), WeChatArgumentRefused),
        (replace(MESSAGE, data={"thing1": "字" * 21}), WeChatArgumentRefused),
        (replace(MESSAGE, data={}), WeChatArgumentRefused),
        (replace(MESSAGE, template_id="!"), WeChatMisconfigured),
        (replace(MESSAGE, page="页"), WeChatMisconfigured),
    ],
)
async def test_a_bad_message_is_refused(
    client: WeChatClient, message: SubscriptionMessage, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await client.send_subscription(message)


async def test_a_message_may_go_without_a_page_and_in_english(client: WeChatClient, stand_in: Switches) -> None:
    await stand_in.accept(MESSAGE.openid, MESSAGE.template_id, 1)
    await client.send_subscription(replace(MESSAGE, page=None, language="en_US"))


async def test_a_code_is_drawn(client: WeChatClient) -> None:
    assert (await client.draw_unlimited_code("v=ven_1", "pages/venue/index")).startswith(b"\x89PNG")
    for scene in ("", "a" * 33, "寺"):
        with pytest.raises(WeChatArgumentRefused):
            await client.draw_unlimited_code(scene, "pages/venue/index")


async def test_one_token_serves_many_calls(client: WeChatClient, stand_in: Switches) -> None:
    for _ in range(3):
        await draw(client)
    assert await stand_in.calls(TOKEN) == 1
    await log_in(client)
    assert await stand_in.calls(TOKEN) == 1


EVERYWHERE = [
    (45011, WeChatBusy, 60),
    (40013, WeChatMisconfigured, 60),
    (40125, WeChatMisconfigured, 60),
    (41002, WeChatMisconfigured, 60),
    (41004, WeChatMisconfigured, 60),
    (48001, WeChatMisconfigured, 60),
    (40029, WeChatCodeRefused, None),
    (40163, WeChatCodeRefused, None),
    (41008, WeChatCodeRefused, None),
    (40226, WeChatUserBlocked, None),
    (40003, WeChatArgumentRefused, None),
    (47003, WeChatArgumentRefused, None),
    (40129, WeChatArgumentRefused, None),
    (40169, WeChatArgumentRefused, None),
    (43101, SubscriptionRefused, None),
    (45009, WeChatQuotaExhausted, 3600),
    (88888, WeChatUnavailable, 5),
]


@pytest.mark.parametrize("path", USES)
async def test_each_code_is_one_refusal_after_one_call(client: WeChatClient, stand_in: Switches, path: str) -> None:
    for count, (errcode, refusal, wait_s) in enumerate(EVERYWHERE, start=1):
        await stand_in.fault(path, errcode=errcode)
        with pytest.raises(refusal) as refused:
            await USES[path](client)
        assert type(refused.value) is refusal, errcode
        assert refused.value.retry_after_s == (60 if (path, errcode) == (DRAW, 45009) else wait_s), errcode
        assert await stand_in.calls(path) == count


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        (40001, WeChatMisconfigured),
        (40125, WeChatMisconfigured),
        (45009, WeChatQuotaExhausted),
        (45011, WeChatBusy),
        (40164, WeChatMisconfigured),
    ],
)
async def test_a_refused_token_request_is_the_callers_refusal(
    client: WeChatClient, stand_in: Switches, errcode: int, refusal: type[DomainError]
) -> None:
    await stand_in.fault(TOKEN, errcode=errcode)
    with pytest.raises(refusal):
        await draw(client)
    assert await stand_in.calls(TOKEN) == 1
    assert await stand_in.calls(DRAW) == 0
    await draw(client)


async def test_wrong_credentials_are_a_matter_for_the_operator(base_url: str) -> None:
    for app_id, app_secret in (("wx-other", SECRET), (APP_ID, "other")):
        client = make_client(base_url, app_id=app_id, app_secret=app_secret)
        for use in (log_in, draw):
            with pytest.raises(WeChatMisconfigured):
                await use(client)
        await client.close()


async def test_refusals_are_logged_with_the_code_and_wechats_request_id(
    client: WeChatClient, logged: list[EventDict]
) -> None:
    with pytest.raises(WeChatCodeRefused):
        await client.exchange_code("unknown")
    (entry,) = logged
    assert (entry["event"], entry["errcode"], entry["path"]) == ("wechat_refused", 40029, SESSION)
    assert len(entry["rid"]) == 26
