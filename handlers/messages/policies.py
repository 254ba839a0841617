"""Refusals of policies, no-show groups and companions."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "companion_known": message(
        "该证件已在常用同行人中",
        "直接选用即可；如需更正姓名，请先删除再添加。",
        "This document is in your list already",
        "Choose the companion; to correct the name, delete the companion first.",
    ),
    "companion_not_found": message(
        "没有这位常用同行人", "请在“常用同行人”中查看。", "No such companion", "Look at your own companions."
    ),
    "companion_refused": message(
        "常用同行人的证件信息不符合要求",
        "请按 errors 逐项修改。",
        "This companion cannot be kept",
        "Mend each field in `errors`.",
    ),
    "companion_unknown": message(
        "同行人中有您没有保存的常用同行人",
        "请重新选择，或直接填写证件信息。",
        "The party names a companion whom you do not have",
        "Choose again, or spell the person out.",
    ),
    "companions_full": message(
        "常用同行人已满 20 位",
        "请先删除不再需要的人员。",
        "Your list of companions is full",
        "Delete somebody whom you need no more.",
    ),
    "minor_without_adult": message(
        "未成年人须由同行的成年人陪同",
        "请添加一位成年参访人。",
        "Minors may visit only with an adult in their party",
        "Add an adult to the party.",
    ),
    "no_show_group_beyond_scope": message(
        "该爽约分组中有不归您管理的场所",
        "请联系上级管理员加入该分组。",
        "This no-show group has venues for which you do not answer",
        "Ask somebody who answers for all of its venues.",
    ),
    "no_show_group_not_found": message(
        "没有这个爽约分组",
        "请核对分组名称和账号的权限范围。",
        "No such no-show group",
        "Check the group's name and your account's scope.",
    ),
    "policy_changed": message(
        "内容已被他人修改",
        "请重新读取后再修改。",
        "It has been changed meanwhile",
        "Read it again, then make your change.",
    ),
    "slot_not_released": message(
        "该日期尚未放号",
        "请在 opens_at 所示时间之后预约。",
        "This day cannot be booked yet",
        "Book from the time in `opens_at` on.",
    ),
}
