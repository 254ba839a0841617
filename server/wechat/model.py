"""What goes to WeChat and what comes back from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.identity import model as identity


@dataclass(frozen=True, kw_only=True)
class WeChatIdentity(identity.WeChatIdentity):
    """Who holds the phone; `unionid` only when the app belongs to an open-platform account."""

    unionid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class SubscriptionMessage:
    """A message that its reader accepted.

    `data` maps the template's fields (`thing1`, `date2`, …) to their texts; `page` is where a tap
    leads, without a leading slash, None for nowhere.
    """

    openid: str = field(repr=False)
    template_id: str
    data: Mapping[str, str] = field(repr=False)
    page: str | None = None
    language: Literal["zh_CN", "en_US"] = "zh_CN"
