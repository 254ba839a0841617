"""Refusals that any request can meet, and those of logging in."""

from collections.abc import Mapping

from handlers.messages.model import LATER, Message, message

MESSAGES: Mapping[str, Message] = {
    "account_invalid": message(
        "账号信息不可用", "请检查用户名、密码和角色。", "This account cannot be made", "Check name, password and role."
    ),
    "keys_refused": message(
        "密钥不能这样更换",
        "请用 ./scripts/keys list 查看现有密钥。",
        "The keys cannot be changed like that",
        "Look at them with ./scripts/keys list.",
    ),
    "keys_changed": message(
        "另一位管理员刚刚更换了这些密钥",
        "请用 ./scripts/keys list 查看后再决定。",
        "Another operator has just changed these keys",
        "Look at them with ./scripts/keys list, then decide.",
    ),
    "account_not_found": message("账号不存在", "请重新登录。", "No such account", "Log in again."),
    "body_not_json": message(
        "请求内容不是有效的 JSON",
        "请发送 UTF-8 编码的 JSON，键不得重复。",
        "The body is not valid JSON",
        "Send JSON in UTF-8, with no key twice in one object.",
    ),
    "body_too_large": message(
        "请求内容过大",
        "请缩小内容：一般请求至多 64 KB，其他上限见接口文档。",
        "The body is too large",
        "Send less: 64 KB in general, and what the reference says where a request may hold more.",
    ),
    "credentials_refused": message(
        "用户名或密码错误",
        "请核对后重试；连续失败会被暂时锁定。",
        "User name or password is wrong",
        "Check both and try again; repeated failures lock the name for a while.",
    ),
    "cursor_invalid": message(
        "翻页标记无效",
        "请使用上一页返回的 next，或去掉 after 从头开始。",
        "This cursor is not from this list",
        "Use `next` of the page before, or leave `after` out to start anew.",
    ),
    "database_unavailable": message(
        "数据库暂时没有响应",
        "请稍后重试；预约和扫码请沿用同一个 Idempotency-Key 或 nonce，结果不会重复。",
        "The database does not answer",
        "Try again in a moment; a booking or a scan with the same Idempotency-Key or nonce: nothing is done twice.",
    ),
    "fields_invalid": message(
        "有些内容不符合要求",
        "请按 errors 逐项修改。",
        "Some fields are not right",
        "Mend each field named in `errors`.",
    ),
    "header_invalid": message(
        "请求头的值不可用",
        "Idempotency-Key 只发一个，应为 1 至 200 个可打印的 ASCII 字符，不含空格。",
        "A header has an unusable value",
        "Send one Idempotency-Key of 1 to 200 printable ASCII characters, no spaces.",
    ),
    "idempotency_key_reused": message(
        "同一个 Idempotency-Key 已用于另一请求",
        "新的请求请用新的键；重试请发送完全相同的内容。",
        "This Idempotency-Key was used for another request",
        "Use a new key for a new request; repeat a request with exactly the same body.",
    ),
    "form_from_elsewhere": message(
        "这份表单不是从本页面提交的",
        "为防止他人冒用，没有受理。请重新扫描二维码，在打开的页面上填写。",
        "This form was not sent from our own page",
        "So that nobody sends it in your name, it was not taken. Scan the code again, and fill in the page that opens.",
    ),
    "internal_fault": message(
        "系统出现问题",
        "请稍后再试；如仍有问题，请把 request_id 告知管理员。",
        "Something went wrong on our side",
        "Try again later; if it stays, give the request_id to the operator.",
    ),
    "locked_out": message(
        "失败次数过多，已暂时锁定",
        "请在 Retry-After 所示秒数之后再试。",
        "Too many failed attempts",
        "Wait for the seconds in Retry-After.",
    ),
    "log_in_unavailable": message("暂时无法登录", LATER[0], "Logging in is not possible at the moment", LATER[1]),
    "media_type_unsupported": message(
        "内容类型不受支持",
        "请按接口文档设置 Content-Type；一般为 application/json。",
        "This Content-Type is not taken here",
        "Set the Content-Type that the reference gives for this operation, application/json for most.",
    ),
    "method_not_allowed": message(
        "这里不支持此方法", "支持的方法见 Allow。", "This method is not allowed here", "See Allow for those that are."
    ),
    "otp_refused": message(
        "动态码错误或已使用",
        "请等待下一个动态码再试，并核对手机时间。",
        "The six-digit code is wrong or was used",
        "Wait for the next code, and check the clock of your phone.",
    ),
    "otp_required": message(
        "需要动态码", "请在 otp 中填写验证器显示的六位数字。", "A six-digit code is needed", "Send it as `otp`."
    ),
    "rate_limited": message(
        "请求过于频繁",
        "请在 Retry-After 所示秒数之后再试。",
        "Too many requests",
        "Wait for the seconds in Retry-After.",
    ),
    "redis_unavailable": message(
        "共享缓存暂时没有响应", LATER[0], "The shared store of counts and notes does not answer", LATER[1]
    ),
    "request_malformed": message(
        "请求无法识别",
        "请检查网址和参数的编码（UTF-8）。",
        "The request cannot be read",
        "Check the encoding of the address and its parameters (UTF-8).",
    ),
    "role_forbidden": message(
        "您的角色无权执行此操作", "请使用有权限的账号登录。", "Your role may not do this", "Log in with one that may."
    ),
    "route_not_found": message(
        "这里什么也没有", "接口清单见 /docs。", "Nothing is here", "See /docs for what there is."
    ),
    "second_factor_absent": message(
        "尚未设置两步验证", "请先设置。", "No second factor is set up", "Set one up first."
    ),
    "second_factor_changed": message(
        "两步验证刚被另一请求更改",
        "请重新开始设置。",
        "The second factor was changed meanwhile",
        "Start setting it up again.",
    ),
    "second_factor_present": message(
        "已设置两步验证", "如需更换，请先移除。", "A second factor is set up already", "Remove it first to change it."
    ),
    "session_ended": message(
        "登录已失效",
        "请重新登录；闸口设备须重新登记。",
        "This session has ended",
        "Log in again; a gate device must be enrolled again.",
    ),
    "subscription_refused": message(
        "用户未授权这条订阅消息",
        "请在小程序中重新征得同意。",
        "The person has not accepted this message",
        "Ask for their accept in the mini-program again.",
    ),
    "subscription_uncertain": message(
        "无法确认微信是否已发送此消息",
        "为免重复打扰，请勿重发。",
        "It is not known whether WeChat sent this message",
        "Do not send it again.",
    ),
    "token_expired": message(
        "登录凭证已过期",
        "请用 refresh_token 换取新凭证；闸口设备须重新登记。",
        "This token has expired",
        "Exchange your refresh_token; a gate device must be enrolled again.",
    ),
    "token_invalid": message(
        "登录凭证无效",
        "请重新登录；闸口设备须重新登记。",
        "This token is not valid",
        "Log in again; a gate device must be enrolled again.",
    ),
    "token_missing": message(
        "请先登录",
        "请在 Authorization: Bearer 中携带 access_token。",
        "Log in first",
        "Send your access_token as Authorization: Bearer.",
    ),
    "too_busy": message("此刻人数过多", "请稍候片刻再试。", "Too many people want this at the same moment", LATER[1]),
    "wechat_argument_refused": message(
        "微信不接受其中的某个值",
        "请核对消息内容或场景值。",
        "WeChat does not take one of the values",
        "Check the fields of the message, or the scene.",
    ),
    "wechat_busy": message(
        "登录过于频繁", "请一分钟后再试。", "WeChat was asked too often", "Wait a minute and try again."
    ),
    "wechat_code_refused": message(
        "微信登录码无效或已使用",
        "请重新获取登录码。",
        "WeChat does not accept this code",
        "Get a new code by wx.login and try again.",
    ),
    "wechat_misconfigured": message(
        "微信登录未正确配置", "请联系管理员。", "WeChat log-in is not set up correctly", "Tell the operator."
    ),
    "wechat_quota_exhausted": message(
        "微信调用额度已用完", "请稍后再试。", "Our allowance at WeChat is used up", "Try again later."
    ),
    "wechat_unavailable": message("微信暂时没有响应", LATER[0], "WeChat does not answer properly", LATER[1]),
    "wechat_user_blocked": message(
        "微信限制了该账号", "请在微信中查看账号状态。", "WeChat blocks this account", "Look at your account in WeChat."
    ),
}
