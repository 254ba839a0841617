"""Refusals about findings."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "answers_used_up": message(
        "答复次数已满",
        "请等待复查；需要补充说明的，请联系检查人员。",
        "No more answers can be sent",
        "Wait for the re-inspection, or tell the inspector what is missing.",
    ),
    "evidence_missing": message(
        "缺少整改前后的照片",
        "销号须有整改前和整改后的照片，请补拍后再提交。",
        "Photos from before and after are needed to close a finding",
        "Take a photo of how it is now, and send again.",
    ),
    "extension_refused": message(
        "不能延期到这一天",
        "新的期限须晚于原期限，且自今天起不超过三十天。",
        "The deadline cannot be put off to that day",
        "The new day must be later than the old one, and at most thirty days from today.",
    ),
    "extensions_used_up": message(
        "延期次数已满",
        "每个问题最多延期两次，请安排复查或依法处理。",
        "The deadline cannot be put off again",
        "Two extensions are the most: arrange a re-inspection.",
    ),
    "finding_confirmed": message(
        "该问题已确认",
        "无需重复确认。",
        "This finding is confirmed already",
        "There is nothing left to confirm.",
    ),
    "finding_dispatched": message(
        "已派发整改通知",
        "可重新打印通知书，或更换答复链接。",
        "A notice was issued already",
        "Print the notice again, or make a new link.",
    ),
    "finding_not_confirmed": message(
        "该问题尚未确认",
        "对应的签到正在审核，审核通过后再操作。",
        "This finding is not confirmed yet",
        "The check-in that brought it waits for review: decide that first.",
    ),
    "finding_not_found": message(
        "没有这个问题",
        "请核对编号和账号的权限范围。",
        "No such finding",
        "Check the id and your account's scope.",
    ),
    "finding_over": message(
        "该问题已办结",
        "已销号或已撤销，不能再更改。",
        "This finding is closed already",
        "It was closed or withdrawn, and cannot be changed.",
    ),
    "notice_missing": message(
        "尚未派发整改通知",
        "请先派单。",
        "No notice was issued yet",
        "Dispatch the finding first.",
    ),
    "rectification_not_found": message(
        "这个链接无效",
        "请使用最近一次收到的通知书上的二维码；仍无法打开的，请联系检查人员。",
        "This link does not lead anywhere",
        "Scan the code of the latest notice you got; if it does not open, ask the inspector.",
    ),
    "second_person_needed": message(
        "须由另一人办理",
        "发现问题的检查人员本人不能撤销，请由其他管理员办理。",
        "Somebody else has to do this",
        "Who found it cannot take it back: ask another admin.",
    ),
}
