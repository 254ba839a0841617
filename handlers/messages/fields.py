"""What is wrong with a single field, in Chinese; the English comes with the fault."""

from collections.abc import Mapping

FIELD_MESSAGES: Mapping[str, str] = {
    "duplicate": "同一证件出现了两次",
    "invalid_checksum": "不是有效的居民身份证号码",
    "invalid_format": "格式不正确",
    "not_allowed": "不是可选的值",
    "null": "不能为空",
    "out_of_range": "超出允许范围",
    "party_too_large": "人数超过该场所单次预约上限",
    "required": "必填",
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
    "too_long": "过长：至多 {0}",
    "too_short": "过短：至少 {0}",
}
