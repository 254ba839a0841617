"""Refusals about groups, and about slips on paper."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "document_tail_needed": message(
        "纸质凭条须核对证件",
        "请查看任一参访人的证件，填写号码后四位（document_tail）后重新扫码。",
        "This slip needs the last four characters of a document",
        "Ask for a document of anybody in the party, and scan again with its last four characters.",
    ),
    "document_tail_tries": message(
        "核对次数过多",
        "请按 Retry-After 稍后再试，或到人工窗口核实。",
        "Too many wrong characters were tried for this slip",
        "Wait as long as Retry-After says, or look the booking up at the window.",
    ),
    "document_tail_wrong": message(
        "证件号码后四位不符",
        "请再次核对证件；十分钟内至多可试五次。",
        "No document of this party ends like this",
        "Look at the document again; five wrong tries in ten minutes are the most.",
    ),
    "group_application_busy": message(
        "该团队申请正在审批中",
        "请稍后刷新查看结果。",
        "This group application is being approved at this moment",
        "Look again in a moment.",
    ),
    "group_application_changed": message(
        "该团队申请刚刚有变动",
        "请刷新后再试。",
        "Somebody has just changed this group application",
        "Load it again.",
    ),
    "group_application_decided": message(
        "该团队申请已有结果",
        "请刷新查看；已通过的，可在预约中取消。",
        "This group application is not pending any more",
        "Load it again; an approved one can be cancelled as its reservation.",
    ),
    "group_application_not_found": message(
        "没有这个团队申请",
        "请核对编号和账号的权限范围。",
        "No such group application",
        "Check the id and your account's scope.",
    ),
    "group_not_movable": message(
        "团队预约不能改期",
        "请取消后重新申请。",
        "A group cannot be moved to another slot",
        "Cancel it, and apply again.",
    ),
    "group_places_too_few": message(
        "团队余位不足",
        "请先增加该时段的团队名额，或与申请人商量；places_left 为现有余位。",
        "Fewer places are left for groups than this one needs",
        "Set more places aside for groups, or ask the leader; `places_left` says how many there are.",
    ),
    "group_roster_closed": message(
        "不能再提交名单",
        "该申请或预约已结束。",
        "Nobody can be named for this visit any more",
        "The application or its reservation has ended.",
    ),
    "group_roster_in_use": message(
        "团队已有人入场，名单不能更改",
        "如需更正，请联系现场工作人员。",
        "Somebody of this group has entered: the list stays as it is",
        "Ask the staff at the venue.",
    ),
    "group_roster_not_found": message(
        "还没有提交名单",
        "请下载模板填写后上传。",
        "This group has no list of names yet",
        "Fill in the template and send it.",
    ),
    "group_too_large": message(
        "人数超过该时段容量",
        "请减少人数、分批申请或另选时段。",
        "This slot has not so many places",
        "Bring fewer people, come in parts, or choose another slot.",
    ),
    "group_too_small": message(
        "人数较少，无需团队申请",
        "请直接预约。",
        "So few people can book without an application",
        "Book the visit.",
    ),
    "too_many_group_applications": message(
        "未处理的团队申请过多",
        "请等待场所答复，或撤回不需要的申请。",
        "You have too many group applications that are not decided yet",
        "Wait for the venues, or withdraw what you do not need.",
    ),
}
