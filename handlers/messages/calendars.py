"""Refusals about calendars, holiday years and times of worship."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "calendar_changed": message(
        "开放日历已被他人修改",
        "请重新读取后再改。",
        "This calendar was changed meanwhile",
        "Read it again, and make your change on top of that.",
    ),
    "calendar_conflict": message(
        "优先级相同的两条规则互相矛盾",
        "请按 errors 调整其中一条的优先级、日期或内容。",
        "Two rules of equal priority contradict each other",
        "Change the priority, the days or the effect of one of those that `errors` names.",
    ),
    "calendar_refused": message(
        "开放规则有误",
        "请按 errors 更正。",
        "These rules cannot be",
        "Correct what `errors` names.",
    ),
    "holiday_year_changed": message(
        "该年度的放假安排已被他人修改",
        "请重新读取后再改。",
        "This year was changed meanwhile",
        "Read it again, and make your change on top of that.",
    ),
    "holiday_year_not_found": message(
        "没有这个年度",
        "年度应为 2020 至 2099 之间的四位数字。",
        "No such year",
        "A year has four digits, from 2020 to 2099.",
    ),
    "holiday_year_refused": message(
        "放假安排有误",
        "请按 errors 更正。",
        "These holidays cannot be",
        "Correct what `errors` names.",
    ),
}
