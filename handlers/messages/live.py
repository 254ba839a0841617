"""Refusals of the live view and of offline packs."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "pack_day_refused": message(
        "只能获取今天和明天的离线数据包",
        "请改为今天或明天的日期，或不填 day。",
        "There are packs for today and tomorrow only",
        "Ask for today or tomorrow, or leave `day` out.",
    ),
    "streams_too_many": message(
        "该账号同时打开的实时页面太多",
        "请关闭不用的页面，稍后再试。",
        "This account watches on too many screens at once",
        "Close those that nobody looks at, and try again later.",
    ),
}
