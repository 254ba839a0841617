"""Findings to test with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.clock import Clock, UlidSource
from services.common.mongo import Mongo
from services.patrols.checklists.model import Answer, Failed, Failure, Question, QuestionType, Severity
from services.patrols.findings.model import Finding, FindingState, Notice, ReinspectionRecord, Remedy, Visit
from services.patrols.findings.rules import open_finding
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.recording import Recording
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.venues.model import GeoPoint
from tests.factories import new_id
from tests.patrols import records_on

MORNING = datetime(2026, 11, 22, 1, tzinfo=UTC)  # nine o'clock in the city
INSPECTOR = "stf_01JD0000000000000000000001"
PHOTO, LATER_PHOTO = "a" * 64, "b" * 64


class HandClock:
    """Stands still until it is put on."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def put_on(self, **by: int) -> None:
        self._now += timedelta(**by)


def make_site(**changes: Any) -> Site:
    site = Site(
        id=new_id("otl"),
        kind=SiteKind.OUTLET,
        name="示例清真餐厅",
        name_en="Example Halal Restaurant",
        address="示例路 1 号",
        position=GeoPoint(lng=121.47, lat=31.23),
        city_id="310000",
        district_id="310101",
        seen_by=("district:310101", "city:310000"),
        state=SiteState.ACTIVE,
    )
    return replace(site, **changes)


def make_failed(*, severity: Severity = Severity.MAJOR, days: int = 5, photos: tuple[str, ...] = (PHOTO,)) -> Failed:
    failure = Failure(
        title="生熟食品未分开存放",
        title_en="Raw and cooked food not kept apart",
        severity=severity,
        legal_basis="《示例市清真食品管理条例》第八条",
        deadline_days=days,
    )
    question = Question(
        id="food_kept_apart", type=QuestionType.YES_NO, text="生熟分开", text_en="Food kept apart", failure=failure
    )
    answer = Answer(question_id=question.id, value=False, note="冷柜第二层", photos=photos)
    return Failed(question=question, failure=failure, answer=answer)


def make_finding(
    *, site: Site | None = None, failed: Failed | None = None, now: datetime = MORNING, **changes: Any
) -> Finding:
    """Return an OPEN finding, or a PROPOSED one where `state` says so."""
    finding = open_finding(
        finding_id=new_id("fnd"),
        failed=failed or make_failed(),
        visit=Visit(
            check_in_id=new_id("chk"),
            template_id=new_id("tpl"),
            template_number=1,
            inspector_id=INSPECTOR,
            found_at=now,
        ),
        site=site or make_site(),
        repeat_of=None,
        state=changes.pop("state", FindingState.OPEN),
        now=now,
    )
    return replace(finding, **changes)


def make_notice(**changes: Any) -> Notice:
    notice = Notice(
        number="310101-2026-00001",
        issued_at=MORNING,
        issued_by=INSPECTOR,
        link_digest="0" * 32,
        sealed_link=b"sealed",
    )
    return replace(notice, **changes)


def make_reinspection(remedy: Remedy = Remedy.FIXED, photos: tuple[str, ...] = (LATER_PHOTO,)) -> ReinspectionRecord:
    return ReinspectionRecord(
        check_in_id=new_id("chk"),
        remedy=remedy,
        note="",
        photos=photos,
        inspected_at=MORNING,
        inspector_id=INSPECTOR,
    )


def recording_at(mongo: Mongo, clock: Clock, records: MongoPatrolRecords | None = None) -> Recording:
    return Recording(store=records or records_on(mongo), clock=clock, ids=UlidSource())


async def put(mongo: Mongo, *findings: Finding) -> None:
    """Record findings as a check-in would."""
    clock = HandClock()
    teller = Teller(ids=UlidSource(), told_by=INSPECTOR, at=clock.now())
    events = tuple(teller.opened(one) for one in findings)

    async def decide() -> Draft[None]:
        return Draft(records=findings, events=events, answer=None)

    await recording_at(mongo, clock).settle(decide)
