"""Reads WeChat's answers: JSON with or without an error code, or a picture."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from server.wechat.calls import Call
from services.common.errors import DomainError
from services.identity.wechat_errors import (
    SubscriptionRefused,
    WeChatArgumentRefused,
    WeChatBusy,
    WeChatCodeRefused,
    WeChatMisconfigured,
    WeChatQuotaExhausted,
    WeChatUnavailable,
    WeChatUserBlocked,
)

BUSY = -1
BAD_TOKEN = frozenset({40001, 40014, 41001, 42001})
TOO_OFTEN = 45011
QUOTA_REACHED = 45009
BUSY_WAIT_S = 60
UNAVAILABLE_WAIT_S = 5
MISCONFIGURED_WAIT_S = 60
LONGEST_TEXT = 512  # characters: room for an access token, the longest of what we read
PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
REQUEST_ID = re.compile(r"rid: ([0-9a-f]{1,16}-[0-9a-f]{1,16}-[0-9a-f]{1,16})")

# Source: WeChat's general list of error codes and the list of each interface.
REFUSALS: dict[int, type[DomainError]] = {
    **dict.fromkeys((40029, 40163, 41008), WeChatCodeRefused),
    **dict.fromkeys((40226, 50002), WeChatUserBlocked),
    43101: SubscriptionRefused,
    # Wrong id or secret, an address not on the list, an interface not granted or banned, an unknown
    # template or page: the app's settings at WeChat and ours do not fit together.
    **dict.fromkeys(
        (40001, 40002, 40013, 40014, 40037, 40066, 40125, 40164, 41001, 41002, 41004, 41030, 42001),
        WeChatMisconfigured,
    ),
    **dict.fromkeys((43001, 43002, 43107, 48001, 48004, 61004, 89503, 89506, 89507), WeChatMisconfigured),
    **dict.fromkeys((40003, 40097, 40129, 40169, 45002, 47001, 47003, 85096), WeChatArgumentRefused),
}
WAITS_S: dict[type[DomainError], int] = {
    WeChatUnavailable: UNAVAILABLE_WAIT_S,
    WeChatMisconfigured: MISCONFIGURED_WAIT_S,
}


class Garbled(Exception):
    """The answer is not one of WeChat's: not JSON, of the wrong shape, or an HTTP error."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer over HTTP, not yet understood."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that could be read; `errcode` is 0 for success, `rid` is WeChat's request id."""

    errcode: int = 0
    rid: str | None = None
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    picture: bytes | None = field(default=None, repr=False)


def read(answer: Answer) -> Reply:
    """Return what `answer` says; raises Garbled.

    Looks at the bytes, not at the content type: WeChat calls some of its JSON text/plain.
    """
    if answer.status != 200:  # noqa: PLR2004 -- the one status that WeChat uses
        raise Garbled(f"HTTP {answer.status}")
    if answer.body.startswith(PICTURE_STARTS):
        return Reply(picture=answer.body)
    try:
        fields = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Garbled("not JSON") from None
    if not isinstance(fields, dict):
        raise Garbled("not a JSON object")
    errcode = fields.get("errcode", 0)
    if not isinstance(errcode, int) or isinstance(errcode, bool):
        raise Garbled("errcode is not a number")
    return Reply(errcode=errcode, rid=_request_id(fields), fields=fields)


def _request_id(fields: dict[str, Any]) -> str | None:
    errmsg = fields.get("errmsg")
    found = REQUEST_ID.search(errmsg) if isinstance(errmsg, str) else None
    return found[1] if found else None


def text_in(fields: Any, name: str) -> str:
    """Return the text `name` of 1 to 512 characters; raises Garbled."""
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_TEXT:
        raise Garbled(f"{name} is missing or not a text")
    return value


def refusal_for(errcode: int, call: Call) -> DomainError:
    """Return the refusal that `errcode` means in answer to `call`; unknown codes are WeChatUnavailable."""
    if errcode == TOO_OFTEN:
        return WeChatBusy(retry_after_s=BUSY_WAIT_S)
    if errcode == QUOTA_REACHED:
        return WeChatQuotaExhausted(retry_after_s=call.quota_wait_s)
    refusal = REFUSALS.get(errcode, WeChatUnavailable)
    return refusal(retry_after_s=WAITS_S.get(refusal))
