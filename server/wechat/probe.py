"""Whether WeChat can be reached: a line of readiness, asked seldom, and never by one of its counted calls."""

import asyncio
import time
from urllib.parse import urlsplit

from services.identity.wechat_errors import WeChatUnavailable

KNOWN_FOR_S = 10.0
CONNECT_WITHIN_S = 1.0
DEFAULT_PORTS = {"http": 80, "https": 443}


class WeChatProbe:
    """Opens a connection and closes it; what it found counts for `known_for_s`."""

    def __init__(self, base_url: str, *, known_for_s: float = KNOWN_FOR_S) -> None:
        address = urlsplit(base_url)
        self._host = address.hostname or ""
        self._port = address.port or DEFAULT_PORTS.get(address.scheme, 443)
        self._asked_at = float("-inf")
        self._reachable = False
        self._known_for_s = known_for_s

    async def __call__(self) -> None:
        """Raise WeChatUnavailable unless WeChat takes, or has just taken, a connection."""
        if time.monotonic() - self._asked_at > self._known_for_s:
            self._reachable = await self._connects()
            self._asked_at = time.monotonic()
        if not self._reachable:
            raise WeChatUnavailable

    async def _connects(self) -> bool:
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:  # a time-out is one too
            return False
        writer.close()
        return True
