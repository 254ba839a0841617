"""Refusals of the log that proves."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "checkpoint_absent": message(
        "尚未签发检查点", "请几秒后再试。", "No checkpoint is signed yet", "Try again in some seconds."
    ),
    "log_damaged": message(
        "日志与已签发的内容不一致",
        "请联系管理员；已保存的检查点和证明请妥善保留。",
        "The log does not agree with what was signed",
        "Tell the operator, and keep the checkpoints and proofs that you have.",
    ),
    "log_range_invalid": message(
        "超出已签发的日志范围",
        "请按 errors 中的范围修改，或等待下一个检查点。",
        "The log does not reach that far",
        "Keep within the bounds in `errors`, or wait for the next checkpoint.",
    ),
}
