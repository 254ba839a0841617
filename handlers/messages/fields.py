"""What is wrong with a single field, in Chinese; the English comes with the fault."""

from collections.abc import Mapping

FIELD_MESSAGES: Mapping[str, str] = {
    "bare_word_expected": "标准词汇在 JSON 中应写成不带前缀的单词",
    "context_missing": "@context 中必须包含标准的 EPCIS 上下文",
    "control_character": "不能含有控制字符",
    "duplicate": "重复：同一标识或证件出现了两次",
    "event_in_future": "事件时间晚于当前时间",
    "event_type_unsupported": "不支持这种事件类型",
    "invalid_checksum": "不是有效的居民身份证号码",
    "invalid_format": "格式不正确",
    "keyword_refused": "这里不接受这个关键字",
    "named_twice": "重复",
    "not_a_property": "属性定义中没有这一项",
    "not_allowed": "不是可选的值",
    "not_allowed_together": "这两个参数不能同时使用",
    "null": "不能为空",
    "out_of_range": "超出允许范围",
    "party_too_large": "人数超过该场所单次预约上限",
    "pattern_unsupported": "只支持完整的标识，不支持通配符",
    "personal_attribute": "不得采集个人的宗教信仰、民族、证件、电话或姓名",
    "repeated": "与列表中前面的一项重复",
    "required": "必填",
    "rule_broken": "不符合该物品类型的规则",
    "schema_invalid": "不是有效的 JSON Schema（2020-12）",
    "too_deep": "嵌套过深",
    "too_large": "数值过大",
    "too_long": "过长",
    "too_many_epcs": "一个事件中的标识过多",
    "too_short": "过短",
    "undeclared_prefix": "该前缀没有在 @context 中声明",
    "unknown_context": "@context 中只能有标准的 EPCIS 上下文和前缀声明",
    "unknown_field": "没有这个字段",
    "unknown_word": "既不是标准词汇，也不是 URI",
    "wrong_type": "类型不正确",
}

# The same with their bounds or choices, where the fault knows them.
FIELD_BOUNDS: Mapping[str, str] = {
    "not_allowed": "可选的值：{0}",
    "out_of_range": "应在 {0} 到 {1} 之间",
    "party_too_large": "该场所每次至多预约 {0} 人",
    "too_deep": "嵌套过深：至多 {0} 层",
    "too_long": "过长：至多 {0}",
    "too_many_epcs": "一个事件至多 {0} 个标识",
    "too_short": "过短：至少 {0}",
}
