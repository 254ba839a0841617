"""Refusals about check-ins and drafts, and the sentences of a presence score."""

from collections.abc import Mapping

from handlers.messages.model import Message, message
from services.patrols.checkins.model import PresenceNote

MESSAGES: Mapping[str, Message] = {
    "check_in_not_found": message(
        "没有这条签到记录",
        "请核对编号和账号的权限范围。",
        "No such check-in",
        "Check the id and your account's scope.",
    ),
    "check_in_photo_not_found": message(
        "签到记录中没有这张照片",
        "请核对照片的 SHA-256。",
        "No such photo of this check-in",
        "Check the photo's SHA-256.",
    ),
    "check_in_reviewed": message(
        "这条签到记录不在待审核状态",
        "请刷新后查看审核结果。",
        "This check-in does not wait for a review",
        "Load it again to see what was decided.",
    ),
    "draft_invalid": message(
        "草稿无法保存",
        "请按 errors 修改：内容为 JSON 对象，不超过 64 KB。",
        "This draft cannot be kept",
        "Change it as `errors` says: a JSON object of at most 64 kB.",
    ),
    "draft_not_found": message(
        "没有这份草稿",
        "它可能已经提交、删除或超过 14 天。",
        "No such draft",
        "It may have been submitted, discarded, or be older than 14 days.",
    ),
    "drafts_used_up": message(
        "草稿过多",
        "请先提交或删除一些草稿。",
        "There are too many drafts",
        "Submit or discard some of them first.",
    ),
    "review_not_yours": message(
        "不能审核自己的签到",
        "请由其他管理人员审核。",
        "Somebody else has to review this check-in",
        "Ask another administrator to review it.",
    ),
    "submission_contradicts": message(
        "同一编号此前提交过不同的内容",
        "两份内容均已保存，首次提交的有效；如需更正，请另用新编号提交并联系管理人员。",
        "This submission was sent before with another content",
        "Both are kept and the first one counts; send a correction under a new id and tell an administrator.",
    ),
    "submission_invalid": message(
        "提交的内容有误",
        "请按 errors 逐项核对；草稿仍保存在手机中。",
        "This submission names what does not exist",
        "Correct what `errors` names; the draft is still on the phone.",
    ),
}

# What stands for {0} and {1} comes with the note.
PRESENCE: Mapping[str, tuple[str, str]] = {
    "accuracy_good": ("定位精度 {0} 米", "The position is accurate to {0} m"),
    "accuracy_poor": ("定位精度较低：{0} 米", "The position is accurate to {0} m only"),
    "accuracy_unknown": ("手机未提供定位精度", "The phone did not say how accurate the position is"),
    "at_site": ("距点位 {0} 米，在现场", "At the site, {0} m from its position"),
    "away_from_site": ("距点位 {0} 米", "{0} m away from the site"),
    "captured_in_future": ("记录时间晚于收到时间 {0} 分钟", "Dated {0} minutes after it was received"),
    "clock_fast": ("手机时钟快 {0} 分钟，已校正", "The phone's clock is {0} minutes fast, which was allowed for"),
    "clock_slow": ("手机时钟慢 {0} 分钟，已校正", "The phone's clock is {0} minutes slow, which was allowed for"),
    "ended_before_start": ("结束时间早于开始时间", "The visit ended before it began"),
    "late_upload": ("检查 {0} 天后才上传", "Sent {0} days after the visit"),
    "not_there_yet": (
        "检查时间比点位登记、标牌签发或任务下达早 {0} 小时",
        "Dated {0} hours before the site, the plate or the task was there",
    ),
    "photo_from_elsewhere": ("{0} 张照片自带的位置远离点位", "{0} photos say that they were taken elsewhere"),
    "photo_from_other_time": (
        "{0} 张照片自带的时间与本次检查不符",
        "{0} photos say that they were taken at another time",
    ),
    "photo_used_before": ("{0} 张照片已用于其他签到", "{0} photos were used in another check-in"),
    "plate_current": ("扫描了点位的现用标牌", "The site's own plate was scanned"),
    "plate_forged": ("扫描的标牌不是本系统签发的", "The plate that was scanned is not one of ours"),
    "plate_not_scanned": ("没有扫描标牌", "No plate was scanned"),
    "plate_of_another_site": ("扫描的标牌属于另一个点位", "The plate that was scanned belongs to another site"),
    "plate_replaced": ("扫描的标牌已被更换", "The plate that was scanned has been replaced"),
    "plate_revoked": ("扫描的标牌已作废", "The plate that was scanned has been revoked"),
    "position_missing": ("没有定位", "There is no position"),
    "position_mocked": ("手机报告定位为模拟", "The phone says that the position is made up"),
    "position_stale": ("定位与检查相隔 {0} 分钟", "The position was found {0} minutes away from the visit"),
    "travelled_too_fast": (
        "与前后另一次签到相距 {0} 公里，间隔 {1} 分钟",
        "{0} km from the check-in before or after it, within {1} minutes",
    ),
    "visit_too_long": ("检查历时 {0} 小时", "The visit lasted {0} hours"),
    "visit_too_short": ("检查历时仅 {0} 秒", "The visit lasted {0} seconds only"),
}


def presence_text(note: PresenceNote, language: str) -> str:
    """Return the sentence of a note in `zh` or `en`."""
    chinese, english = PRESENCE[note.code]
    return (english if language == "en" else chinese).format(*note.values)
