"""WeChat as the rest of the program sees it: log-in, phone number, messages, codes."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog

from server.wechat.answers import BAD_TOKEN, UNAVAILABLE_WAIT_S, Garbled, Reply, text_in
from server.wechat.asking import Deadline, Unanswered, ask, ensure_accepted, understanding
from server.wechat.calls import DRAW_CODE, EXCHANGE_CODE, PHONE_NUMBER, SEND_MESSAGE, Call, Ending
from server.wechat.model import SubscriptionMessage, WeChatIdentity
from server.wechat.tokens import TokenSource
from server.wechat.transport import Parcel, Transport
from services.identity.wechat_errors import SubscriptionUncertain, WeChatCodeRefused, WeChatUnavailable

LONGEST_CODE = 512  # characters; real ones have 32 to 64

log = structlog.get_logger(__name__)


class WeChatClient:
    """Calls WeChat. Make it inside the event loop that uses it, and close it there.

    `timeout_s` bounds a whole call of a method, with its tries, pauses and token. Every method raises
    leaves of `wechat_errors` only: WeChatUnavailable when no proper answer came in time, and
    WeChatBusy, WeChatQuotaExhausted, WeChatMisconfigured and WeChatUserBlocked when WeChat says so.
    """

    def __init__(self, *, base_url: str, app_id: str, app_secret: str, tokens: TokenSource, timeout_s: float) -> None:
        self._transport = Transport(base_url)
        self._app_id = app_id
        self._app_secret = app_secret
        self._tokens = tokens
        self._timeout_s = timeout_s

    async def close(self) -> None:
        """Close connections and the token source."""
        await self._tokens.close()
        self._transport.close()

    async def exchange_code(self, code: str) -> WeChatIdentity:
        """Return who made `code` by wx.login; raises WeChatCodeRefused when it is not good (any more).

        The session key that comes along is dropped here: nothing needs it. When an answer was lost on
        the way, the code may be used up; then the next try says so and a new code is needed.
        """
        ensure_sendable(code)
        query = {
            "appid": self._app_id,
            "secret": self._app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        reply = await ask(self._transport, EXCHANGE_CODE, Parcel(query=query), Deadline.after(self._timeout_s))
        ensure_accepted(reply, EXCHANGE_CODE)
        with understanding(EXCHANGE_CODE):
            unionid = text_in(reply.fields, "unionid") if reply.fields.get("unionid") else None
            return WeChatIdentity(openid=text_in(reply.fields, "openid"), unionid=unionid)

    async def get_phone_number(self, code: str) -> str:
        """Return the number behind a code of the phone-number button; raises WeChatCodeRefused.

        Foreign numbers come with their country code, as WeChat writes them.
        """
        ensure_sendable(code)
        reply = await self._ask_with_token(PHONE_NUMBER, {"code": code})
        with understanding(PHONE_NUMBER):
            return text_in(reply.fields.get("phone_info"), "phoneNumber")

    async def send_subscription(self, message: SubscriptionMessage) -> None:
        """Send `message` at most once.

        Raises SubscriptionRefused when no accept is left, WeChatArgumentRefused for a field that breaks
        the template's rules, and SubscriptionUncertain when it may have been sent: do not send it again.
        """
        body = {
            "touser": message.openid,
            "template_id": message.template_id,
            "data": {name: {"value": text} for name, text in message.data.items()},
            "miniprogram_state": "formal",
            "lang": message.language,
        }
        if message.page is not None:
            body["page"] = message.page
        try:
            reply = await self._ask_with_token(SEND_MESSAGE, body)
        except Unanswered as failure:
            if failure.ending is Ending.UNKNOWN:
                raise SubscriptionUncertain from failure
            raise
        if "errcode" not in reply.fields:
            raise SubscriptionUncertain

    async def draw_unlimited_code(self, scene: str, page: str) -> bytes:
        """Return the picture (PNG or JPEG) of a mini-program code that opens `page` with `scene`.

        `scene` has 1 to 32 characters of ``0-9A-Za-z!#$&'()*+,/:;=?@-._~``, `page` no leading slash;
        raises WeChatArgumentRefused for a scene that WeChat does not take.
        """
        reply = await self._ask_with_token(DRAW_CODE, {"scene": scene, "page": page})
        with understanding(DRAW_CODE):
            if reply.picture is None:
                raise Garbled("no picture")
            return reply.picture

    async def _ask_with_token(self, call: Call, body: dict[str, Any]) -> Reply:
        """Ask with a token, once more with another one when the first is bad, and never a third time."""
        deadline = Deadline.after(self._timeout_s)
        token = await _in_time(self._tokens.current(), deadline)
        reply = await ask(self._transport, call, _with_token(token, body), deadline)
        if reply.errcode in BAD_TOKEN:
            log.warning("wechat_token_refused", path=call.path, errcode=reply.errcode, rid=reply.rid)
            fresh = await _in_time(self._tokens.refresh(token), deadline)
            reply = await ask(self._transport, call, _with_token(fresh, body), deadline)
        if reply.errcode in BAD_TOKEN:
            log.error("wechat_token_refused_again", path=call.path, errcode=reply.errcode, rid=reply.rid)
            raise WeChatUnavailable(retry_after_s=UNAVAILABLE_WAIT_S)
        ensure_accepted(reply, call)
        return reply


def _with_token(token: str, body: dict[str, Any]) -> Parcel:
    return Parcel(query={"access_token": token}, body=body)


async def _in_time(token: Awaitable[str], deadline: Deadline) -> str:
    try:
        async with asyncio.timeout_at(deadline.at):
            return await token
    except TimeoutError:
        log.warning("wechat_token_late")
        raise WeChatUnavailable(retry_after_s=UNAVAILABLE_WAIT_S) from None


def ensure_sendable(code: str) -> None:
    """Refuse what cannot be one of WeChat's codes without asking: empty, far too long, not plain ASCII."""
    if not 1 <= len(code) <= LONGEST_CODE or not code.isascii() or not code.isprintable():
        raise WeChatCodeRefused
