"""Refusals of items: types, batches, activation, custody, stock-takes."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
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
}
