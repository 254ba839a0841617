"""Access tokens as `stable_token` issues them, and the app's own credentials."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from server.wechat_sandbox.quotas import Quota
from server.wechat_sandbox.refusals import Errcode, Refused

TOKEN_LIFE_S = 7200
OVERLAP_S = 300  # WeChat renews this long before the end, and honours the token before for as long
FORCED_EVERY_S = 30  # asked to replace a token sooner, WeChat hands out the same one
FORCED_A_DAY = 20
DAY_S = 86400
REMEMBERED_TOKENS = 200  # enough to tell an expired token from an invented one


@dataclass(frozen=True, kw_only=True)
class App:
    """The app the stand-in was started for; an empty value is not checked."""

    app_id: str = ""
    secret: str = ""

    def ensure_known(self, app_id: str, secret: str) -> None:
        """Refuse missing or wrong credentials with 41002, 41004, 40013 or 40125."""
        if not app_id:
            raise Refused(Errcode.APPID_MISSING)
        if not secret:
            raise Refused(Errcode.SECRET_MISSING)
        if self.app_id and app_id != self.app_id:
            raise Refused(Errcode.INVALID_APPID)
        if self.secret and secret != self.secret:
            raise Refused(Errcode.INVALID_SECRET)


@dataclass(frozen=True, kw_only=True)
class Token:
    """An access token and when it stops to work, in the stand-in's seconds."""

    value: str
    app_id: str
    ends_at: float


class TokenDesk:
    """Issues and recognises access tokens.

    Source: WeChat's documentation of getStableAccessToken. A plain request gives the same token until
    five minutes before its end; a forced one replaces it, at most 20 times a day and 30 seconds apart;
    the token before works for five more minutes. Every forced request counts, also one within the 30
    seconds: the documentation does not say, and this is the stricter reading.
    """

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._newest: dict[str, Token] = {}
        self._known: dict[str, Token] = {}
        self._forced_at: dict[str, float] = {}
        self._forced = Quota(limit=FORCED_A_DAY, window_s=DAY_S, errcode=Errcode.QUOTA_REACHED)

    def give(self, app_id: str) -> Token:
        """Return the app's token, renewed when it is about to end."""
        newest = self._newest.get(app_id)
        if newest is None or newest.ends_at - self._now() <= OVERLAP_S:
            return self._issue(app_id)
        return newest

    def replace(self, app_id: str) -> Token:
        """Return a new token and end the one before in five minutes; 45009 beyond the daily limit."""
        now = self._now()
        self._forced.spend(app_id, now)
        if now - self._forced_at.get(app_id, -FORCED_EVERY_S) < FORCED_EVERY_S:
            return self.give(app_id)
        self._forced_at[app_id] = now
        before = self._newest.get(app_id)
        if before is not None:
            ends_at = min(before.ends_at, now + OVERLAP_S)
            self._known[before.value] = Token(value=before.value, app_id=app_id, ends_at=ends_at)
        return self._issue(app_id)

    def life_s(self, token: Token) -> int:
        """Return the whole seconds that `token` has left."""
        return int(token.ends_at - self._now())

    def ensure_valid(self, value: str) -> str:
        """Return the app of a token; raises Refused with 41001, 40001 or 42001."""
        if not value:
            raise Refused(Errcode.TOKEN_MISSING)
        token = self._known.get(value)
        if token is None:
            raise Refused(Errcode.INVALID_CREDENTIAL)
        if token.ends_at <= self._now():
            raise Refused(Errcode.TOKEN_EXPIRED)
        return token.app_id

    def _issue(self, app_id: str) -> Token:
        token = Token(value=secrets.token_urlsafe(96), app_id=app_id, ends_at=self._now() + TOKEN_LIFE_S)
        self._newest[app_id] = token
        self._known[token.value] = token
        while len(self._known) > REMEMBERED_TOKENS:
            del self._known[next(iter(self._known))]
        return token
