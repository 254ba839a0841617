"""Refusals about ratings, and the words of levels and tags."""

from collections.abc import Mapping

from handlers.messages.model import Message, message
from services.ratings.model import Level, Tag

# Levels: GB/T 39735-2020.
LEVEL_WORDS: Mapping[Level, tuple[str, str]] = {
    Level.VERY_SATISFIED: ("非常满意", "Very satisfied"),
    Level.SATISFIED: ("满意", "Satisfied"),
    Level.BASICALLY_SATISFIED: ("基本满意", "Basically satisfied"),
    Level.DISSATISFIED: ("不满意", "Dissatisfied"),
    Level.VERY_DISSATISFIED: ("非常不满意", "Very dissatisfied"),
}
TAG_WORDS: Mapping[Tag, tuple[str, str]] = {
    Tag.CLEAN: ("环境整洁", "Clean"),
    Tag.ORDERLY: ("秩序良好", "Orderly"),
    Tag.FRIENDLY_STAFF: ("工作人员热情", "Friendly staff"),
    Tag.QUICK_ENTRY: ("入场顺畅", "Quick entry"),
    Tag.CLEAR_SIGNS: ("指引清楚", "Clear signs"),
    Tag.ACCESSIBLE: ("无障碍设施完善", "Accessible"),
    Tag.EASY_BOOKING: ("预约方便", "Easy to book"),
    Tag.UNCLEAN: ("环境不整洁", "Not clean"),
    Tag.CROWDED: ("人多拥挤", "Crowded"),
    Tag.UNFRIENDLY_STAFF: ("工作人员态度差", "Unfriendly staff"),
    Tag.LONG_WAIT: ("排队时间长", "Long wait"),
    Tag.UNCLEAR_SIGNS: ("指引不清", "Unclear signs"),
    Tag.NOT_ACCESSIBLE: ("无障碍设施不足", "Not accessible"),
    Tag.BOOKING_TROUBLE: ("预约不便", "Trouble with booking"),
    Tag.UNSAFE: ("存在安全隐患", "Unsafe"),
    Tag.PRESSED_TO_PAY: ("强制或诱导消费", "Pressed to pay"),
}
MESSAGES: Mapping[str, Message] = {
    "already_rated": message(
        "这次参访已经评价过",
        "每次参访只能评价一次，可在预约详情中查看评价和答复。",
        "This visit was rated before",
        "Each visit is rated once; look at your reservation for the rating and its answer.",
    ),
    "not_visited": message(
        "这次预约没有入场记录",
        "入场之后才能评价。",
        "Nobody of this party has entered",
        "A visit can be rated once somebody of the party has entered.",
    ),
    "rating_changed": message(
        "这条评价的答复已有变动",
        "请刷新后再试。",
        "Somebody has changed this answer since",
        "Load the rating again, and try again.",
    ),
    "rating_not_found": message(
        "没有这条评价",
        "请核对编号和账号的权限范围；参访后尚未评价的，可以先评价。",
        "No such rating",
        "Check the id and your account's scope. A visit that nobody has rated has none.",
    ),
    "rating_period_refused": message(
        "日期范围不正确",
        "请按 errors 修改：结束日不早于开始日，至多 366 天。",
        "These days cannot be looked at together",
        "Change what `errors` names: the last day not before the first, at most 366 days.",
    ),
    "rating_ticket_closed": message(
        "这条差评已经办结",
        "请刷新后查看整改措施。",
        "This ticket was closed before",
        "Load it again to see what was done.",
    ),
    "rating_ticket_not_found": message(
        "没有这条差评工单",
        "请核对编号和账号的权限范围；只有差评（1 至 2 级）有工单。",
        "No such ticket",
        "Check the id and your account's scope; only ratings of level 1 or 2 have a ticket.",
    ),
    "rating_ticket_unanswered": message(
        "这条差评尚未答复",
        "请先答复，再填写整改措施。",
        "This rating has no answer yet",
        "Answer it first, then say what was done.",
    ),
    "rating_too_late": message(
        "已超过评价期限",
        "时段结束后 30 天内可以评价。",
        "This visit is too long ago to be rated",
        "A visit can be rated until 30 days after its slot.",
    ),
    "tags_refused": message(
        "标签与评价等级不符",
        "请按 errors 修改：好评选好评标签，差评选差评标签，每个只选一次。",
        "These tags do not fit the rating",
        "Change what `errors` names: tags of praise for good levels, of blame for bad ones, each once.",
    ),
}
