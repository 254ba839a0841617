"""Refusals that any request about patrols can meet."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "papers_unavailable": message(
        "暂时无法生成文件",
        "请稍后重试；仍不成功的，请联系运维人员。",
        "Papers cannot be drawn at this moment",
        "Try again soon; if it keeps failing, tell the operator.",
    ),
    "patrols_contended": message(
        "同时记录的内容过多",
        "请稍后用相同内容重试，不会重复记录。",
        "Too much is being recorded at this moment",
        "Send the same again in a moment: nothing is recorded twice.",
    ),
    "days_out_of_range": message(
        "这些日期无法一并统计",
        "结束日期不能早于开始日期，且一次至多统计 366 天。",
        "These days cannot be counted together",
        "Let `to` not lie before `from`, and ask for at most 366 days.",
    ),
    "site_not_found": message(
        "没有这个点位",
        "请核对编号和账号的权限范围。",
        "No such outlet or venue",
        "Check the id and your account's scope.",
    ),
}
