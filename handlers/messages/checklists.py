"""Refusals about checklists."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "answers_invalid": message(
        "有些回答与检查表不符",
        "请按 errors 逐项补充或修改后重新提交。",
        "Some answers do not fit the checklist",
        "Mend or add what `errors` names, and send it again.",
    ),
    "checklist_invalid": message(
        "检查表不能发布",
        "请按 errors 逐项修改。",
        "This checklist cannot be released",
        "Mend each field in `errors`.",
    ),
    "checklist_not_found": message(
        "没有这个检查表",
        "请从检查表列表中选择。",
        "No such checklist",
        "Choose one from the list of checklists.",
    ),
    "checklist_not_yours": message(
        "这个检查表由上级管理",
        "您可以使用它；如需修改，请联系上级，或另建一个。",
        "This checklist belongs to a level above yours",
        "You may use it; ask that level to change it, or release one of your own.",
    ),
    "checklist_release_not_found": message(
        "检查表没有这个版本",
        "请核对版本号：最新版本见 latest。",
        "The checklist has no such release",
        "Look at `latest` of the checklist for its newest release.",
    ),
    "checklist_retired": message(
        "这个检查表已停用",
        "请先重新启用，再发布新版本。",
        "This checklist is retired",
        "Take it up again before releasing a new version.",
    ),
    "checklist_superseded": message(
        "他人刚发布了更新的版本",
        "请读取最新版本，在其基础上修改后再发布。",
        "A newer version of this checklist was released meanwhile",
        "Read the newest release, and base yours on it.",
    ),
}
