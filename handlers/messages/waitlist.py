"""Refusals of those who wait for places, beside those of bookings."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "no_offer_yet": message(
        "还没有为您保留名额",
        "有名额时会通知您；请在候补状态中查看前面还有几组。",
        "No places are held for this party yet",
        "You will be told; see in your place how many are ahead.",
    ),
    "not_waiting": message(
        "这个预约不在候补中",
        "已有名额的预约请使用取消。",
        "This party does not wait",
        "Cancel a reservation that has its places.",
    ),
}
