"""Refusals about plates."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "plate_not_found": message(
        "没有这块牌子",
        "请核对牌号和账号的权限范围。",
        "No such plate",
        "Check the plate's id and your account's scope.",
    ),
    "plate_over": message(
        "这块牌子已经停用",
        "请查看该点位现在使用的牌子；没有的，请重新发牌。",
        "This plate has ended already",
        "Look for the plate that is the site's own now, or issue one.",
    ),
    "sites_without_plate": message(
        "有的点位没有牌子",
        "errors 列出了这些点位；没有牌子的，请先用 POST /plates/missing 发牌，再打印。",
        "Some of these sites have no plate",
        "`errors` says which: give those a plate by POST /plates/missing, then print.",
    ),
    "plate_site_closed": message(
        "该网点不再发牌",
        "网点已停业或已并入其他网点；恢复营业后可以发牌。",
        "This outlet gets no plate any more",
        "It has closed or become part of another one; reopen it first.",
    ),
}
