"""What a subscription message may hold."""

import re
from collections.abc import Mapping

from server.wechat_sandbox.refusals import Errcode, Refused

TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PAGE = re.compile(r"[A-Za-z0-9_/-]{1,128}(\?[!-~]{0,512})?")
FIELD = re.compile(r"([a-z_]+?)[0-9]{1,2}")
STATES = frozenset({"developer", "trial", "formal"})
LANGUAGES = frozenset({"zh_CN", "en_US", "zh_HK", "zh_TW"})

# Kinds of field and what their values may look like; source: WeChat's documentation of
# subscribeMessage.send, "limits of the parameter values". Dates and times are only bounded here.
KINDS = {
    "thing": re.compile(r".{1,20}"),
    "number": re.compile(r"[0-9.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"\W{1,5}"),
    "character_string": re.compile(r"[!-~]{1,32}"),
    "time": re.compile(r".{1,64}"),
    "date": re.compile(r".{1,64}"),
    "amount": re.compile(r".{1,16}"),
    "phone_number": re.compile(r"[0-9+() -]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r".{1,20}"),
    "phrase": re.compile(r"[㐀-鿿]{1,5}"),
}


def ensure_message(message: Mapping[str, object]) -> str:
    """Return the template's id; raises Refused with 40037, 41030 or 47003."""
    template_id = message.get("template_id")
    if not isinstance(template_id, str) or not TEMPLATE_ID.fullmatch(template_id):
        raise Refused(Errcode.INVALID_TEMPLATE)
    page = message.get("page", "index")
    if not isinstance(page, str) or not PAGE.fullmatch(page):
        raise Refused(Errcode.INVALID_PAGE)
    _ensure_choice(message, "miniprogram_state", STATES)
    _ensure_choice(message, "lang", LANGUAGES)
    data = message.get("data")
    if not isinstance(data, dict) or not data:
        raise Refused(Errcode.INVALID_MESSAGE, "data is empty")
    for name, content in data.items():
        _ensure_field(name, content)
    return template_id


def _ensure_choice(message: Mapping[str, object], name: str, choices: frozenset[str]) -> None:
    if name in message and not (isinstance(message[name], str) and message[name] in choices):
        raise Refused(Errcode.INVALID_MESSAGE, f"{name} invalid")


def _ensure_field(name: str, content: object) -> None:
    match = FIELD.fullmatch(name)
    kind = KINDS.get(match[1]) if match else None
    value = content.get("value") if isinstance(content, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if kind is None or not isinstance(value, str) or not kind.fullmatch(value):
        raise Refused(Errcode.INVALID_MESSAGE, f"data.{name[:64]}.value invalid")
