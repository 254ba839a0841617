"""Refusals about outlets."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "outlet_not_found": message(
        "没有这个网点",
        "请核对网点编号和账号的权限范围。",
        "No such outlet",
        "Check the outlet's id and your account's scope.",
    ),
    "outlet_invalid": message(
        "网点信息不符合要求",
        "请按各项说明更正后重新提交。",
        "This outlet cannot be as described",
        "Correct what is named in `errors` and send it again.",
    ),
    "outlet_changed": message(
        "网点信息已被他人修改",
        "请重新读取该网点，在最新内容上修改后再提交。",
        "The outlet was changed meanwhile",
        "Read the outlet again and make your change to what it says now.",
    ),
    "outlet_key_taken": message(
        "该许可证编号或外部编号已属于另一个网点",
        "请先查找已有的网点；如为重复登记，请将两者合并。",
        "Another outlet has this licence number or external id",
        "Look for the outlet that has it; if it is the same one registered twice, merge them.",
    ),
    "outlet_not_active": message(
        "网点已关闭或已合并",
        "已关闭的网点可以重新启用；已合并的网点请使用其并入的网点。",
        "The outlet is closed or merged",
        "A closed outlet can be opened again; for a merged one, use the outlet it was merged into.",
    ),
    "outlet_active": message(
        "网点处于正常状态",
        "只有已关闭的网点才需要重新启用。",
        "The outlet is open",
        "Only a closed outlet is opened again.",
    ),
    "outlet_followed": message(
        "该网点在现辖区仍有未销号的问题",
        "请先将问题销号或撤销，再变更所属辖区。",
        "Findings of this outlet are being followed in its present district",
        "Let them be closed or withdrawn first, then move the outlet to another district.",
    ),
    "outlet_merge_refused": message(
        "不能这样合并网点",
        "网点不能并入自身；已并入过其他网点的，请反向合并；已合并的网点不能重新启用。",
        "These outlets cannot be merged in this direction",
        "An outlet is not merged into itself; one that has absorbed others can only take in more; "
        "a merged one stays merged.",
    ),
    "outlet_table_not_found": message(
        "没有这份网点表格",
        "请核对编号和账号的权限范围。",
        "No such table of outlets",
        "Check its id and your account's scope.",
    ),
}
