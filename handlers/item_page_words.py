"""The words of the page of an item's code, in plain Chinese and English."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.items.public.model import Caution, ProofStatus, PublicState
from services.items.public.rules import MANY_CHECKS, WARNED_FOR


class Told(NamedTuple):
    """What is so, and what to do."""

    title: str
    advice: str


_WARNED_HOURS = int(WARNED_FOR.total_seconds() // 3600)
_REPORT_ZH = "如有疑问，请向当地民族宗教事务部门反映，或拨打政务服务便民热线 12345。"
_REPORT_EN = "If in doubt, tell the local ethnic and religious affairs office, or call the public service line 12345."

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "service": "城码",
        "page": "物品码公众查验",
        "other_language": "English",
        "still_genuine": "码本身是真的：由本系统签发，对应一件已登记的物品。",
        "warnings": "请注意",
        "item": "登记信息",
        "compare": "请核对实物与以下信息是否一致；不一致时，标签可能是从别处移来的。",
        "name": "名称",
        "type": "类型",
        "state": "状态",
        "history": "查验记录",
        "checks": "累计查验",
        "times": "{} 次",
        "first_checked": "首次查验",
        "just_now": "就是这一次",
        "last_checked": "上次查验",
        "proof": "存证",
        "details": "查看存证数据",
        "leaf": "日志序号",
        "origin": "日志",
        "size": "检查点条数",
        "root": "检查点根哈希",
        "leaf_hash": "本条哈希",
        "hash": "证明路径 {}",
        "code": "物品码",
        "privacy": "查验无需登录，不记录您的身份和位置。",
        "report": _REPORT_ZH,
        "missing": "没有这个页面",
        "missing_advice": "地址可能不完整。请重新扫描标签上的二维码，或核对输入的地址。",
        "refused": "暂时无法查验",
        "wait": "请 {} 秒后再试。",
        "again": "再试一次",
        "request": "如仍有问题，请告知管理员请求编号：",
    },
    "en": {
        "service": "Chengma",
        "page": "Public check of an item",
        "other_language": "中文",
        "still_genuine": "The code itself is genuine: we issued it, and it stands for one registered item.",
        "warnings": "Please note",
        "item": "As registered",
        "compare": "Compare the thing with what stands here. If they differ, the label may come from another thing.",
        "name": "Name",
        "type": "Type",
        "state": "State",
        "history": "Checks",
        "checks": "Checked",
        "times": "{}×",
        "first_checked": "First checked",
        "just_now": "just now",
        "last_checked": "Last checked",
        "proof": "Proof",
        "details": "See the data of the proof",
        "leaf": "Index in the log",
        "origin": "Log",
        "size": "Checkpoint size",
        "root": "Root hash",
        "leaf_hash": "Leaf hash",
        "hash": "Path {}",
        "code": "Code",
        "privacy": "No log-in is needed. Who and where you are is not recorded.",
        "report": _REPORT_EN,
        "missing": "There is no such page",
        "missing_advice": "The address may be incomplete. Scan the label again, or compare the address you typed.",
        "refused": "The check is not possible right now",
        "wait": "Try again in {} seconds.",
        "again": "Try again",
        "request": "If it stays, give this request number to the operator:",
    },
}

VERDICTS: Mapping[str, Mapping[str, Told]] = {
    "zh": {
        "genuine": Told("真码，已登记", "这个码由本系统签发，对应一件已登记的物品。"),
        "careful": Told("真码，但请注意", "这个码由本系统签发，但有下列情况。"),
        "not_activated": Told("尚未启用", "这个码由本系统签发，但还没有登记给任何物品。贴有它的物品请勿购买或使用。"),
        "not_genuine": Told(
            "不是真码",
            "这个码不是本系统签发的。请对照标签再扫一次或核对输入；仍然如此的，请不要购买或使用该物品，并保留标签。",
        ),
    },
    "en": {
        "genuine": Told("Genuine and registered", "We issued this code, and it stands for one registered item."),
        "careful": Told("Genuine, but take care", "We issued this code, but the following is the case."),
        "not_activated": Told(
            "Not activated yet", "We issued this code, but it stands for no item yet. Do not buy or use what bears it."
        ),
        "not_genuine": Told(
            "Not genuine",
            "We did not issue this code. Scan the label again, or compare what you typed. If it stays so, do not buy "
            "or use the thing, and keep the label.",
        ),
    },
}

CAUTIONS: Mapping[str, Mapping[Caution, Told]] = {
    "zh": {
        Caution.STOLEN: Told("已报失窃", "请不要购买或转手；请立即报警或反映。"),
        Caution.RECALLED: Told("已召回", "请停止使用，并联系提供者处理。"),
        Caution.DESTROYED: Told("登记为已销毁", "这件物品应已不存在，标签可能被冒用。"),
        Caution.VOID: Told("登记已作废", "原登记有误，登记信息不再有效。"),
        Caution.RETIRED: Told("已停用", "这件物品已退出使用，不应再流通。"),
        Caution.IMPOSSIBLE_TRAVEL: Told(
            "短时间内在相距很远的两地被查验",
            f"同一件物品来不及到达，标签可能被复制。本提示自最近一次发现起显示 {_WARNED_HOURS} 小时。",
        ),
        Caution.MANY_CHECKS: Told(
            f"{_WARNED_HOURS} 小时内被多次查验",
            "公开陈列的物品属正常；否则标签可能被复制。"
            f"最近 {_WARNED_HOURS} 小时内的查验少于 {MANY_CHECKS} 次后，本提示不再显示。",
        ),
        Caution.DAMAGED: Told("登记为已损坏", "请核对实物状况。"),
    },
    "en": {
        Caution.STOLEN: Told("Reported stolen", "Do not buy it or pass it on; tell the police or the office at once."),
        Caution.RECALLED: Told("Recalled", "Stop using it, and ask whoever provided it."),
        Caution.DESTROYED: Told(
            "Registered as destroyed", "This item should no longer exist; the label may be misused."
        ),
        Caution.VOID: Told("The registration is void", "It was made in error and no longer holds."),
        Caution.RETIRED: Told("Retired", "This item is out of use and should not be traded."),
        Caution.IMPOSSIBLE_TRAVEL: Told(
            "Checked far apart within a short time",
            "One item cannot travel so fast; the label may have been copied. "
            f"This is shown for {_WARNED_HOURS} hours after it was last seen.",
        ),
        Caution.MANY_CHECKS: Told(
            f"Checked many times in {_WARNED_HOURS} hours",
            "Usual for a thing on show; else the label may have been copied. "
            f"This is shown until the last {_WARNED_HOURS} hours have fewer than {MANY_CHECKS} checks.",
        ),
        Caution.DAMAGED: Told("Registered as damaged", "Compare the state of the thing."),
    },
}

STATES: Mapping[str, Mapping[PublicState, str]] = {
    "zh": {
        PublicState.IN_USE: "使用中",
        PublicState.RETIRED: "已停用",
        PublicState.DESTROYED: "已销毁",
        PublicState.VOID: "登记已作废",
    },
    "en": {
        PublicState.IN_USE: "in use",
        PublicState.RETIRED: "retired",
        PublicState.DESTROYED: "destroyed",
        PublicState.VOID: "registration void",
    },
}

PROOFS: Mapping[str, Mapping[ProofStatus, str]] = {
    "zh": {
        ProofStatus.INCLUDED: "最近一次登记变动是公开日志的第 {} 条，已由签名的检查点确认，无人能悄悄更改。",
        ProofStatus.PENDING: "最近一次登记变动是公开日志的第 {} 条，一两分钟内将由检查点确认。",
        ProofStatus.UNAVAILABLE: "最近一次登记变动是公开日志的第 {} 条，但目前无法出示它的证明。",
    },
    "en": {
        ProofStatus.INCLUDED: "The latest change is entry {} of a public log. A signed checkpoint covers it: nobody "
        "can alter it unseen.",
        ProofStatus.PENDING: "The latest change is entry {} of a public log. The next signed checkpoint will cover it, "
        "usually within two minutes.",
        ProofStatus.UNAVAILABLE: "The latest change is entry {} of a public log, but its proof cannot be shown now.",
    },
}

_YES_NO = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}


def value_text(value: Any, language: str) -> str:
    """Return the value of an attribute as people read it."""
    if isinstance(value, bool):
        return _YES_NO[language][value]
    if value is None:
        return "—"
    listed, colon = ("、", "：") if language == "zh" else (", ", ": ")
    if isinstance(value, list):
        return listed.join(value_text(one, language) for one in value)
    if isinstance(value, dict):
        return listed.join(f"{name}{colon}{value_text(one, language)}" for name, one in value.items())
    return str(value)
