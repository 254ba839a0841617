"""Refusals about complaints."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "complaint_answered": message(
        "这条投诉已经答复",
        "答复后不能再更改。",
        "This complaint was answered before",
        "An answer cannot be changed.",
    ),
    "complaint_not_found": message(
        "没有这条投诉",
        "请核对投诉编号；凭查询码查询的，请一并核对查询码。",
        "No such complaint",
        "Check the number, and the secret where one is asked for.",
    ),
    "complaint_taken_up": message(
        "这条投诉已经受理",
        "请刷新后查看由谁办理。",
        "This complaint was taken up before",
        "Look at it again to see who handles it.",
    ),
    "plate_not_genuine": message(
        "这不是本系统签发的牌",
        "请重新扫描门口的牌；仍然如此的，请拨打 12345 反映。",
        "This plate is not ours",
        "Scan the plate at the door again. If it stays so, call 12345.",
    ),
}
