"""The invented people of the stand-in: their log-in codes, phone codes and accepted messages."""

import base64
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.wechat_sandbox.messages import ensure_message
from server.wechat_sandbox.quotas import Quota
from server.wechat_sandbox.refusals import Errcode, Refused

CODE_LIFE_S = 300
LOGINS_A_MINUTE = 100
MINUTE_S = 60
LOGIN_CODE = re.compile(r"(sandbox-[A-Za-z0-9_-]{1,40})(?:#[A-Za-z0-9_-]{1,40})?")
PHONE_CODE = re.compile(r"phone-(1[0-9]{10})(?:#[A-Za-z0-9_-]{1,40})?")
OPENID = re.compile(r"sandbox-[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class Login:
    """What a log-in code is exchanged for."""

    openid: str
    session_key: str


class UsedCodes:
    """Codes that were used less than five minutes ago; after that a code counts as issued anew."""

    def __init__(self) -> None:
        self._used_at: dict[str, float] = {}

    def claim(self, code: str, now: float) -> bool:
        """Say whether `code` could be used at `now`, and use it."""
        self._forget_before(now - CODE_LIFE_S)
        if code in self._used_at:
            return False
        self._used_at[code] = now
        return True

    def _forget_before(self, limit: float) -> None:
        # In order of use, so the oldest come first and the walk ends early.
        while self._used_at:
            code, used_at = next(iter(self._used_at.items()))
            if used_at > limit:
                return
            del self._used_at[code]


class People:
    """Everybody whose code has the form `sandbox-NAME`, with or without `#NONCE`."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._login_codes = UsedCodes()
        self._phone_codes = UsedCodes()
        self._logins = Quota(limit=LOGINS_A_MINUTE, window_s=MINUTE_S, errcode=Errcode.TOO_OFTEN)
        self._accepts: dict[tuple[str, str], int] = {}

    def log_in(self, code: str) -> Login:
        """Exchange a code; raises Refused with 40029, 45011 or 40163."""
        match = LOGIN_CODE.fullmatch(code)
        if match is None:
            raise Refused(Errcode.INVALID_CODE)
        self._logins.spend(match[1], self._now())
        if not self._login_codes.claim(code, self._now()):
            raise Refused(Errcode.CODE_USED)
        return Login(openid=match[1], session_key=base64.b64encode(secrets.token_bytes(16)).decode())

    def phone_number(self, code: str) -> str:
        """Exchange `phone-NUMBER` for NUMBER; a used code is 40029 here, as at WeChat."""
        match = PHONE_CODE.fullmatch(code)
        if match is None or not self._phone_codes.claim(code, self._now()):
            raise Refused(Errcode.INVALID_CODE)
        return match[1]

    def accept(self, openid: str, template_id: str, count: int) -> int:
        """Grant `count` more sends and return how many there are now."""
        key = (openid, template_id)
        self._accepts[key] = self._accepts.get(key, 0) + count
        return self._accepts[key]

    def send(self, message: Mapping[str, object]) -> None:
        """Send a subscription message: one accept, one send; raises Refused (43101 when none is left)."""
        openid = message.get("touser")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise Refused(Errcode.INVALID_OPENID)
        key = (openid, ensure_message(message))
        if self._accepts.get(key, 0) < 1:
            raise Refused(Errcode.USER_REFUSED)
        self._accepts[key] -= 1
