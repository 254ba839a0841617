"""One receiver: asked for its agreement, then sent what waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable, DomainError
from services.common.protection import FieldCipher
from services.webhooks.changing import change
from services.webhooks.envelopes import CONTENT_TYPE
from services.webhooks.errors import PostFailed
from services.webhooks.model import Delivery, Failure, PauseReason, Subscription, SubscriptionState, Tried
from services.webhooks.pacing import MOST, Pace, Window
from services.webhooks.ports import DeliveryStore, Posting, SubscriptionStore, Watch
from services.webhooks.rules import (
    HOLD,
    Chance,
    after_failure,
    after_success,
    after_try,
    buried,
    confirmed,
    is_over,
    permission,
    rate_of,
    secrets_at,
    tried,
    unconfirmed,
)
from services.webhooks.signing import key_of, signed_headers

DONE = "done"


@dataclass(frozen=True, kw_only=True)
class LaneParts:
    """What every lane works with; `origin` is the host name that receivers agree to be told by."""

    subscriptions: SubscriptionStore
    deliveries: DeliveryStore
    posting: Posting
    cipher: FieldCipher
    watch: Watch
    origin: str
    clock: Clock
    chance: Chance


class Lane:
    """The work for one subscription; who runs it keeps `subscription` fresh."""

    def __init__(self, subscription: Subscription, parts: LaneParts) -> None:
        self.subscription = subscription
        self._parts = parts
        self._pace = Pace(parts.chance)
        self._window = Window(parts.clock.now())
        self._found: deque[Delivery] = deque()

    async def run(self, rest_s: float) -> None:
        """Work until cancelled, resting between looks that found nothing."""
        task = asyncio.current_task()
        while task is not None and not task.cancelling():
            try:
                busy = await self.work_once()
            except DatabaseUnavailable:
                busy = False
            except Exception as error:  # one receiver's defect must not stop the others
                self._parts.watch.defect(self.subscription.id, error)
                busy = False
            if not busy:
                await asyncio.sleep(rest_s)

    async def work_once(self) -> bool:
        """Do what is due; False when there was nothing, or the receiver has a rest."""
        now = self._parts.clock.now()
        if self.subscription.state is SubscriptionState.PENDING:
            if self.subscription.handshake.next_try_at <= now:
                await self._ask_leave()
            return False
        if self.subscription.state is not SubscriptionState.ACTIVE:
            self._found.clear()
            return False
        if not self._found and not await self._look():
            return False
        width = min(len(self._found), self._pace.width(now, self.subscription.per_minute)) if self._found else 0
        batch = [self._found.popleft() for _ in range(width)]
        await asyncio.gather(*(self._deliver(one) for one in batch))
        return bool(batch) or not self._found

    async def _look(self) -> bool:
        """Look at the next stretch of time; tell whether there is more to do."""
        now = self._parts.clock.now()
        since, until = self._window.stretch(now)
        try:
            self._found.extend(await self._parts.deliveries.due(self.subscription.id, since, until, MOST))
        except DatabaseUnavailable:
            self._window.narrow()
            raise
        return self._window.looked(until, len(self._found), now) or bool(self._found)

    async def _deliver(self, delivery: Delivery) -> None:
        now = self._parts.clock.now()
        if not await self._parts.deliveries.claim(delivery, now + HOLD):
            return
        held = replace(delivery, fence=delivery.fence + 1)
        if is_over(held, now):
            await self._parts.deliveries.settle(buried(held), held.fence)
        else:
            await self._note(held, await self._try(held))

    async def _try(self, delivery: Delivery) -> Tried:
        try:
            return await self._send(delivery)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # else it would be tried again every few seconds, without a rest and without an end
            return Tried(failure=self._defect(error))

    def _defect(self, error: Exception) -> Failure:
        self._parts.watch.defect(self.subscription.id, error)
        return Failure.DEFECT

    async def _send(self, delivery: Delivery) -> Tried:
        parts, now = self._parts, self._parts.clock.now()
        keys = [key_of(await parts.cipher.decrypt(one)) for one in secrets_at(self.subscription.secret, now)]
        body = delivery.message.body.encode()
        headers = {
            "Content-Type": CONTENT_TYPE,
            "Origin": parts.origin,
            **signed_headers(keys, delivery.message.id, now, body),
        }
        try:
            answer = await parts.posting.post(self.subscription.url, headers, body)
        except PostFailed as error:
            return Tried(failure=Failure(error.failure))
        return tried(answer, parts.clock.now())

    async def _note(self, delivery: Delivery, outcome: Tried) -> None:
        parts, now = self._parts, self._parts.clock.now()
        parts.watch.tried(outcome.failure or DONE)
        after = after_try(delivery, outcome, now, parts.chance)
        if outcome.failure is None:
            self._pace.good()
        else:
            self._pace.bad(now, outcome.retry_after_s)
        await parts.deliveries.settle(after, delivery.fence)
        await self._note_standing(outcome)

    async def _note_standing(self, outcome: Tried) -> None:
        """Keep how the receiver stands, where that changes: it is written at turns only, not with each delivery."""
        if outcome.failure is None:
            if self.subscription.failing_since is not None:
                await self._change(after_success)
            return
        await self._change(partial(after_failure, outcome=outcome, now=self._parts.clock.now()))

    async def _ask_leave(self) -> None:
        parts, subscription = self._parts, self.subscription
        failure: Failure | None
        per_minute = None
        try:
            answer = await parts.posting.ask(subscription.url, {"WebHook-Request-Origin": parts.origin})
            failure, per_minute = permission(answer, parts.origin), rate_of(answer)
        except PostFailed as error:
            failure = Failure(error.failure)
        except Exception as error:  # as with a message: the next question waits, and the last one pauses
            failure = self._defect(error)
        parts.watch.tried(failure or "agreed")
        if failure is None:
            await self._change(lambda one: confirmed(one, per_minute) if _is_pending(one) else one)
        else:
            now, why = parts.clock.now(), failure
            await self._change(lambda one: unconfirmed(one, why, now, parts.chance) if _is_pending(one) else one)

    async def _change(self, decide: Callable[[Subscription], Subscription]) -> None:
        before = self.subscription
        try:
            self.subscription = await change(self._parts.subscriptions, before.id, decide)
        except DomainError as error:
            if isinstance(error, DatabaseUnavailable):
                raise
            return  # removed meanwhile, or changed by others all the time: the next failure says it again
        if self.subscription.state is SubscriptionState.PAUSED and before.state is not SubscriptionState.PAUSED:
            reason = self.subscription.reason
            if reason is not None and reason is not PauseReason.ASKED:
                self._parts.watch.paused(before.id, reason)


def _is_pending(subscription: Subscription) -> bool:
    return subscription.state is SubscriptionState.PENDING
