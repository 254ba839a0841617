"""Refusals about the quality of records."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "quality_not_measured": message(
        "这类记录的质量尚未测量",
        "质量每晚测量；运维人员可用 scripts/sync quality 立即测量。",
        "The quality of these records was not measured yet",
        "It is measured every night; an operator can do so at once with scripts/sync quality.",
    ),
    "quality_rule_unknown": message(
        "没有这条规则",
        "请按 errors 选择这类记录的规则。",
        "There is no such rule",
        "Choose one of the rules for this kind that `errors` lists.",
    ),
    "record_kind_not_found": message(
        "没有这类记录",
        "请对照数据字典核对名称。",
        "There is no such kind of records",
        "Compare the name with the data dictionary.",
    ),
}
