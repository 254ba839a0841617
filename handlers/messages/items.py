"""Refusals of items: types, batches, activation, custody, stock-takes."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "artwork_refused": message(
        "这张图片不能印在标签上",
        "请按 errors 更换图片或版式：PNG 或 JPEG，不超过 512 KB 和 400 万像素。",
        "This picture cannot be printed on these labels",
        "Change picture or layout as `errors` says: PNG or JPEG, at most 512 kB and 4 million pixels.",
    ),
    "label_file_not_found": message(
        "这个批次没有这一份标签文件",
        "请核对 part：从 1 开始，不超过文件份数。",
        "This batch has no such file of labels",
        "Check `part`: it counts from 1 to the number of files.",
    ),
    "label_layout_unknown": message(
        "没有这种标签版式",
        "请选择文档所列的版式。",
        "There is no such layout of labels",
        "Choose one of the layouts that the documentation lists.",
    ),
    "labels_unavailable": message(
        "暂时无法生成标签",
        "请稍后重试；仍不成功的，请联系运维人员。",
        "Labels cannot be drawn at this moment",
        "Try again soon; if it keeps failing, tell the operator.",
    ),
    "batch_not_minted": message(
        "这个批次的码尚未全部生成",
        "请在后台任务完成后再试；任务已暂停的，请先继续。",
        "The codes of this batch are still being made",
        "Wait until its job is done; resume it if it is paused.",
    ),
    "item_batch_not_found": message(
        "没有这个物品批次",
        "请核对批次编号和账号的权限范围。",
        "No such item batch",
        "Check the batch's id and your account's scope.",
    ),
    "item_type_invalid": message(
        "物品类型不符合要求", "请按 errors 逐项修改。", "This item type cannot be kept", "Mend each field in `errors`."
    ),
    "item_type_not_found": message(
        "没有这个物品类型",
        "请从物品类型列表中选择。",
        "No such item type",
        "Choose one from the list of item types.",
    ),
    "owner_not_found": message(
        "没有这个市、区或场所",
        "请核对层级和编号，以及账号的权限范围；暂不支持机构。",
        "No such city, district or venue",
        "Check level and id, and your account's scope; organisations cannot own items yet.",
    ),
    "owner_required": message(
        "请说明归属",
        "您的账号管辖多处：请在 owner 中填写层级和编号。",
        "Say whom it belongs to",
        "Your account answers for several parts of the city: name one as `owner`.",
    ),
    "type_changed": message(
        "物品类型刚被他人修改",
        "请重新读取后再改。",
        "This item type was changed meanwhile",
        "Read it again, then change it.",
    ),
    "type_not_yours": message(
        "这个物品类型由上级管理",
        "您可以使用它；如需修改，请联系上级。",
        "This item type belongs to a level above yours",
        "You may use it; ask that level to change it.",
    ),
    "type_out_of_reach": message(
        "这个物品类型属于本市其他部分",
        "请选择归属方或其上级的物品类型。",
        "This item type belongs to another part of the city",
        "Choose a type of the owner, or of a level above.",
    ),
    "action_incomplete": message(
        "这个操作缺少内容或有多余内容",
        "请按 errors 补充或删去。",
        "This action needs something else",
        "Add or leave out what `errors` names.",
    ),
    "event_not_found": message(
        "没有这个事件", "请核对 eventID 和账号的权限范围。", "No such event", "Check the eventID and your scope."
    ),
    "events_refused": message(
        "有些事件与已知情况不符",
        "什么都没有记录：请按 errors 逐项核对。",
        "Some events do not fit what is known",
        "Nothing was recorded: look at each of `errors`.",
    ),
    "item_code_not_found": message(
        "这不是本系统的物品码",
        "请重新扫描标签；仍不行的，标签可能是伪造的。",
        "This is not one of our codes",
        "Scan the label again; if that does not help, it may be a forgery.",
    ),
    "item_not_found": message(
        "没有这个物品", "请核对编号和账号的权限范围。", "No such item", "Check the id and your account's scope."
    ),
    "place_not_found": message(
        "没有这个场所", "请核对场所编号。", "No such place or party", "Check the id of the venue."
    ),
    "query_too_large": message(
        "符合条件的事件过多",
        "请缩小查询范围，或调大 maxEventCount。",
        "More events match than you allow for",
        "Ask for less, or raise `maxEventCount`.",
    ),
    "recording_contended": message(
        "同时记录的内容过多", "请稍后再试。", "Too much is being recorded at this moment", "Try again in a moment."
    ),
    "export_too_large": message(
        "符合条件的内容超过一个文件的上限",
        "请缩小筛选范围，分几次导出；上限见 errors。",
        "This would be more than one file may hold",
        "Narrow the search and export in parts; `errors` says how much a file may hold.",
    ),
    "table_not_found": message(
        "没有这个表格", "请核对编号和账号的权限范围。", "No such table", "Check the id and your account's scope."
    ),
    "table_refused": message(
        "表格的列或行数不符合要求",
        "请下载对应的模板（物品类型的，或团体名单的），并按 errors 修改。",
        "This table has not the form that it should",
        "Fetch its template (of the item type, or /group-roster-template.xlsx), and mend what `errors` names.",
    ),
    "table_unreadable": message(
        "无法读取这个文件",
        "请用电子表格软件另存为 .xlsx 后再上传；不支持加密或损坏的文件。",
        "This file cannot be read as an .xlsx table",
        "Save it as .xlsx in a spreadsheet program, without a password, and send it again.",
    ),
    "tables_unavailable": message(
        "暂时无法读写表格", "请稍后再试。", "Tables cannot be read or written at the moment", "Try again in a moment."
    ),
    "transfer_not_found": message(
        "没有这个待接收的移交",
        "可能已被接收或撤回：请查看物品的当前保管方。",
        "No such open transfer",
        "It may have been accepted or withdrawn: look at who holds the items.",
    ),
    "stock_take_contended": message(
        "同时盘点的设备过多",
        "请稍后重传：已上传的扫描不会丢失，也不会重复计数。",
        "Too much is being counted at this moment",
        "Send it again in a moment: no scan is lost or counted twice.",
    ),
    "stock_take_not_found": message(
        "没有这次盘点", "请核对编号和账号的权限范围。", "No such stock-take", "Check the id and your account's scope."
    ),
    "stock_take_not_yours": message(
        "这次盘点由上级发起",
        "其中可能有您看不到的物品：请由发起方或其上级确认。",
        "This stock-take belongs to a level above yours",
        "It may count items that you cannot see: let the level that opened it sign it off.",
    ),
    "stock_take_signed_off": message(
        "这次盘点已按另一种方式确认",
        "结果已经固定：如有变化，请另行盘点。",
        "This stock-take was signed off otherwise",
        "Its result is fixed: open another count if something has changed.",
    ),
    "stock_take_too_large": message(
        "该处登记的物品过多，无法一次盘点",
        "请按位置（spot）分别盘点；一次至多十万件。",
        "Too many items are recorded at this place for one count",
        "Count its spots one by one: a count takes 100,000 items at most.",
    ),
}
