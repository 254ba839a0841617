"""Access tokens: held in this process, renewed one at a time, one fetch for all who wait."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from services.common.clock import Clock

# WeChat renews a token when asked within its last 300 s, and honours the old one until its end. We ask
# a little inside that window, so that clocks that differ by some seconds still get a new one.
MARGIN_S = 270


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def current(self) -> str:
        """Return a token that should work; raises leaves of wechat_errors."""

    async def refresh(self, bad_token: str) -> str:
        """Return a token after WeChat refused `bad_token`: another one, if WeChat has another one."""

    async def close(self) -> None:
        """Stop fetching and close connections."""


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A token as WeChat hands it out, with the seconds it has left."""

    value: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True, kw_only=True)
class HeldToken:
    """A token that we hold; `usable_until` lies before its end, `forced_at` is our last forced renewal."""

    value: str = field(repr=False)
    usable_until: datetime
    expires_at: datetime
    forced_at: datetime | None = None


def hold(issued: IssuedToken, *, now: datetime, forced_at: datetime | None) -> HeldToken:
    """Return the token with its times; one that has less than twice the margin left is usable for half of that."""
    margin_s = min(MARGIN_S, issued.expires_in_s / 2)
    expires_at = now + timedelta(seconds=issued.expires_in_s)
    return HeldToken(
        value=issued.value,
        usable_until=expires_at - timedelta(seconds=margin_s),
        expires_at=expires_at,
        forced_at=forced_at,
    )


def usable(held: HeldToken | None, bad_token: str | None, now: datetime) -> HeldToken | None:
    """Return `held` if it may be used at `now` by somebody who knows that `bad_token` does not work."""
    if held is None or held.value == bad_token or now >= held.usable_until:
        return None
    return held


class Renewal(Protocol):
    """How a process gets a token when it holds none that it can use."""

    async def renew(self, bad_token: str | None, held: HeldToken | None) -> HeldToken:
        """Return a token, other than `bad_token` if there is one; `held` is what the process has now."""

    async def close(self) -> None:
        """Close connections."""


class TokenCache:
    """A token source that keeps one token in the process.

    Callers who need the same renewal at the same time share one, and its failure; a caller who gives
    up does not stop it for the others.
    """

    def __init__(self, *, renewal: Renewal, clock: Clock) -> None:
        self._renewal = renewal
        self._clock = clock
        self._held: HeldToken | None = None
        self._one_at_a_time = asyncio.Lock()
        self._under_way: dict[str | None, asyncio.Task[HeldToken]] = {}

    async def current(self) -> str:
        """Return the token in the process while it is usable, else a renewed one."""
        return await self._obtain(None)

    async def refresh(self, bad_token: str) -> str:
        """Return the token in the process when it is another one than `bad_token`, else a renewed one."""
        return await self._obtain(bad_token)

    async def close(self) -> None:
        """Stop renewals under way and close connections."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._renewal.close()

    async def _obtain(self, bad_token: str | None) -> str:
        if held := usable(self._held, bad_token, self._clock.now()):
            return held.value
        task = self._under_way.get(bad_token)
        if task is None:
            task = asyncio.create_task(self._renew(bad_token))
            self._under_way[bad_token] = task
        return (await asyncio.shield(task)).value

    async def _renew(self, bad_token: str | None) -> HeldToken:
        try:
            async with self._one_at_a_time:
                if held := usable(self._held, bad_token, self._clock.now()):
                    return held
                self._held = await self._renewal.renew(bad_token, self._held)
                return self._held
        finally:
            del self._under_way[bad_token]
