"""The pages of complaints: a form before a plate, and another to look later what became of it."""

import secrets
from collections.abc import Mapping
from typing import Any

from handlers.context import Limit
from handlers.forms import Form, read_form
from handlers.large_bodies import PublicBodyHandler
from handlers.messages import MESSAGES
from handlers.operation import ANSWER_WITHIN_S, checked
from handlers.outlet_page_texts import site_name
from handlers.outlet_page_words import COMPLAINT_STATES, FAULTS, OUTCOMES
from handlers.outlet_pages import OutletPage
from handlers.problems import BodyTooLarge, FieldsInvalid, field_problem
from handlers.public_complaints import ComplainerHandler
from handlers.schemas.complaints import LONGEST_TEXT, MOST_PHOTOS, SHORTEST_TEXT, FileComplaintSchema, LookSchema
from handlers.wire import CITY_TIME
from services.common.deadlines import deadline
from services.common.errors import DomainError, FieldError, TooBusy
from services.patrols.complaints.errors import ComplaintUnknown
from services.patrols.complaints.model import ComplaintView
from services.patrols.sites.model import Site
from services.photos.model import ANYBODY
from services.photos.rules import LARGEST_PUBLIC_PHOTO

LARGEST_FORM = 12 * 1024 * 1024
# All photos are kept before the answer, and nobody likes to choose them again.
TAKE_WITHIN_S = 30.0
FIELDS = ("request_id", "text", "contact")
LOOKED_BY = ("complaint_id", "secret")


class _FormPage(OutletPage):
    """Reads what a browser sends, whatever kind of form it is."""

    def read_form(self) -> Form:
        """Return the form; raises BodyTooLarge, MediaTypeUnsupported or RequestMalformed."""
        if self._too_large:
            raise BodyTooLarge
        body = bytes(self._received)
        self._received.clear()
        return read_form(self.request.headers.get("Content-Type", ""), body)

    def faults_of(self, refusal: DomainError) -> list[str]:
        """Return what to correct, in the reader's words, each field once."""
        if not refusal.errors:
            title = MESSAGES[refusal.code].title[self.language]
            return [f"{title}{'。' if self.language == 'zh' else '. '}{self.advice_on(refusal)}"]
        words = FAULTS[self.language]
        told = {one.path: field_problem(one, self.language)["detail"] for one in refusal.errors}
        return [words.get(path.partition("[")[0], f"{path}: {detail}") for path, detail in told.items()]


class ComplaintFormHandler(_FormPage, ComplainerHandler, PublicBodyHandler):
    """`/o/{code}/complaint`: the form, and what it sends."""

    max_body_bytes = LARGEST_FORM

    async def come_in(self) -> None:
        """Look for the plate: only whoever stands before one of ours may send so much."""
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        await self._site(self.path_args[0])

    async def get(self, code: str) -> None:
        """Show the form."""
        with self.services.under_way, deadline(ANSWER_WITHIN_S):
            await self.while_listened_to(self._show(code))

    async def post(self, code: str) -> None:
        """Take a complaint, or show the form again with what is not right."""
        self.ensure_own_form()
        with self.services.under_way, deadline(TAKE_WITHIN_S):
            await self.while_listened_to(self._take(code))

    async def _show(self, code: str) -> None:
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        self._show_form(await self._site(code), {"request_id": secrets.token_hex(16)}, None)

    async def _take(self, code: str) -> None:
        if not isinstance(self._turned_away, TooBusy):  # that one had come in
            self.ensure_in()
        site, typed = await self._site(code), {"request_id": secrets.token_hex(16)}
        try:
            self.ensure_in()
            form = self.read_form()
            typed |= {name: form.fields[name] for name in FIELDS if name in form.fields}
            content = self._content(typed, form)
            content["photos"] = [await self._keep(one) for one in form.files]
            filed = await self.filed(code, content)
        except DomainError as refusal:
            self.set_status_of(refusal)
            self._show_form(site, typed, refusal)
            return
        self.show_page(
            "complaint_filed.html",
            kind="good",
            complaint_id=groups(filed.complaint_id),
            secret=groups(filed.secret),
        )

    async def _site(self, code: str) -> Site:
        return await self.counting_misses(self.services.patrols.complaints.filing.site_of(code))

    def _content(self, typed: dict[str, str], form: Form) -> dict[str, Any]:
        """Return the form as the same checked content that the API takes; raises FieldsInvalid."""
        if len(form.files) > MOST_PHOTOS:
            fault = FieldError(
                path="photos", code="too_long", detail=f"at most {MOST_PHOTOS}", values=(str(MOST_PHOTOS),)
            )
            raise FieldsInvalid(errors=(fault,))
        if any(len(one) > LARGEST_PUBLIC_PHOTO for one in form.files):
            most = str(LARGEST_PUBLIC_PHOTO)
            fault = FieldError(path="photos", code="out_of_range", detail=f"at most {most} bytes", values=("1", most))
            raise FieldsInvalid(errors=(fault,))
        contact = typed.get("contact", "").strip()
        given = {"text": typed.get("text", ""), "request_id": typed["request_id"]}
        content: dict[str, Any] = checked(FileComplaintSchema, given | ({"contact": contact} if contact else {}))
        return content

    async def _keep(self, file: bytes) -> str:
        """Send a photo on, and return its name."""
        await self.count_photo()
        return await self.services.patrols.photos.keep(file, ANYBODY)

    def _show_form(self, site: Site, typed: dict[str, str], refusal: DomainError | None) -> None:
        self.show_page(
            "complaint.html",
            name=site_name(site.name, site.name_en, self.language),
            address=site.address,
            request_id=typed["request_id"],
            text=typed.get("text", ""),
            contact=typed.get("contact", ""),
            posted=refusal is not None,
            faults=[] if refusal is None else self.faults_of(refusal),
            shortest=SHORTEST_TEXT,
            longest=LONGEST_TEXT,
        )


class ComplaintLookHandler(_FormPage, ComplainerHandler):
    """`/o/complaints`: what became of a complaint."""

    async def get(self) -> None:
        """Show the form."""
        with self.services.under_way, deadline(ANSWER_WITHIN_S):
            await self.while_listened_to(self._show(None, {}, None))

    async def post(self) -> None:
        """Show the answer, or the form again with what is not right."""
        self.ensure_own_form()
        with self.services.under_way, deadline(ANSWER_WITHIN_S):
            await self.while_listened_to(self._look())

    async def _look(self) -> None:
        typed: dict[str, str] = {}
        try:
            fields = self.read_form().fields
            typed = {name: fields.get(name, "").strip() for name in LOOKED_BY}
            content = checked(LookSchema, typed)
            view = await self.looked(content["complaint_id"], content["secret"])
        except DomainError as refusal:
            self.set_status_of(refusal)
            await self._show(None, typed, refusal)
            return
        await self._show(view, typed, None)

    def faults_of(self, refusal: DomainError) -> list[str]:
        """Return what to correct; of what is not found no more than that."""
        if isinstance(refusal, ComplaintUnknown):
            return [self.words[self.language]["look_missing"]]
        return super().faults_of(refusal)

    async def _show(self, view: ComplaintView | None, typed: Mapping[str, str], refusal: DomainError | None) -> None:
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        self.show_page(
            "complaint_look.html",
            posted=self.request.method == "POST",
            found=view is not None,
            typed=typed,
            faults=[] if refusal is None else self.faults_of(refusal),
            state="" if view is None else COMPLAINT_STATES[self.language][view.complaint.state],
            facts=[] if view is None else self._facts(view),
            answer="" if view is None else self._answer(view),
        )

    def _facts(self, view: ComplaintView) -> list[tuple[str, str]]:
        words, case = self.words[self.language], view.complaint
        found = [
            (words["about"], site_name(view.site_name, view.site_name_en, self.language)),
            (words["received_at"], case.received_at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M")),
        ]
        if case.answered_at is not None and case.outcome is not None:
            found.append((words["answered_at"], case.answered_at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M")))
            found.append((words["outcome"], OUTCOMES[self.language][case.outcome]))
        return found

    def _answer(self, view: ComplaintView) -> str:
        if view.complaint.erased_at is not None:
            return self.words[self.language]["erased"]
        return view.answer or ""


def groups(text: str) -> list[str]:
    """Return the text in groups of four, as somebody can copy it by hand."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]
