"""Asks WeChat, and asks again where that can help and do no harm."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import SystemRandom

import structlog

from server.wechat.answers import BUSY, UNAVAILABLE_WAIT_S, Garbled, Reply, read, refusal_for
from server.wechat.calls import Call, Ending
from server.wechat.transport import NoAnswer, Parcel, Transport, Unsent
from services.identity.wechat_errors import SubscriptionRefused, WeChatCodeRefused, WeChatUnavailable

TRIES = 3
FIRST_PAUSE_S = 0.1
LEAST_TIME_S = 0.02  # with less left, a try could only fail
EVERYDAY = (WeChatCodeRefused, SubscriptionRefused)  # what people do, not what operators must see

log = structlog.get_logger(__name__)
random = SystemRandom()


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """When a whole call, all its tries and pauses included, must be over (the loop's clock)."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline `seconds` from now."""
        return cls(at=asyncio.get_running_loop().time() + seconds)

    def left_s(self) -> float:
        """Return the seconds that are left; negative when it is over."""
        return self.at - asyncio.get_running_loop().time()


class Unanswered(WeChatUnavailable):
    """Every try ended without an answer to work with; `ending` is how the last one did."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(retry_after_s=UNAVAILABLE_WAIT_S)
        self.ending = ending


async def ask(transport: Transport, call: Call, parcel: Parcel, deadline: Deadline) -> Reply:
    """Return WeChat's reply to `call`, whatever its error code but -1; raises Unanswered.

    At most three tries, only after the endings that `call` allows, with growing pauses of random
    length, and all within `deadline`.
    """
    ending = Ending.UNSENT
    if deadline.left_s() < LEAST_TIME_S:
        raise Unanswered(ending)
    for tried in range(1, TRIES + 1):
        outcome = await _try(transport, call, parcel, deadline)
        if isinstance(outcome, Reply):
            return outcome
        ending = outcome
        if tried == TRIES or ending not in call.again_after or not await _pause(tried, deadline):
            break
    raise Unanswered(ending)


async def _try(transport: Transport, call: Call, parcel: Parcel, deadline: Deadline) -> Reply | Ending:
    within_s = max(deadline.left_s() * call.share, LEAST_TIME_S)
    try:
        reply = read(await transport.exchange(call, parcel, within_s))
    except Unsent:
        log.warning("wechat_unreachable", path=call.path)
        return Ending.UNSENT
    except (NoAnswer, Garbled) as failure:
        log.warning("wechat_no_answer", path=call.path, why=str(failure))
        return Ending.UNKNOWN
    if reply.errcode != BUSY:
        return reply
    log.warning("wechat_busy", path=call.path, errcode=reply.errcode, rid=reply.rid)
    return Ending.BUSY


async def _pause(tried: int, deadline: Deadline) -> bool:
    """Wait after try number `tried`; False at once when no time for another would be left."""
    pause_s = FIRST_PAUSE_S * 2 ** (tried - 1) * random.uniform(0.5, 1.0)
    if deadline.left_s() < pause_s + LEAST_TIME_S:
        return False
    await asyncio.sleep(pause_s)
    return True


def ensure_accepted(reply: Reply, call: Call) -> None:
    """Raise the refusal that the reply's error code means, if it has one."""
    if reply.errcode == 0:
        return
    refusal = refusal_for(reply.errcode, call)
    level = logging.INFO if isinstance(refusal, EVERYDAY) else logging.WARNING
    log.log(level, "wechat_refused", path=call.path, errcode=reply.errcode, rid=reply.rid, code=refusal.code)
    raise refusal


@contextmanager
def understanding(call: Call) -> Iterator[None]:
    """Turn an answer of the wrong shape into WeChatUnavailable."""
    try:
        yield
    except Garbled as failure:
        log.warning("wechat_no_answer", path=call.path, why=str(failure))
        raise WeChatUnavailable(retry_after_s=UNAVAILABLE_WAIT_S) from None
