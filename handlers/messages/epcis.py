"""Refusals of EPCIS documents and queries."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "epcis_document_invalid": message(
        "不是有效的 EPCIS 2.0 文档",
        "请按 errors 中的路径逐项改正后重新提交。",
        "This is not a valid EPCIS 2.0 document",
        "Put right what `errors` names by path, and send it again.",
    ),
    "epcis_query_parameter_invalid": message(
        "查询参数的值无效",
        "请按 errors 中的说明改正；多个值用 | 分隔。",
        "A query parameter is not valid",
        "Put right what `errors` names; several values are separated by |.",
    ),
    "epcis_query_parameter_unknown": message(
        "不支持该查询参数",
        "请对照接口文档去掉或改正该参数。",
        "This query parameter is not supported",
        "Leave it out, or correct it by the reference.",
    ),
}
