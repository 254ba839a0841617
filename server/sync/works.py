"""What the leader of the sync processes does, put together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from handlers.background import Background
from handlers.context import Metrics
from server.sync.inbound import build_inbound
from server.sync.parts import SyncParts
from server.sync.quality import measuring
from server.sync.reconciling import build_reconciling
from server.sync.relaying import build_relay
from server.sync.webhooks import build_webhooks
from server.wiring import Stores
from services.common.clock import UlidSource
from services.sync.quality.daily import Daily
from services.sync.quality.mongo import MongoQuality


@asynccontextmanager
async def open_works(
    parts: SyncParts, stores: Stores, metrics: Metrics, leader: str
) -> AsyncIterator[Sequence[Background]]:
    """Yield what `leader` does while it leads: relaying, sending to platforms, comparing, measuring, following."""
    config, clock = parts.config, parts.clock
    hooks = build_webhooks(
        config, parts.mongo, stores.cipher, await stores.keys.load(), metrics, clock=clock, ids=UlidSource()
    )
    quality = measuring(parts.mongo, parts.standard, clock, lag_objective_s=config.sync.lag_objective_s)
    works: list[Background] = [
        *build_relay(parts, hooks.fanout, leader).background,
        hooks.sending,
        Daily(quality, MongoQuality(parts.mongo), clock),
        *build_inbound(config, stores),
    ]
    if parts.target is not None:
        works.append(build_reconciling(parts, parts.target).nightly)
    try:
        yield works
    finally:
        hooks.post.close()
