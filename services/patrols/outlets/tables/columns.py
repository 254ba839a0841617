"""The columns of tables of outlets."""

from collections.abc import Mapping, Sequence

from services.patrols.outlets.model import OutletKind
from services.tables.model import Head

EXTERNAL_ID, LICENCE_NUMBER, KIND, DISTRICT = "external_id", "licence_number", "kind", "district"
KIND_WORDS: Mapping[str, OutletKind] = {
    "餐厅": OutletKind.RESTAURANT,
    "食堂": OutletKind.CANTEEN,
    "食品店": OutletKind.FOOD_SHOP,
    "肉食店": OutletKind.BUTCHER,
    "糕点店": OutletKind.BAKERY,
    "食品厂": OutletKind.FOOD_FACTORY,
    "屠宰场": OutletKind.SLAUGHTERHOUSE,
    "批发商": OutletKind.WHOLESALER,
}
TITLES: Mapping[str, str] = {
    EXTERNAL_ID: "外部编号（与许可证编号至少填一项）",
    "name": "名称（必填）",
    "name_en": "英文名称",
    KIND: "类别（必填）",
    "address": "地址（必填）",
    DISTRICT: "区：名称或代码（必填）",
    "lng": "经度 GCJ-02（必填）",
    "lat": "纬度 GCJ-02（必填）",
    "uscc": "统一社会信用代码",
    LICENCE_NUMBER: "许可证编号",
    "licence_issuer": "发证机关",
    "licence_valid_from": "有效期自",
    "licence_valid_to": "有效期至",
    "licence_scope": "许可范围",
    "contact_name": "联系人（加密保存；留空则不变）",
    "contact_phone": "联系电话（加密保存；留空则不变）",
}
REQUIRED = ("name", KIND, "address", DISTRICT, "lng", "lat")
LICENCE = (LICENCE_NUMBER, "licence_issuer", "licence_valid_from", "licence_valid_to", "licence_scope")
CONTACT = ("contact_name", "contact_phone")
_NUMBERS = ("lng", "lat")


def template_heads() -> Sequence[Head]:
    """Return the columns of a table to fill in."""
    return [
        Head(name=name, title=title, is_text=name not in _NUMBERS, choices=tuple(KIND_WORDS) if name == KIND else ())
        for name, title in TITLES.items()
    ]
