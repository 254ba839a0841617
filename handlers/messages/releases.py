"""Refusals of fair releases: days whose places are drawn by lot."""

from collections.abc import Mapping

from handlers.messages.model import Message, message

MESSAGES: Mapping[str, Message] = {
    "release_not_found": message(
        "没有这次公平放号", "请核对编号和账号的权限范围。", "No such release", "Check the id and your account's scope."
    ),
    "release_refused": message(
        "公平放号的时间安排不可行",
        "请按 errors 逐项修改。",
        "A release with these times is not possible",
        "Mend each field in `errors`.",
    ),
    "release_exists": message(
        "该场所当日已有公平放号",
        "同一天只能抽签一次，请查看已有的公平放号。",
        "This day has its release already",
        "A day is drawn once: look at the release that there is.",
    ),
    "day_booked": message(
        "该日已有预约，不能改为抽签",
        "已预约的名额数见 booked，请另选日期。",
        "Places of this day are booked already",
        "`booked` says how many; choose another day.",
    ),
    "requests_not_open": message(
        "抽签申请尚未开始",
        "请在 requests_open_at 之后申请。",
        "Requests for this day are not taken yet",
        "Ask from `requests_open_at` on.",
    ),
    "requests_closed": message(
        "抽签申请已截止",
        "请等待抽签结果；抽签后剩余名额可直接预约。",
        "The time for requests is over",
        "Wait for the draw; what is left after it can be booked.",
    ),
    "already_requested": message(
        "您已提交过本次抽签申请",
        "每个账号限一份；如需修改，请先撤回。",
        "You have a request for this day already",
        "An account has one: withdraw it to hand in another.",
    ),
    "document_requested": message(
        "参访人已在本次抽签的另一份申请中",
        "每个证件限一份申请，请按 errors 修改。",
        "A visitor is in another request for this day already",
        "A document takes part once: see `errors`.",
    ),
    "draw_request_not_found": message(
        "您没有本次抽签的申请", "请核对编号。", "You have no request for this day", "Check the id."
    ),
    "choice_refused": message(
        "所选时段不能申请",
        "请选择该日抽签的时段，每个时段选一次。",
        "These slots cannot be asked for",
        "Name slots of that day whose places are drawn, each once.",
    ),
    "release_not_frozen": message(
        "申请名单尚未封存", "请在截止之后再试。", "The pool is not fixed yet", "Try again after the close."
    ),
    "release_not_drawn": message(
        "尚未抽签", "请在 draw_at 之后再试。", "The draw was not made yet", "Try again after `draw_at`."
    ),
    "no_public_source": message(
        "本次抽签没有约定公开数值",
        "无需填写。",
        "No public figure was announced for this draw",
        "There is nothing to give.",
    ),
    "public_value_given": message(
        "公开数值已填写，或已抽签",
        "以首次填写的数值为准。",
        "Another figure was given before, or the draw was made",
        "The first one counts.",
    ),
    "public_value_early": message(
        "公开数值尚未公布",
        "请在约定的公布日填写。",
        "This figure is not announced yet",
        "Give it on the day of its announcement.",
    ),
}
