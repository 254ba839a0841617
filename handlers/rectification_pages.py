"""The page by which an owner answers a notice with any phone: one document and a form, without script."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from handlers.check_pages import CheckPageHandler, NoCheckPageHandler, content_security_policy, read_style
from handlers.context import Limit
from handlers.forms import read_form
from handlers.large_bodies import PublicBodyHandler
from handlers.rectification_words import HEADLINES, SEVERITIES, WORDS
from handlers.rectifications import LinkedHandler
from handlers.wire import CITY_TIME
from services.common.clock import city_day
from services.common.deadlines import deadline
from services.common.errors import DomainError
from services.common.written import tidied
from services.patrols.findings.errors import RectificationUnknown
from services.patrols.findings.model import FindingState
from services.patrols.findings.rectifying import (
    LONGEST_TEXT,
    MOST_PHOTOS,
    AnswerFinding,
    Rectification,
    SentAnswer,
)
from services.patrols.findings.rules import stands
from services.photos.formats import HEAD_BYTES, media_type_of
from services.photos.rules import LARGEST_PHOTO

# A word, and the number of a photo for it.
Fault = tuple[str, int]

LARGEST_FORM = 25 * 1024 * 1024
# Six large photos: who sends them is told what is wrong, and not cut off.
DRAINED = 64 * 1024 * 1024
SHOW_WITHIN_S = 8.0
# A form brings all of its photos at once, and each is kept before the answer.
TAKE_WITHIN_S = 40.0
STYLE = read_style("check.css", "rectification.css")
# The photos of the inspection come from here, too.
POLICY = content_security_policy(STYLE, forms="'self'").replace("img-src data:", "img-src 'self' data:")


class RectificationPageHandler(CheckPageHandler, LinkedHandler, PublicBodyHandler):
    """`/r/{token}`, which the QR code of a notice leads to."""

    words = WORDS
    style = STYLE
    policy = POLICY
    max_body_bytes = LARGEST_FORM
    max_drained_bytes = DRAINED

    async def come_in(self) -> None:
        """Look for the link before a form is read: only whoever has one may send so much."""
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        await self.behind_link(self.services.patrols.findings.rectifying.get_answerable(self.path_args[0]))

    def tell_refusal(self, refusal: DomainError) -> None:
        """Say what a link that opens nothing may be: to try it again would not help."""
        if isinstance(refusal, RectificationUnknown):
            self.show_page("dead_link.html")
            return
        super().tell_refusal(refusal)

    async def get(self, token: str) -> None:
        """Show what is wrong, and the form."""
        with self.services.under_way, deadline(SHOW_WITHIN_S):
            await self.while_listened_to(self._show(token))

    async def post(self, token: str) -> None:
        """Take the form."""
        self.ensure_own_form()
        self.ensure_in()
        with self.services.under_way, deadline(TAKE_WITHIN_S):
            await self.while_listened_to(self._take(token))

    async def _show(self, token: str) -> None:
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        self._show_form(await self.behind_link(self.services.patrols.findings.rectifying.look(token)))

    async def _take(self, token: str) -> None:
        rectifying = self.services.patrols.findings.rectifying
        if self._too_large:
            self.set_status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            self._show_form(await rectifying.look(token), fault=("photos_too_large", 0))
            return
        form = read_form(self.request.headers.get("Content-Type", ""), bytes(self._received))
        self._received.clear()
        text = tidied(form.fields.get("text", ""))
        fault = fault_of(text, form.files)
        if fault is not None:
            self.set_status(HTTPStatus.UNPROCESSABLE_ENTITY)
            self._show_form(await rectifying.look(token), fault=fault, text=text)
            return
        photos = await rectifying.keep(token, form.files)
        await rectifying.answer(AnswerFinding(token=token, text=text, photos=photos))
        # So that going back or loading again sends nothing again.
        self.set_status(HTTPStatus.SEE_OTHER)
        self.set_header("Location", f"/r/{token}?lang={self.language}")
        self.finish()

    def _show_form(self, one: Rectification, *, fault: Fault | None = None, text: str = "") -> None:
        shown = texts_of(one, self.language, city_day(self.services.clock.now()))
        fault_text = None if fault is None else WORDS[self.language][fault[0]].format(fault[1])
        path = self.request.path
        self.show_page("rectification.html", one=one, path=path, fault=fault_text, text=text, **shown)


class RectificationThumbnailHandler(LinkedHandler):
    """`/r/{token}/photos/{photo_id}`: a photo on the page."""

    async def get(self, token: str, photo_id: str) -> None:
        """Answer with a small picture."""
        with self.services.under_way, deadline(SHOW_WITHIN_S):
            await self.while_listened_to(self._show(token, photo_id))

    async def _show(self, token: str, photo_id: str) -> None:
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        picture = await self.behind_link(self.services.patrols.findings.rectifying.picture(token, photo_id))
        self.set_header("Content-Type", picture.media_type)
        self.set_header("Cache-Control", "private, max-age=600")
        self.finish(picture.content)


class NoOwnerPageHandler(NoCheckPageHandler):
    """Any other address that a damaged or mistyped link may lead to."""

    words = WORDS


def fault_of(text: str, files: Sequence[bytes]) -> Fault | None:
    """Return the word for what is wrong with a form, if something is, and the number of the photo that it is about."""
    if not text:
        return "text_missing", 0
    if len(text) > LONGEST_TEXT:
        return "text_too_long", 0
    if len(files) > MOST_PHOTOS:
        return "too_many_photos", 0
    for number, file in enumerate(files, 1):
        if len(file) > LARGEST_PHOTO:
            return "photo_too_large", number
        if media_type_of(file[:HEAD_BYTES]) is None:
            return "not_a_photo", number
    return None


def texts_of(one: Rectification, language: str, today: date) -> dict[str, Any]:
    """Return what the page says beside its fixed words."""
    words, finding = WORDS[language], one.finding
    in_english = language == "en"
    is_unread = _latest_is_unread(one)
    headline = "unread" if is_unread else HEADLINES.get(finding.state)
    due_on = finding.due_on or today
    told = (_due_title(due_on, language), _time_left(due_on, today, language))
    told = told if headline is None else (words[headline], words[f"{headline}_advice"])
    facts = [
        (words["site"], one.site.name_en if in_english and one.site.name_en else one.site.name),
        (words["severity"], SEVERITIES[language][finding.severity]),
        (words["basis"], finding.legal_basis),
        (words["found"], _day(city_day(finding.found_at), language)),
    ]
    number = (words["number"], "" if finding.notice is None else finding.notice.number)
    return {
        "kind": _kind(one),
        "unread": is_unread,
        "headline": told[0],
        "advice": told[1],
        "problem": finding.title_en if in_english and finding.title_en else finding.title,
        "note": finding.note,
        # Of what is over, only which notice it was about.
        "facts": [(label, value) for label, value in ([*facts, number] if stands(finding) else [number]) if value],
        "stands": stands(finding),
        "answers": [_answer_texts(said, language) for said in one.sent],
    }


def _answer_texts(said: SentAnswer, language: str) -> dict[str, Any]:
    words, unreadable = WORDS[language], ("、" if language == "zh" else ", ").join(map(str, said.unreadable))
    return {
        "at": said.answered_at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M"),
        "photos": _counted("photos_sent", said.photos, language) if said.photos else words["no_photos"],
        "text": said.text,
        "pictures": said.pictures,
        "fault": words["unreadable"].format(unreadable) if unreadable else None,
    }


def _latest_is_unread(one: Rectification) -> bool:
    """Tell whether the owner has to be told, before all else, that the last answer did not arrive whole."""
    return one.finding.state is FindingState.ANSWERED and bool(one.sent) and bool(one.sent[-1].unreadable)


def _counted(word: str, number: int, language: str) -> str:
    return WORDS[language][f"{word}_one" if number == 1 else word].format(number)


def _kind(one: Rectification) -> str:
    if _latest_is_unread(one):
        return "care"
    if one.finding.state in {FindingState.ANSWERED, FindingState.CLOSED}:
        return "good"
    if not stands(one.finding) or not one.answerable:
        return "none"
    return "bad" if one.overdue else "care"


def _due_title(due_on: date, language: str) -> str:
    return WORDS[language]["due"].format(_day(due_on, language))


def _time_left(due_on: date, today: date, language: str) -> str:
    days = (due_on - today).days
    if days == 0:
        return WORDS[language]["due_today"]
    return _counted("days_left" if days > 0 else "overdue", abs(days), language)


def _day(day: date, language: str) -> str:
    return day.isoformat() if language == "en" else f"{day.year}年{day.month}月{day.day}日"
