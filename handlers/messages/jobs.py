"""Refusals of background jobs."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "job_not_found": message(
        "没有这个后台任务",
        "请核对任务编号和账号的权限范围。",
        "No such job",
        "Check the job's id and your account's scope.",
    ),
    "job_over": message(
        "这个后台任务已结束",
        "已完成的任务无需暂停或继续；失败的任务可以继续。",
        "This job has ended",
        "What is done needs no pausing or resuming; what failed can be resumed.",
    ),
}
