"""Refusals of undoing, leaving and counting people."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "admission_not_found": message(
        "没有这次扫码",
        "请核对 gate_id 与 nonce：只能撤销本检票口已有答复的扫码。",
        "No such scan at this gate",
        "Check gate_id and nonce: only what this gate has answered can be taken back.",
    ),
    "undo_not_yours": message(
        "只能由原设备撤销",
        "请在当时扫码的设备（或登录会话）上撤销。",
        "Another device or session made this scan",
        "Take it back on the device, or in the session, that scanned.",
    ),
    "undo_too_late": message(
        "已超过 15 分钟，不能撤销",
        "如场内人数不符，请在“清点人数”中更正。",
        "A scan can be undone for fifteen minutes only",
        "Where the number of people inside is wrong now, recount.",
    ),
    "nothing_to_undo": message(
        "这次扫码没有人进出",
        "被拒绝的扫码无需撤销。",
        "This scan let nobody in or out",
        "A refused scan needs no undoing.",
    ),
    "already_left": message(
        "同行人员已有离场记录，不能撤销",
        "如离场为误扫，请先撤销离场。",
        "People of this party were seen to leave already",
        "Where the exit was the mistake, undo that first.",
    ),
    "count_needed": message(
        "请填写离场人数或扫码",
        "不扫码时必须填写 count。",
        "Say how many leave, or read a code",
        "Without a code, `count` is needed.",
    ),
}
