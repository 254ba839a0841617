"""Renewing a token by asking WeChat, and the rule for forcing a new one."""

from datetime import datetime, timedelta
from typing import Protocol

import structlog

from server.wechat.answers import Garbled, text_in
from server.wechat.asking import Deadline, ask, ensure_accepted, understanding
from server.wechat.calls import FORCED_TOKEN, STABLE_TOKEN, Call
from server.wechat.tokens import HeldToken, IssuedToken, hold
from server.wechat.transport import Parcel, Transport
from services.common.clock import Clock
from services.identity.wechat_errors import WeChatQuotaExhausted

# WeChat allows 20 forced renewals a day: this far apart, they cannot run out.
FORCED_EVERY = timedelta(minutes=72)
LONGEST_LIFE_S = 86400  # WeChat's tokens live 7200 s; far more than a day is no answer to trust

log = structlog.get_logger(__name__)


class TokenFetch(Protocol):
    """WeChat's own ways to get a token."""

    async def plain(self) -> IssuedToken:
        """Return the app's token: the same one until shortly before its end."""

    async def forced(self) -> IssuedToken:
        """Return a new token in place of the present one; WeChat allows 20 a day."""

    async def close(self) -> None:
        """Close connections."""


class StableTokenFetch:
    """Gets tokens from /cgi-bin/stable_token, each within `timeout_s`, tries included."""

    def __init__(self, *, base_url: str, app_id: str, app_secret: str, timeout_s: float) -> None:
        self._transport = Transport(base_url)
        self._app_id = app_id
        self._app_secret = app_secret
        self._timeout_s = timeout_s

    async def plain(self) -> IssuedToken:
        """Return the app's token; raises leaves of wechat_errors."""
        return await self._ask(STABLE_TOKEN, {"force_refresh": False})

    async def forced(self) -> IssuedToken:
        """Return a new token; raises leaves of wechat_errors, WeChatQuotaExhausted beyond 20 a day."""
        return await self._ask(FORCED_TOKEN, {"force_refresh": True})

    async def close(self) -> None:
        """Close connections."""
        self._transport.close()

    async def _ask(self, call: Call, mode: dict[str, bool]) -> IssuedToken:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._app_secret, **mode}
        reply = await ask(self._transport, call, Parcel(body=body), Deadline.after(self._timeout_s))
        ensure_accepted(reply, call)
        with understanding(call):
            expires_in_s = reply.fields.get("expires_in")
            if not isinstance(expires_in_s, int) or not 0 < expires_in_s <= LONGEST_LIFE_S:
                raise Garbled("expires_in is not a number of seconds")
            return IssuedToken(value=text_in(reply.fields, "access_token"), expires_in_s=expires_in_s)


def may_force(forced_at: datetime | None, now: datetime) -> bool:
    """Say whether a forced renewal is in order at `now`, the last one having been at `forced_at`."""
    return forced_at is None or now - forced_at >= FORCED_EVERY


class DirectRenewal:
    """Renews by asking WeChat, without regard to other processes.

    A bad token is first asked for again plainly: if somebody else replaced it, or it expired, WeChat
    gives the new one, and forcing would only kill the token that others just got. Forced is only
    what WeChat itself still hands out although it refuses it, and seldom.
    """

    def __init__(self, *, fetch: TokenFetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock

    async def renew(self, bad_token: str | None, held: HeldToken | None) -> HeldToken:
        """Return WeChat's token; it is `bad_token` again only when it may not be forced now."""
        issued = await self._fetch.plain()
        forced_at = held.forced_at if held else None
        now = self._clock.now()
        if issued.value == bad_token and may_force(forced_at, now):
            forced_at = now
            issued = await self._replace(issued)
        return hold(issued, now=self._clock.now(), forced_at=forced_at)

    async def close(self) -> None:
        """Close connections."""
        await self._fetch.close()

    async def _replace(self, issued: IssuedToken) -> IssuedToken:
        try:
            return await self._fetch.forced()
        except WeChatQuotaExhausted:
            log.warning("wechat_forced_renewals_used_up")
            return issued
