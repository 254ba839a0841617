"""Refusals about machine clients."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

# What a program has to do, where people would be told to log in.
NEW_TOKEN = ("请用客户端编号和密钥在 POST /api/v1/oauth/token 获取令牌。", "Get a token at POST /api/v1/oauth/token.")
FOR_PROGRAMS: Mapping[str, Message] = {
    "token_missing": message("缺少令牌", NEW_TOKEN[0], "A token is missing", NEW_TOKEN[1]),
    "token_invalid": message("令牌无效", NEW_TOKEN[0], "This token is not valid", NEW_TOKEN[1]),
    "token_expired": message("令牌已过期", NEW_TOKEN[0], "This token has expired", NEW_TOKEN[1]),
}

MESSAGES: Mapping[str, Message] = {
    "client_not_found": message(
        "没有这个机器客户端",
        "请核对编号；只能管理本市的客户端。",
        "No such client",
        "Check its id; you manage the clients of your own city only.",
    ),
    "client_made_before": message(
        "该请求此前已创建过客户端",
        "密钥只显示一次。请用返回的 client_id 更换密钥。",
        "This request has made its client already",
        "Its secret is shown once only. Rotate the secret of the `client_id` given here.",
    ),
    "client_changed": message(
        "客户端刚被他人修改",
        "请重新查看后再试。",
        "The client was changed meanwhile",
        "Look at it again and retry.",
    ),
    "client_suspended": message(
        "客户端已停用", "请先恢复，再更换密钥。", "The client is suspended", "Resume it first, then rotate its secret."
    ),
    "too_many_clients": message(
        "本市的机器客户端已达上限",
        "请先删除不再使用的客户端。",
        "There are too many clients",
        "Delete clients that are no longer used.",
    ),
    "client_districts_elsewhere": message(
        "有的区不属于本市",
        "请核对行政区划代码。",
        "Some districts are not in your city",
        "Check the division codes.",
    ),
    "token_revoked": message(
        "令牌已失效",
        "客户端已被停用、删除或更换密钥，请联系发放方。",
        "This token was revoked",
        "The client was suspended or deleted, or its secret was replaced: ask whoever issued it.",
    ),
    "insufficient_scope": message(
        "令牌的权限不足",
        "请申请所需的 scope 后重新获取令牌。",
        "The token does not allow this",
        "Get a token for the scope that WWW-Authenticate names.",
    ),
    "quota_exhausted": message(
        "客户端的配额已用完",
        "请按 Retry-After 等待后再试。",
        "The client's quota is exhausted",
        "Wait as long as Retry-After says.",
    ),
    "invalid_request": message(
        "令牌请求不可用",
        "请按 RFC 6749 第 4.4 节发送表单，参数不得重复，客户端只用一种方式认证。",
        "The token request is not usable",
        "Send the form of RFC 6749, section 4.4, each parameter once, and authenticate in one way.",
    ),
    "unsupported_grant_type": message(
        "不支持这种授权类型",
        "只支持 client_credentials。",
        "This grant type is not supported",
        "Only client_credentials is.",
    ),
    "invalid_scope": message(
        "客户端没有这个 scope",
        "请只申请已授予的 scope。",
        "The client does not have this scope",
        "Ask for its own scopes only.",
    ),
    "unauthorized_client": message(
        "客户端已停用", "请联系发放方。", "This client is suspended", "Ask whoever issued its secret."
    ),
    "invalid_client": message(
        "客户端编号或密钥错误",
        "请核对；更换密钥后旧密钥会失效。",
        "Client id or secret is wrong",
        "Check both; a rotated secret ends.",
    ),
}
