"""Refusals about webhooks."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "webhook_delivery_not_found": message(
        "没有这次推送",
        "请核对编号；推送记录在结束 7 天后删除。",
        "No such delivery",
        "Check its id; deliveries are forgotten seven days after their end.",
    ),
    "webhook_made_before": message(
        "该请求此前已创建过订阅",
        "密钥只显示一次。请用返回的 webhook_id 更换密钥。",
        "This request has made its webhook already",
        "Its secret is shown once only. Rotate the secret of the `webhook_id` given here.",
    ),
    "webhook_not_active": message(
        "该订阅当前不推送",
        "请先恢复订阅，并确认接收方已同意接收（OPTIONS 验证）。",
        "This webhook is not active",
        "Resume it first, and see that its receiver has agreed (OPTIONS).",
    ),
    "webhook_not_found": message(
        "没有这个订阅",
        "请核对编号和账号的权限范围。",
        "No such webhook",
        "Check its id and your account's scope.",
    ),
    "webhook_url_refused": message(
        "不能向这个地址推送",
        "请按 errors 修改：应为公网 https 地址；专网地址须由运维人员事先放行。",
        "Nothing can be sent to this address",
        "Mend what `errors` names: it must be https and public; ask the operator to allow a private network.",
    ),
    "webhooks_used_up": message(
        "订阅过多",
        "请先删除不再使用的订阅。",
        "There are too many webhooks",
        "Delete one that is not used any more.",
    ),
}
