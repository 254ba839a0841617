"""Puts the client together with its token source."""

from redis.asyncio import Redis

from server.wechat.client import WeChatClient
from server.wechat.renewal import DirectRenewal, StableTokenFetch
from server.wechat.sharing import SharedRenewal
from server.wechat.store import TokenStore
from server.wechat.tokens import TokenCache
from services.common.clock import Clock

SLACK_S = 1.0


def process_tokens(*, base_url: str, app_id: str, app_secret: str, timeout_s: float, clock: Clock) -> TokenCache:
    """Return a token source for this process alone."""
    fetch = StableTokenFetch(base_url=base_url, app_id=app_id, app_secret=app_secret, timeout_s=timeout_s)
    return TokenCache(renewal=DirectRenewal(fetch=fetch, clock=clock), clock=clock)


def shared_tokens(
    *, base_url: str, app_id: str, app_secret: str, timeout_s: float, clock: Clock, redis: Redis
) -> TokenCache:
    """Return a token source that all processes on one Redis share; `redis` stays the caller's to close."""
    fetch = StableTokenFetch(base_url=base_url, app_id=app_id, app_secret=app_secret, timeout_s=timeout_s)
    renewal = SharedRenewal(
        store=TokenStore(redis=redis, app_id=app_id),
        inner=DirectRenewal(fetch=fetch, clock=clock),
        clock=clock,
        longest_s=2 * timeout_s + SLACK_S,  # a plain and a forced fetch
    )
    return TokenCache(renewal=renewal, clock=clock)


def connect(
    *, base_url: str, app_id: str, app_secret: str, timeout_s: float, clock: Clock, redis: Redis
) -> WeChatClient:
    """Return a client on shared tokens; call it in the event loop that uses it, and close the client there."""
    tokens = shared_tokens(
        base_url=base_url, app_id=app_id, app_secret=app_secret, timeout_s=timeout_s, clock=clock, redis=redis
    )
    return WeChatClient(base_url=base_url, app_id=app_id, app_secret=app_secret, tokens=tokens, timeout_s=timeout_s)
