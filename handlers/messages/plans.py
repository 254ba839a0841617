"""Refusals about plans, draws and tasks."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "draw_damaged": message(
        "这次抽取的名单池或种子与承诺不符",
        "请勿继续，立即联系运维人员核查。",
        "This draw is not what was committed to",
        "Go no further, and tell the operator at once.",
    ),
    "draw_not_found": message(
        "没有这次抽取",
        "请核对编号和账号的权限范围。",
        "No such draw",
        "Check the id and your account's scope.",
    ),
    "draw_not_held": message(
        "这次抽取尚未进行",
        "抽取之后才有可供复核的记录。",
        "This draw was not held",
        "There is a record to repeat it from once it is held.",
    ),
    "draw_not_published": message(
        "这次抽取的结果尚未公开",
        "请在公布日之后再看。",
        "This result is not public yet",
        "Look again from the day it is published.",
    ),
    "draw_not_signed": message(
        "承诺尚未进入已签名的检查点",
        "新内容每分钟签名一次，请一分钟后重试。",
        "The commitment is not signed yet",
        "What is new is signed within a minute: try again then.",
    ),
    "draw_settled": message(
        "这次抽取已经进行或已撤回",
        "请查看抽取的现状；如有需要，请另行发起。",
        "This draw was held or withdrawn",
        "Look at the draw, and commit to another if one is needed.",
    ),
    "draw_too_early": message(
        "公开数值的公布日未到",
        "请在承诺所写的公布日及以后进行。",
        "The day of the public value has not come",
        "Hold it on the day named in the commitment, or later.",
    ),
    "plan_refused": message(
        "无法这样安排",
        "请按 errors 更正。",
        "This cannot be planned so",
        "Correct what `errors` names.",
    ),
    "round_ended": message(
        "这一轮巡查已取消",
        "请查看取消的原因。",
        "This round is cancelled already",
        "Look why it was cancelled.",
    ),
    "round_not_found": message(
        "没有这一轮巡查",
        "请核对编号和账号的权限范围。",
        "No such round",
        "Check the id and your account's scope.",
    ),
    "task_not_found": message(
        "没有这项任务",
        "请核对编号和账号的权限范围。",
        "No such task",
        "Check the id and your account's scope.",
    ),
    "task_not_open": message(
        "这项任务已完成或已取消",
        "请刷新任务列表。",
        "This task is over",
        "Refresh the list of tasks.",
    ),
}
