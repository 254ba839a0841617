"""What is wrong with a single field, in Chinese; the English comes with the fault."""

from collections.abc import Mapping

FIELD_MESSAGES: Mapping[str, str] = {
    "duplicate": "同一证件出现了两次",
    "invalid_checksum": "不是有效的居民身份证号码",
    "invalid_format": "格式不正确",
    "keyword_refused": "这里不接受这个关键字",
    "named_twice": "重复",
    "not_a_property": "属性定义中没有这一项",
    "not_allowed": "不是可选的值",
    "null": "不能为空",
    "out_of_range": "超出允许范围",
    "party_too_large": "人数超过该场所单次预约上限",
    "personal_attribute": "不得采集个人的宗教信仰、民族、证件、电话或姓名",
    "required": "必填",
    "rule_broken": "不符合该物品类型的规则",
    "schema_invalid": "不是有效的 JSON Schema（2020-12）",
    "too_deep": "嵌套过深",
    "too_large": "数值过大",
    "too_long": "过长",
    "too_short": "过短",
    "unknown_field": "没有这个字段",
    "wrong_type": "类型不正确",
}

# The same with their bounds or choices, where the fault knows them.
FIELD_BOUNDS: Mapping[str, str] = {
    "not_allowed": "可选的值：{0}",
    "out_of_range": "应在 {0} 到 {1} 之间",
    "party_too_large": "该场所每次至多预约 {0} 人",
    "too_deep": "嵌套过深：至多 {0} 层",
    "too_long": "过长：至多 {0}",
    "too_short": "过短：至少 {0}",
}
