"""Templates: which of WeChat's fields shows what, as an operator writes it down after choosing a template there.

Source of the fields' limits: WeChat's documentation of subscribeMessage.send, "limits of the parameter values".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.common.clock import CITY_OFFSET
from services.notifications.errors import TemplateUnusable, Unrenderable
from services.notifications.model import YES, Fact, Notice, NoticeKind
from services.notifications.rules import instant_in, visit_of
from services.notifications.wording import ADVICE, NO_VENUE_NAME, PHRASES

TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
FIELD = re.compile(r"(thing|time|date|number|phrase)[0-9]{1,2}=([a-z_]+)")
LONGEST_THING = 20
PAGE = "pages/visit/visit?id="
# What can be shown, and in fields of which types.
SHOWN: Mapping[str, frozenset[str]] = {
    "venue": frozenset({"thing"}),
    "starts_at": frozenset({"time", "date"}),
    "respond_by": frozenset({"time", "date"}),
    "party_size": frozenset({"number"}),
    "what": frozenset({"phrase", "thing"}),
    "advice": frozenset({"thing"}),
}


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template at WeChat: its id, and what each of its fields (`thing1`, `time2` …) shows."""

    id: str
    fields: Mapping[str, str]


# What the stand-in is sent, which takes any template.
DEMO_TEMPLATES: Mapping[NoticeKind, str] = {
    NoticeKind.BOOKING_CONFIRMED: "demo-booking-confirmed thing1=venue time2=starts_at phrase3=what thing4=advice",
    NoticeKind.BOOKING_CHANGED: "demo-booking-changed thing1=venue time2=starts_at phrase3=what thing4=advice",
    NoticeKind.BOOKING_CANCELLED_BY_VENUE: "demo-booking-cancelled thing1=venue time2=starts_at thing4=advice",
    NoticeKind.WAITLIST_OFFER: "demo-waitlist-offer thing1=venue time2=starts_at time3=respond_by thing4=advice",
    NoticeKind.VISIT_REMINDER: "demo-visit-reminder thing1=venue time2=starts_at thing4=advice",
    NoticeKind.DRAW_RESULT: "demo-draw-result thing1=venue phrase3=what thing4=advice",
    NoticeKind.GROUP_DECIDED: "demo-group-decided thing1=venue phrase3=what thing4=advice",
}


def read_template(text: str) -> Template | None:
    """Return the template of a setting such as `ID thing1=venue time2=starts_at`; None for an empty one.

    Raises TemplateUnusable.
    """
    parts = text.split()
    if not parts:
        return None
    if not TEMPLATE_ID.fullmatch(parts[0]):
        raise TemplateUnusable("It must begin with a template's id, as WeChat shows it.")
    fields = dict(_read_field(part) for part in parts[1:])
    if not fields or len(fields) < len(parts) - 1:
        raise TemplateUnusable("It must name each field of the template once, such as thing1=venue.")
    return Template(id=parts[0], fields=fields)


def _read_field(part: str) -> tuple[str, str]:
    match = FIELD.fullmatch(part)
    if match is None or match[1] not in SHOWN.get(match[2], frozenset()):
        choices = ", ".join(f"{'/'.join(sorted(types))}={shown}" for shown, types in SHOWN.items())
        raise TemplateUnusable(f"{part[:40]} is not one of: {choices}.")
    return part.partition("=")[0], match[2]


def render(notice: Notice, template: Template, venue_name: str | None) -> Mapping[str, str]:
    """Return the texts of the template's fields, each within WeChat's limits; raises Unrenderable."""
    return {field: _text_of(shown, notice, venue_name) for field, shown in template.fields.items()}


def page_of(notice: Notice) -> str:
    """Return the page that a tap opens: the visit's, or that of what may lead to one."""
    return PAGE + (visit_of(notice.kind, notice.subject_id, notice.facts) or notice.subject_id)


def _text_of(shown: str, notice: Notice, venue_name: str | None) -> str:
    yes = notice.facts.get(Fact.OUTCOME, YES) == YES
    match shown:
        case "venue":
            return fitting(venue_name or NO_VENUE_NAME)
        case "what":
            return PHRASES[notice.kind, yes]
        case "advice":
            return ADVICE[notice.kind, yes]
        case "party_size":
            return _number(notice.facts.get(Fact.PARTY_SIZE, ""))
        case _:
            return _city_time(instant_in(notice.facts, shown))


def fitting(text: str) -> str:
    """Return a text that a `thing` takes: one line of at most 20 characters."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= LONGEST_THING else line[: LONGEST_THING - 1] + "…"


def _number(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise Unrenderable
    return text


def _city_time(instant: datetime | None) -> str:
    if instant is None:
        raise Unrenderable
    local = instant + CITY_OFFSET
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
