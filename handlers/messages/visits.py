"""Refusals of bookings, reservations and scans."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "count_too_large": message(
        "人数超过尚可入场的人数",
        "请按 errors 中的人数再报一次。",
        "More people than are left of this party",
        "Try again with the number in `errors`.",
    ),
    "gate_not_found": message(
        "没有这个入口",
        "请核对入口编号和账号的权限范围。",
        "No such gate",
        "Check the gate's id and your account's scope.",
    ),
    "nonce_reused": message(
        "这个 nonce 已用于另一次扫码",
        "每次扫码请使用新的 nonce；重发同一次扫码须内容相同。",
        "This nonce was used for another scan",
        "Make a new nonce for each scan; repeat a scan with the same code.",
    ),
    "party_refused": message(
        "同行人信息不符合要求", "请按 errors 逐项修改。", "This party cannot be booked", "Mend each field in `errors`."
    ),
    "reservation_cancelled": message("这个预约已取消", "请重新预约。", "This reservation was cancelled", "Book again."),
    "reservation_not_found": message(
        "没有这个预约", "请在“我的预约”中查看。", "No such reservation", "Look at your own reservations."
    ),
    "reservation_over": message(
        "预约时段已结束", "请另选时段重新预约。", "The time of this reservation is over", "Book another slot."
    ),
    "slot_closed": message(
        "场所已停止该时段的预约", "请另选时段。", "The venue has closed this slot", "Choose another slot."
    ),
    "slot_ended": message("该时段已结束", "请另选时段。", "This slot is over", "Choose another slot."),
    "slot_full": message(
        "该时段余位不足",
        "请按 places_left 减少人数，或另选时段；参访者也可加入候补（POST /waitlist）。",
        "Not enough places are left in this slot",
        "Take no more than `places_left`, or choose another slot; visitors may join the waitlist: POST /waitlist.",
    ),
    "slot_not_found": message(
        "没有这个时段", "请从场所的时段列表中选择。", "No such slot", "Choose one of the venue's slots."
    ),
    "venue_not_found": message(
        "没有这个场所", "请从场所列表中选择。", "No such venue", "Choose one from the list of venues."
    ),
    "visit_begun": message(
        "同行人已有入场，不能取消",
        "如需帮助，请联系现场工作人员。",
        "The party, or part of it, has entered already",
        "Ask the staff at the venue.",
    ),
    "visitor_already_booked": message(
        "同行人中有人已预约该时段",
        "请去掉重复的人员，或另选时段。",
        "A visitor holds a place in this slot already",
        "Leave that person out, or choose another slot.",
    ),
}
