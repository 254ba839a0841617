"""Refusals of appeals against no-shows, and of amnesties."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "amnesty_refused": message(
        "该时间段不能豁免",
        "请按 errors 修改起止时间，至多 31 天。",
        "This stretch of time cannot be pardoned",
        "Mend `from` and `to`: at most 31 days.",
    ),
    "no_show_appeal_not_open": message(
        "该申诉已处理",
        "请查看处理结果。",
        "There is no open appeal",
        "It was decided before: look at the decision.",
    ),
    "no_show_appeal_too_late": message(
        "已过申诉期限",
        "申诉须在记录之日起 30 天内提出。",
        "It is too late to appeal",
        "An appeal is heard within 30 days.",
    ),
    "no_show_appealed": message(
        "您已申诉过",
        "每条爽约记录可申诉一次，请等待或查看处理结果。",
        "You have appealed before",
        "One appeal is heard for each no-show: wait for the answer, or read it.",
    ),
    "no_show_not_counted": message(
        "该记录已不计入",
        "无需申诉。",
        "This no-show does not count any more",
        "There is nothing to appeal.",
    ),
    "no_show_not_found": message(
        "没有这条爽约记录",
        "请核对编号和账号的权限范围。",
        "No such no-show",
        "Check the id and your account's scope.",
    ),
}
