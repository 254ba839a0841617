"""Refusals that any request about patrols can meet."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "patrols_contended": message(
        "同时记录的内容过多",
        "请稍后用相同内容重试，不会重复记录。",
        "Too much is being recorded at this moment",
        "Send the same again in a moment: nothing is recorded twice.",
    ),
    "site_not_found": message(
        "没有这个点位",
        "请核对编号和账号的权限范围。",
        "No such outlet or venue",
        "Check the id and your account's scope.",
    ),
}
