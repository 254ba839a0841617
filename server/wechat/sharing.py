"""Renewing a token once for all processes."""

import asyncio
from secrets import SystemRandom, token_hex

import structlog

from server.wechat.answers import UNAVAILABLE_WAIT_S
from server.wechat.asking import Deadline
from server.wechat.store import StoreAway, TokenStore
from server.wechat.tokens import HeldToken, Renewal, usable
from services.common.clock import Clock
from services.identity.wechat_errors import WeChatUnavailable

LOOK_EVERY_S = 0.05

log = structlog.get_logger(__name__)
random = SystemRandom()


class SharedRenewal:
    """Lets one process renew by `inner` while the others wait and read its result.

    `longest_s` bounds one inner renewal: for so long the lock is held at most, and for so long others
    wait. When Redis is away, each process renews for itself; WeChat's stable token is made for that.
    """

    def __init__(self, *, store: TokenStore, inner: Renewal, clock: Clock, longest_s: float) -> None:
        self._store = store
        self._inner = inner
        self._clock = clock
        self._longest_s = longest_s

    async def renew(self, bad_token: str | None, held: HeldToken | None) -> HeldToken:
        """Return the shared token if it is usable, else a renewed one; raises leaves of wechat_errors."""
        mark = token_hex(16)
        try:
            if found := await self._find_or_claim(bad_token, mark):
                return found
            # Between our look and our claim, the holder before us may have finished.
            shared = await self._store.read()
        except StoreAway as away:
            log.warning("wechat_token_store_away", why=str(away))
            return await self._inner.renew(bad_token, held)
        return await self._renew_for_all(mark, bad_token, shared or held)

    async def close(self) -> None:
        """Close the inner renewal's connections; Redis belongs to who gave it."""
        await self._inner.close()

    async def _find_or_claim(self, bad_token: str | None, mark: str) -> HeldToken | None:
        """Return the usable shared token, or None when the lock is ours under `mark`."""
        patience = Deadline.after(self._longest_s)
        while patience.left_s() > 0:
            if found := usable(await self._store.read(), bad_token, self._clock.now()):
                return found
            if await self._store.claim(mark, self._longest_s):
                return None
            await asyncio.sleep(LOOK_EVERY_S * random.uniform(0.5, 1.5))
        log.warning("wechat_token_wait_over")
        raise WeChatUnavailable(retry_after_s=UNAVAILABLE_WAIT_S)

    async def _renew_for_all(self, mark: str, bad_token: str | None, before: HeldToken | None) -> HeldToken:
        try:
            if found := usable(before, bad_token, self._clock.now()):
                return found
            renewed = await self._inner.renew(bad_token, before)
            await self._share(mark, renewed)
            return renewed
        finally:
            await self._release(mark)

    async def _share(self, mark: str, renewed: HeldToken) -> None:
        try:
            if not await self._store.keep(mark, renewed, self._clock.now()):
                log.warning("wechat_token_lock_lost")
        except StoreAway as away:
            log.warning("wechat_token_store_away", why=str(away))

    async def _release(self, mark: str) -> None:
        try:
            await self._store.release(mark)
        except StoreAway as away:
            log.warning("wechat_token_store_away", why=str(away))
