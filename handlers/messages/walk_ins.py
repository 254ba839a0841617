"""Refusals about walk-in places that gates lease."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "gate_not_entrance": message(
        "这个口只出不进",
        "请为入口租用现场名额。",
        "This gate is an exit",
        "Lease places for an entrance.",
    ),
    "walk_in_lease_not_found": message(
        "没有这次现场名额租用",
        "请核对编号和账号的权限范围。",
        "No such lease of walk-in places",
        "Check the id and your account's scope.",
    ),
    "walk_in_lease_of_another": message(
        "这些现场名额由另一台设备或另一人租用",
        "请用租用的设备操作；设备遗失时，可由场所管理员归还。",
        "These walk-in places were leased by another gate device or person",
        "Use the one that leased them; where it is lost, a venue manager can give them back.",
    ),
    "walk_in_lease_over": message(
        "该时段入场已结束，无须归还",
        "请租用后面时段的现场名额。",
        "Entry to this slot is over: there is nothing to give back any more",
        "Lease places of a later slot.",
    ),
}
