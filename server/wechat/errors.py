"""Why WeChat, or our way to it, refuses."""

from services.common.errors import Conflict, Forbidden, Invalid, TooMany, Unauthenticated, Unavailable


class WeChatCodeRefused(Unauthenticated):
    """The code is unknown, old, or was used already: 40029, 40163, 41008. A new one helps."""

    code = "wechat_code_refused"
    title = "WeChat does not accept this code; get a new one"


class WeChatUserBlocked(Forbidden):
    """WeChat holds this account for risky or frozen: 40226, 50002."""

    code = "wechat_user_blocked"
    title = "WeChat blocks this account"


class WeChatBusy(TooMany):
    """Too many calls within this minute: 45011."""

    code = "wechat_busy"
    title = "WeChat was asked too often; wait a minute"


class WeChatQuotaExhausted(Unavailable):
    """The app's own allowance is used up: 45009."""

    code = "wechat_quota_exhausted"
    title = "Our allowance at WeChat is used up"


class SubscriptionRefused(Conflict):
    """The person has not accepted this message, or every accept was used: 43101."""

    code = "subscription_refused"
    title = "The person has not accepted this message"


class WeChatArgumentRefused(Invalid):
    """WeChat does not take a value that it was given, such as a scene or a message's field."""

    code = "wechat_argument_refused"
    title = "WeChat does not take one of the values"


class WeChatUnavailable(Unavailable):
    """WeChat is out of reach, too slow, busy (-1), or answers what cannot be understood."""

    code = "wechat_unavailable"
    title = "WeChat does not answer properly at the moment"


class SubscriptionUncertain(WeChatUnavailable):
    """The message was handed over and no answer came: it may have been sent. Never send it again."""

    code = "subscription_uncertain"
    title = "It is not known whether WeChat sent this message"


class WeChatMisconfigured(Unavailable):
    """WeChat refuses the app itself: its id, secret, address or permissions. An operator must act."""

    code = "wechat_misconfigured"
    title = "WeChat log-in is not set up correctly"
