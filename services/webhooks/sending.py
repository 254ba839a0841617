"""Sends what waits: a lane for each receiver, so that a slow one holds up nobody else."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from services.common.errors import DatabaseUnavailable
from services.webhooks.lanes import Lane, LaneParts
from services.webhooks.model import Subscription
from services.webhooks.ports import SubscriptionStore

LOOK_EVERY_S = 1.0


class WebhookSending:
    """Work of the process that syncs. Two of them do no harm: a delivery is held by whoever tries it."""

    def __init__(
        self, *, subscriptions: SubscriptionStore, parts: LaneParts, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        """Look for subscriptions, and for what they wait for, every `look_every_s`."""
        self._subscriptions = subscriptions
        self._parts = parts
        self._look_every_s = look_every_s
        self._lanes: dict[str, tuple[Lane, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        task = asyncio.current_task()
        try:
            # A cancellation that meets an answer of the database may get lost in the driver, so it is asked for.
            while task is not None and not task.cancelling():
                with suppress(DatabaseUnavailable):
                    self._serve({one.id: one for one in await self._subscriptions.all()})
                await asyncio.sleep(self._look_every_s)
        finally:
            await self._leave()

    def _serve(self, subscriptions: Mapping[str, Subscription]) -> None:
        for gone in self._lanes.keys() - subscriptions.keys():
            self._lanes.pop(gone)[1].cancel()
        for subscription in subscriptions.values():
            if subscription.id in self._lanes:
                self._lanes[subscription.id][0].subscription = subscription
            else:
                lane = Lane(subscription, self._parts)
                work = lane.run(self._look_every_s)
                self._lanes[subscription.id] = (lane, asyncio.get_running_loop().create_task(work))

    async def _leave(self) -> None:
        tasks = [task for _, task in self._lanes.values()]
        self._lanes.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
