"""Refusals about reconciliations with the main system."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "reconciliation_not_found": message(
        "没有这次对账",
        "请核对编号；对账报告保存 400 天。",
        "No such reconciliation",
        "Check the id; reports are kept for 400 days.",
    ),
    "reconciliation_under_way": message(
        "已有对账在进行或等待",
        "请等它结束后再试，或查看它的报告。",
        "A reconciliation is under way",
        "Wait for its end, or look at its report.",
    ),
}
