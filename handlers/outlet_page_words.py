"""The words of the pages of a plate and of complaints, in plain Chinese and English."""

from collections.abc import Mapping, Sequence

from handlers.item_page_words import Told
from services.patrols.complaints.model import ComplaintState, Outcome
from services.patrols.plates.model import PlateVerdict
from services.patrols.public.model import Caution, LicenceStatus
from services.patrols.sites.model import CheckResult, SiteState

_REPORT_ZH = "如有疑问，请向当地民族宗教事务部门反映，或拨打政务服务便民热线 12345。"
_REPORT_EN = "If in doubt, tell the local ethnic and religious affairs office, or call the public service line 12345."

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "service": "城码",
        "page": "标牌公众查验",
        "other_language": "English",
        "warnings": "请注意",
        "site": "这块牌属于",
        "name": "名称",
        "address": "地址",
        "not_here": "如果您现在不在这个地址，这块牌就不该出现在您面前：请不要相信它，并向我们反映。",
        "state": "状态",
        "merged_into": "已并入",
        "licence": "清真许可",
        "licence_status": "许可状态",
        "number": "许可编号",
        "issuer": "发证机关",
        "valid": "有效期",
        "from_to": "{} 至 {}",
        "scope": "许可范围",
        "check": "最近一次检查",
        "result": "结果",
        "checked_on": "日期",
        "no_check": "还没有检查记录。",
        "open_findings": "待整改问题",
        "findings": "{} 项",
        "no_findings": "没有",
        "withheld": "这块牌已不作数，因此不显示许可和检查结果。请扫描门口现行的牌。",
        "complain": "我要投诉或举报",
        "complain_intro": "发现问题？可以匿名告诉我们，会有人核查并答复。",
        "looked_up": "查询我的投诉答复",
        "privacy": "查验无需登录，不记录您是谁、在哪里。",
        "report": _REPORT_ZH,
        "missing": "没有这个页面",
        "missing_advice": "地址可能不完整。请重新扫描牌上的二维码，或核对输入的地址。",
        "refused": "暂时无法办理",
        "wait": "请 {} 秒后再试。",
        "again": "再试一次",
        "request": "如仍有问题，请告知管理员请求编号：",
        "form": "投诉或举报",
        "about": "对象",
        "text": "发生了什么？",
        "text_hint": "请写明时间、看到的情况。10 到 1000 字。",
        "photos": "照片（可选）",
        "photos_hint": "至多 3 张，每张不超过 8 MB，合计不超过 12 MB。",
        "photos_again": "请重新选择照片。",
        "contact": "联系电话（可选）",
        "contact_hint": "不填也会受理。填写后只用于核实情况，加密保存。",
        "send": "提交",
        "form_privacy": "您写的内容和电话加密保存，答复 180 天后删除。请不要写他人的姓名、证件号码。",
        "faults": "还没有提交，请先修改",
        "filed": "已收到",
        "filed_advice": "请拍照或抄下编号和查询码：只在此刻显示一次，凭它们查看答复。",
        "complaint_id": "投诉编号",
        "secret": "查询码",
        "look": "查询投诉",
        "look_advice": "请输入提交时得到的编号和查询码。",
        "look_send": "查询",
        "look_missing": "没有找到这条投诉。请核对编号和查询码；查询码只有数字和字母 a 到 f，大小写、空格都不影响。",
        "what_to_do": "您可以这样做",
        "call": "拨打 12345 反映",
        "something_left": "最近一次检查未发现新问题；尚有 {} 项待整改",
        "something_left_one": "最近一次检查未发现新问题；尚有 {} 项待整改",
        "received_at": "收到时间",
        "answered_at": "答复时间",
        "outcome": "结论",
        "answer": "答复",
        "erased": "答复已满 180 天，内容已经删除。",
        "back": "返回",
    },
    "en": {
        "service": "Chengma",
        "page": "Public check of a plate",
        "other_language": "中文",
        "warnings": "Please note",
        "site": "This plate belongs to",
        "name": "Name",
        "address": "Address",
        "not_here": "If you are not at this address, this plate is not where it belongs: do not trust it, and tell us.",
        "state": "State",
        "merged_into": "Now part of",
        "licence": "Halal licence",
        "licence_status": "Licence",
        "number": "Number",
        "issuer": "Issued by",
        "valid": "Valid",
        "from_to": "{} to {}",
        "scope": "Scope",
        "check": "Latest check",
        "result": "Result",
        "checked_on": "Date",
        "no_check": "There is no check on record yet.",
        "open_findings": "To be put right",
        "findings": "{}",
        "no_findings": "nothing",
        "withheld": "This plate no longer counts, so licence and results are not shown. Scan the plate now in use.",
        "complain": "Make a complaint",
        "complain_intro": "Something wrong? Tell us, without your name if you like. It is looked into and answered.",
        "looked_up": "See the answer to my complaint",
        "privacy": "No log-in is needed. Who and where you are is not recorded.",
        "report": _REPORT_EN,
        "missing": "There is no such page",
        "missing_advice": "The address may be incomplete. Scan the plate again, or compare the address you typed.",
        "refused": "This is not possible right now",
        "wait": "Try again in {} seconds.",
        "again": "Try again",
        "request": "If it stays, give this request number to the operator:",
        "form": "Make a complaint",
        "about": "About",
        "text": "What happened?",
        "text_hint": "Say when, and what you saw. 10 to 1000 characters.",
        "photos": "Photos (optional)",
        "photos_hint": "At most 3, of at most 8 MB each and 12 MB together.",
        "photos_again": "Please choose the photos again.",
        "contact": "Telephone (optional)",
        "contact_hint": "Not needed. It is used to ask back only, and kept encrypted.",
        "send": "Send",
        "form_privacy": "Text and number are kept encrypted, and deleted 180 days after the answer. "
        "Please name nobody else.",
        "faults": "Not sent yet: please correct",
        "filed": "Received",
        "filed_advice": "Take a photo of number and secret, or write them down: they are shown only now, and open the "
        "answer.",
        "complaint_id": "Number",
        "secret": "Secret",
        "look": "Look up a complaint",
        "look_advice": "Enter the number and the secret that you were given.",
        "look_send": "Look up",
        "look_missing": "No such complaint. Check number and secret; the secret has digits and the letters a to f. "
        "Capitals and blanks do not matter.",
        "what_to_do": "What you can do",
        "call": "Call 12345",
        "something_left": "the latest check found nothing new; {} things are still to be put right",
        "something_left_one": "the latest check found nothing new; {} thing is still to be put right",
        "received_at": "Received",
        "answered_at": "Answered",
        "outcome": "Result",
        "answer": "Answer",
        "erased": "180 days have passed since the answer: what was written is deleted.",
        "back": "Back",
    },
}

# What to correct, by the field of the form.
FAULTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "text": "“发生了什么？”请写 10 到 1000 字。",
        "contact": "联系电话请只填数字，可以用短横线隔开；也可以不填。",
        "photos": "照片至多 3 张，每张不超过 8 MB。",
        "complaint_id": "投诉编号以 cmp_ 开头，共 30 个字符，请核对。",
        "secret": "查询码共 32 个字符，请核对。",
    },
    "en": {
        "text": "What happened? needs 10 to 1000 characters.",
        "contact": "The telephone number has digits only, with hyphens if you like; it may be left out.",
        "photos": "At most 3 photos, of at most 8 MB each.",
        "complaint_id": "The number begins with cmp_ and has 30 characters.",
        "secret": "The secret has 32 characters.",
    },
}

# What somebody before a plate that is not ours can do.
FORGED_STEPS: Mapping[str, Sequence[str]] = {
    "zh": (
        "再扫一次，确认二维码没有污损或被贴住。",
        "仍然如此的，请不要相信这块牌。",
        "拍下这块牌，记下地址，向当地民族宗教事务部门反映，或拨打政务服务便民热线 12345。",
    ),
    "en": (
        "Scan it again: it may be dirty, or covered in part.",
        "If it stays so, do not trust this plate.",
        "Take a photo of it and note the address. Tell the local ethnic and religious affairs office, or call 12345.",
    ),
}

GOOD: Mapping[str, Told] = {
    "zh": Told("真牌，现行有效", "这块牌由本系统签发，正在使用。请核对下面的名称和地址。"),
    "en": Told("Genuine and in use", "We issued this plate, and it is in use. Compare name and address below."),
}
CURRENT: Mapping[str, Told] = {
    "zh": Told("真牌，但请注意", "这块牌由本系统签发，正在使用，但有下列情况。"),
    "en": Told("Genuine, but take care", "We issued this plate and it is in use, but the following is the case."),
}

# What the page opens with where the plate itself is the matter, and what the list of warnings says.
CAUTIONS: Mapping[str, Mapping[Caution, Told]] = {
    "zh": {
        Caution.PLATE_FORGED: Told(
            "不是真牌", "这块牌不是本系统签发的。请再扫一次；仍然如此的，请不要相信这块牌，并向我们反映。"
        ),
        Caution.PLATE_REVOKED: Told("牌已撤销", "这块牌已被撤销，不再有效，不应继续悬挂。"),
        Caution.PLATE_ELSEWHERE: Told("牌不在原处", "这块牌属于另一个地址，不该出现在这里，可能是翻拍或挪用。"),
        Caution.PLATE_REPLACED: Told("旧牌，已更换", "这块牌已被新牌替换，不再有效。请扫描现行的牌。"),
        Caution.SITE_CLOSED: Told("已停业", "登记显示这里已经停业。"),
        Caution.SITE_MERGED: Told("已并入其他点位", "这里的登记已并入另一处，见下方。"),
        Caution.LICENCE_NONE: Told("没有清真许可", "登记中没有它的清真许可。"),
        Caution.LICENCE_EXPIRED: Told("清真许可已过期", "有效期已过，续期前不再有效。"),
        Caution.LICENCE_NOT_YET: Told("清真许可尚未生效", "许可从有效期的第一天起有效。"),
        Caution.CHECK_FAILED: Told("最近一次检查未通过", "检查发现严重问题，正在督促整改。"),
        Caution.LICENCE_EXPIRING: Told("清真许可即将到期", "许可仍然有效，应在到期前续期。"),
    },
    "en": {
        Caution.PLATE_FORGED: Told(
            "Not genuine", "We did not issue this plate. Scan it again; if it stays so, do not trust it, and tell us."
        ),
        Caution.PLATE_REVOKED: Told("Plate revoked", "This plate was revoked. It is not valid, and must not hang."),
        Caution.PLATE_ELSEWHERE: Told(
            "Plate out of place", "This plate belongs to another address. It may be a copy, or was moved here."
        ),
        Caution.PLATE_REPLACED: Told("Old plate", "A new plate took its place: this one is not valid any more."),
        Caution.SITE_CLOSED: Told("Closed", "By our register, this place is closed."),
        Caution.SITE_MERGED: Told("Part of another place", "It became part of another place, see below."),
        Caution.LICENCE_NONE: Told("No halal licence", "There is no halal licence on record."),
        Caution.LICENCE_EXPIRED: Told("Halal licence expired", "It is not valid until it is renewed."),
        Caution.LICENCE_NOT_YET: Told("Halal licence not valid yet", "It is valid from its first day on."),
        Caution.CHECK_FAILED: Told("The latest check was failed", "Something serious was found and is followed up."),
        Caution.LICENCE_EXPIRING: Told("Halal licence about to expire", "It is still valid, and should be renewed."),
    },
}

LICENCES: Mapping[str, Mapping[LicenceStatus, str]] = {
    "zh": {
        LicenceStatus.VALID: "有效",
        LicenceStatus.EXPIRING: "有效，即将到期",
        LicenceStatus.EXPIRED: "已过期",
        LicenceStatus.NOT_YET: "尚未生效",
        LicenceStatus.NONE: "没有许可",
    },
    "en": {
        LicenceStatus.VALID: "valid",
        LicenceStatus.EXPIRING: "valid, about to expire",
        LicenceStatus.EXPIRED: "expired",
        LicenceStatus.NOT_YET: "not valid yet",
        LicenceStatus.NONE: "none",
    },
}

RESULTS: Mapping[str, Mapping[CheckResult, str]] = {
    "zh": {
        CheckResult.PASSED: "通过，没有发现问题",
        CheckResult.FINDINGS: "通过，有需要改进的地方",
        CheckResult.FAILED: "未通过，有严重问题",
    },
    "en": {
        CheckResult.PASSED: "passed, nothing found",
        CheckResult.FINDINGS: "passed, with things to improve",
        CheckResult.FAILED: "failed, something serious was found",
    },
}

SITES: Mapping[str, Mapping[SiteState, str]] = {
    "zh": {SiteState.ACTIVE: "正常", SiteState.CLOSED: "已停业", SiteState.MERGED: "已并入其他点位"},
    "en": {SiteState.ACTIVE: "open", SiteState.CLOSED: "closed", SiteState.MERGED: "part of another place"},
}

ENDED: Mapping[str, Mapping[PlateVerdict, str]] = {
    "zh": {PlateVerdict.REVOKED: "撤销日期", PlateVerdict.REPLACED: "更换日期"},
    "en": {PlateVerdict.REVOKED: "Revoked", PlateVerdict.REPLACED: "Replaced"},
}

COMPLAINT_STATES: Mapping[str, Mapping[ComplaintState, str]] = {
    "zh": {
        ComplaintState.RECEIVED: "已收到，等待受理",
        ComplaintState.TAKEN_UP: "已受理，正在核查",
        ComplaintState.ANSWERED: "已答复",
    },
    "en": {
        ComplaintState.RECEIVED: "received",
        ComplaintState.TAKEN_UP: "being looked into",
        ComplaintState.ANSWERED: "answered",
    },
}

OUTCOMES: Mapping[str, Mapping[Outcome, str]] = {
    "zh": {Outcome.FOUNDED: "情况属实", Outcome.UNFOUNDED: "未发现所述情况", Outcome.NOT_FOR_US: "不属于本部门职责"},
    "en": {Outcome.FOUNDED: "founded", Outcome.UNFOUNDED: "not confirmed", Outcome.NOT_FOR_US: "not ours to decide"},
}
