"""Refusals about what comes from the main system."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "sync_conflict_not_found": message(
        "没有这条冲突记录",
        "请核对编号；一年多以前的冲突记录已被清除。",
        "No such conflict",
        "Check the id; conflicts are forgotten after a little more than a year.",
    ),
}
