"""The calls we make, and which of them may be made again after what."""

from dataclasses import dataclass
from enum import Enum, auto

MINUTE_S = 60
HOUR_S = 3600


class Ending(Enum):
    """How a try can end without an answer to work with."""

    BUSY = auto()  # WeChat answered -1
    UNSENT = auto()  # nobody took the connection, so nothing arrived
    UNKNOWN = auto()  # sent, then silence, a broken connection or an answer that means nothing


@dataclass(frozen=True, kw_only=True)
class Call:
    """One of WeChat's interfaces.

    `again_after` says which endings allow another try. `share` is the part of the whole time that
    one try may take: half leaves time for another, all of it is right where cutting a slow answer
    short would waste a single-use code. `quota_wait_s` is what to wait after 45009.
    """

    method: str
    path: str
    again_after: frozenset[Ending]
    share: float
    quota_wait_s: int = HOUR_S


ALWAYS = frozenset(Ending)

# A code works once, yet a second try can do no harm: when the first one did arrive, the answer is
# 40163, and a person whose answer was lost needs a new code in any case.
EXCHANGE_CODE = Call(method="GET", path="/sns/jscode2session", again_after=ALWAYS, share=1.0)
PHONE_NUMBER = Call(method="POST", path="/wxa/business/getuserphonenumber", again_after=ALWAYS, share=1.0)

STABLE_TOKEN = Call(method="POST", path="/cgi-bin/stable_token", again_after=ALWAYS, share=0.5)
# Each forced renewal counts towards 20 a day. After a lost answer the ordinary call gives the new token.
FORCED_TOKEN = Call(
    method="POST", path="/cgi-bin/stable_token", again_after=frozenset({Ending.BUSY, Ending.UNSENT}), share=0.5
)
DRAW_CODE = Call(method="POST", path="/wxa/getwxacodeunlimit", again_after=ALWAYS, share=0.5, quota_wait_s=MINUTE_S)

# A message may have gone out although its answer was lost: only what never arrived is tried again.
SEND_MESSAGE = Call(
    method="POST", path="/cgi-bin/message/subscribe/send", again_after=frozenset({Ending.UNSENT}), share=1.0
)
