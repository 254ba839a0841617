"""What notices say. A `phrase` of WeChat's has at most 5 Chinese characters, a `thing` at most 20 of any kind."""

from collections.abc import Mapping

from services.notifications.model import NoticeKind, NoticeState

Said = Mapping[tuple[NoticeKind, bool], str]

NO_VENUE_NAME = "预约场所"
BRING = "请携带证件，按时到场"

# By what happened, and whether the outcome is good news.
PHRASES: Said = {
    **{(NoticeKind.BOOKING_CONFIRMED, yes): "预约成功" for yes in (True, False)},
    **{(NoticeKind.BOOKING_CHANGED, yes): "预约变更" for yes in (True, False)},
    **{(NoticeKind.BOOKING_CANCELLED_BY_VENUE, yes): "场所取消" for yes in (True, False)},
    **{(NoticeKind.WAITLIST_OFFER, yes): "候补到位" for yes in (True, False)},
    **{(NoticeKind.VISIT_REMINDER, yes): "参访提醒" for yes in (True, False)},
    (NoticeKind.DRAW_RESULT, True): "已抽中",
    (NoticeKind.DRAW_RESULT, False): "未抽中",
    (NoticeKind.GROUP_DECIDED, True): "申请通过",
    (NoticeKind.GROUP_DECIDED, False): "申请未通过",
}
ADVICE: Said = {
    **{(NoticeKind.BOOKING_CONFIRMED, yes): BRING for yes in (True, False)},
    **{(NoticeKind.BOOKING_CHANGED, yes): "时间有变更，请查看新的预约" for yes in (True, False)},
    **{(NoticeKind.BOOKING_CANCELLED_BY_VENUE, yes): "由场所取消，不计爽约，可另选时间" for yes in (True, False)},
    **{(NoticeKind.WAITLIST_OFFER, yes): "请在截止前确认，逾期让给下一位" for yes in (True, False)},
    **{(NoticeKind.VISIT_REMINDER, yes): "请携带证件，不能前往请及时取消" for yes in (True, False)},
    (NoticeKind.DRAW_RESULT, True): BRING,
    (NoticeKind.DRAW_RESULT, False): "本次未抽中，可另选时段预约",
    (NoticeKind.GROUP_DECIDED, True): BRING,
    (NoticeKind.GROUP_DECIDED, False): "申请未通过，请查看场所答复",
}

# What a person's own list says: in Chinese and in English.
ENGLISH: Said = {
    **{(NoticeKind.BOOKING_CONFIRMED, yes): "Visit booked" for yes in (True, False)},
    **{(NoticeKind.BOOKING_CHANGED, yes): "Booking changed" for yes in (True, False)},
    **{(NoticeKind.BOOKING_CANCELLED_BY_VENUE, yes): "Cancelled by the venue" for yes in (True, False)},
    **{(NoticeKind.WAITLIST_OFFER, yes): "Places for you from the waitlist" for yes in (True, False)},
    **{(NoticeKind.VISIT_REMINDER, yes): "Reminder of your visit" for yes in (True, False)},
    (NoticeKind.DRAW_RESULT, True): "Drawn: you have places",
    (NoticeKind.DRAW_RESULT, False): "Not drawn",
    (NoticeKind.GROUP_DECIDED, True): "Group approved",
    (NoticeKind.GROUP_DECIDED, False): "Group not approved",
}
STATES: Mapping[NoticeState, tuple[str, str]] = {
    NoticeState.WAITING: ("等待发送", "To be sent"),
    NoticeState.SENDING: ("正在发送", "Being sent"),
    NoticeState.SENT: ("已发送到微信", "Sent to WeChat"),
    NoticeState.REFUSED: ("微信拒收：未订阅该类消息", "Refused: you take no messages of this kind"),
    NoticeState.NO_ACCEPT: ("未发送：未订阅该类消息", "Not sent: you have not accepted one of this kind"),
    NoticeState.NO_TEMPLATE: ("未发送：未开通该类消息", "Not sent: this service sends none of this kind"),
    NoticeState.EXPIRED: ("未发送：已过时", "Not sent: it came too late"),
    NoticeState.FAILED: ("未发送：发送失败", "Not sent: it could not be"),
    NoticeState.UNCERTAIN: ("可能已发送", "May have been sent"),
    NoticeState.WITHDRAWN: ("未发送：预约已变更或取消", "Not sent: the visit was off by then"),
}
