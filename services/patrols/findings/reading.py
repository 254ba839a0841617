"""Reading findings: one, lists of them, the course of one, and its photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from services.common.clock import Clock, city_day
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.common.protection import FieldCipher
from services.identity.model import Actor, Role
from services.patrols.checklists.model import Severity
from services.patrols.findings.errors import FindingUnknown
from services.patrols.findings.model import Escalation, Finding, FindingState
from services.patrols.findings.ports import FindingSearch, FindingStore
from services.patrols.model import RecordedEvent
from services.photos.errors import PhotoUnknown
from services.venues.scopes import scope_names

PREFIX = "fnd"
LIST = "findings"


class Histories(Protocol):
    """What happened, as it was recorded."""

    async def history(self, subject_id: str) -> Sequence[RecordedEvent]:
        """Return the events about a thing, in the order of recording."""


@dataclass(frozen=True, kw_only=True)
class ListFindings:
    """A page of findings that the actor wants; None asks for any."""

    actor: Actor
    limit: int
    after: str | None
    state: FindingState | None = None
    severity: Severity | None = None
    district_id: str | None = None
    site_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadAnswer:
    """An owner's answer, in plain words."""

    text: str
    photos: tuple[str, ...]
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class Course:
    """A finding with all that happened to it, and the owner's answers in plain words."""

    finding: Finding
    answers: tuple[ReadAnswer, ...]
    events: Sequence[RecordedEvent]


class FindingReading:
    """Findings within the actor's scope."""

    def __init__(self, *, store: FindingStore, histories: Histories, cipher: FieldCipher, clock: Clock) -> None:
        self._store = store
        self._histories = histories
        self._cipher = cipher
        self._clock = clock

    async def get(self, actor: Actor, finding_id: str) -> Finding:
        """Return the finding; raises FindingUnknown."""
        found = await self._store.find(finding_id)
        if found is None or set(found.seen_by).isdisjoint(scope_names(actor)):
            raise FindingUnknown
        return found

    async def course(self, actor: Actor, finding_id: str) -> Course:
        """Return the finding and all that happened to it; raises FindingUnknown."""
        finding = await self.get(actor, finding_id)
        answers = [
            ReadAnswer(text=await self._cipher.decrypt(one.sealed_text), photos=one.photos, answered_at=one.answered_at)
            for one in finding.answers
        ]
        events = await self._histories.history(finding_id)
        return Course(finding=finding, answers=tuple(answers), events=events)

    async def get_with_photo(self, actor: Actor, finding_id: str, photo_id: str) -> Finding:
        """Return the finding if it names that photo; raises FindingUnknown, PhotoUnknown."""
        found = await self.get(actor, finding_id)
        if photo_id not in photos_of(found):
            raise PhotoUnknown
        return found

    async def list(self, query: ListFindings) -> Page[Finding]:
        """Return a page, newest first; raises CursorInvalid."""
        return await self._page(_search(query), query)

    async def overdue(self, query: ListFindings) -> Page[Finding]:
        """Return a page of those whose deadline has passed."""
        return await self._page(replace(_search(query), overdue_on=city_day(self._clock.now())), query)

    async def escalated(self, query: ListFindings) -> Page[Finding]:
        """Return a page of those that were told to the actor's level: to the city what the district left undone."""
        of_city = query.actor.role is Role.CITY_ADMIN
        levels = (Escalation.CITY,) if of_city else (Escalation.DISTRICT, Escalation.CITY)
        return await self._page(replace(_search(query), escalated=levels), query)

    async def _page(self, search: FindingSearch, query: ListFindings) -> Page[Finding]:
        until = None if query.after is None else str(read_cursor(query.after, LIST, (str,))[0])
        found = await newest(
            partial(self._store.between, search),
            prefix=PREFIX,
            wanted=query.limit + 1,
            until=until,
            now=self._clock.now(),
        )
        following = make_cursor(LIST, found[query.limit - 1].id) if len(found) > query.limit else None
        return Page(items=found[: query.limit], next=following)


def photos_of(finding: Finding) -> frozenset[str]:
    """Return all photos of a finding: of how it was, of the owner's answers, and of re-inspections."""
    parts = [finding.before, *(one.photos for one in finding.answers), *(one.photos for one in finding.reinspections)]
    return frozenset(photo for part in parts for photo in part)


def _search(query: ListFindings) -> FindingSearch:
    return FindingSearch(
        scopes=scope_names(query.actor),
        state=query.state,
        severity=query.severity,
        district_id=query.district_id,
        site_id=query.site_id,
    )
