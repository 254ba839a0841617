"""Submissions, and the world that they meet, plain unless a test says otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.clock import UlidSource, city_day
from services.patrols.checkins.deciding import Received, decide
from services.patrols.checkins.earlier import Judged, Past
from services.patrols.checkins.gathering import World
from services.patrols.checkins.model import CheckIn, CoordinateSystem, Fix, Submission
from services.patrols.checkins.rules_presence import Visit, Whereabouts
from services.patrols.checkins.rules_times import visit_times
from services.patrols.checkins.submitting import outcome_of
from services.patrols.checklists.model import (
    Answer,
    Failure,
    Question,
    QuestionType,
    Release,
    Section,
    Severity,
    Template,
    TemplateState,
)
from services.patrols.model import Draft
from services.patrols.plans.model import Task, TaskKind, TaskState
from services.patrols.plates.model import Plate, PlateState, PlateVerdict, ScannedPlate
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.venues.model import GeoPoint
from tests.factories import new_id

RECEIVED = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HERE = GeoPoint(lng=121.475, lat=31.23)
DISTRICT = "310101"
SEEN_BY = (f"district:{DISTRICT}", "city:310000")
INSPECTOR = "stf_inspector"
TEMPLATE = "tpl_01JD0000000000000000000000"
PHOTO = "ab" * 32


def north_of(place: GeoPoint, metres: float) -> GeoPoint:
    """Return a place so many metres to the north."""
    return GeoPoint(lng=place.lng, lat=place.lat + metres / 111_195.08)


def make_site(**changes: Any) -> Site:
    site = Site(
        id=new_id("otl"),
        kind=SiteKind.OUTLET,
        name="示例餐厅",
        name_en="Example restaurant",
        address="黄浦区示例路1号（虚构地址）",
        position=HERE,
        city_id="310000",
        district_id=DISTRICT,
        seen_by=SEEN_BY,
        state=SiteState.ACTIVE,
    )
    return replace(site, **changes)


def make_fix(place: GeoPoint = HERE, **changes: Any) -> Fix:
    fix = Fix(
        lng=place.lng,
        lat=place.lat,
        accuracy_m=20.0,
        system=CoordinateSystem.GCJ02,
        mocked=False,
        at=RECEIVED - timedelta(minutes=1),
    )
    return replace(fix, **changes)


def make_submission(**changes: Any) -> Submission:
    """Return a visit of half an hour that passed everything, sent at once."""
    said = Submission(
        submission_id=new_id("visit"),
        task_id=None,
        plate=None,
        site_id=None,
        template_id=TEMPLATE,
        template_number=1,
        started_at=RECEIVED - timedelta(minutes=31),
        captured_at=RECEIVED - timedelta(minutes=1),
        sent_at=RECEIVED,
        fix=make_fix(),
        answers=(Answer(question_id="displayed", value=True),),
        reinspections=(),
        device=None,
    )
    return replace(said, **changes)


def make_visit(**changes: Any) -> Visit:
    """Return a visit that nothing speaks against."""
    visit = Visit(
        site=HERE,
        found=whereabouts(),
        plate=PlateVerdict.CURRENT,
        plate_elsewhere=False,
        started_at=RECEIVED - timedelta(minutes=31),
        captured_at=RECEIVED - timedelta(minutes=1),
        neighbours=(),
        photos=(),
        clock=(),
    )
    return replace(visit, **changes)


def whereabouts(place: GeoPoint = HERE, **changes: Any) -> Whereabouts:
    found = Whereabouts(position=place, accuracy_m=20.0, mocked=False, age=timedelta(0))
    return replace(found, **changes)


def make_release(kind: SiteKind = SiteKind.OUTLET) -> Release:
    """Return a checklist of one question: no is a finding, with a photo."""
    failure = Failure(
        title="未亮证经营",
        title_en="Licence not displayed",
        severity=Severity.MAJOR,
        legal_basis="示例",
        deadline_days=7,
    )
    question = Question(
        id="displayed",
        type=QuestionType.YES_NO,
        text="是否亮证经营",
        text_en="Is the licence displayed",
        fails_on=False,
        failure=failure,
    )
    return Release(
        id=f"{TEMPLATE}:1",
        template_id=TEMPLATE,
        number=1,
        name="示例",
        name_en="Example",
        site_kind=kind,
        sections=(Section(title="示例", title_en="Example", questions=(question,)),),
        released_at=RECEIVED,
        released_by="stf_1",
        version=1,
    )


def make_template(**changes: Any) -> Template:
    template = Template(
        id=TEMPLATE,
        name="示例",
        name_en="Example",
        site_kind=SiteKind.OUTLET,
        state=TemplateState.ACTIVE,
        latest=1,
        owner="city:310000",
        seen_by=("city:310000",),
        changed_at=RECEIVED,
        version=1,
    )
    return replace(template, **changes)


def make_task(site: Site, **changes: Any) -> Task:
    task = Task(
        id=new_id("tsk"),
        kind=TaskKind.ROUTINE,
        site_id=site.id,
        site_kind=site.kind,
        template_id=TEMPLATE,
        assignees=(INSPECTOR,),
        from_on=city_day(RECEIVED),
        due_on=city_day(RECEIVED),
        state=TaskState.OPEN,
        origin_id="rnd_1",
        check_in_id=None,
        done_at=None,
        district_id=site.district_id,
        seen_by=site.seen_by,
        created_at=RECEIVED,
        version=1,
    )
    return replace(task, **changes)


def scanned(site: Site, verdict: PlateVerdict = PlateVerdict.CURRENT) -> ScannedPlate:
    plate = Plate(
        id=new_id("plt"),
        site_id=site.id,
        site_kind=site.kind,
        kid=1,
        state=PlateState.CURRENT,
        issued_at=RECEIVED,
        issued_by="stf_1",
        ended_at=None,
        end=None,
        replaced_by=None,
        seen_by=site.seen_by,
        version=1,
    )
    return ScannedPlate(verdict=verdict, plate=plate, site_id=site.id)


def make_world(**changes: Any) -> World:
    """Return a world in which everything is as it should be: the site's own plate was scanned."""
    site = changes.pop("site", None) or make_site()
    world = World(
        site=site,
        named_site_id=site.id,
        elsewhere=False,
        plate=scanned(site),
        template=make_template(),
        release=make_release(site.kind),
        task=None,
        neighbours=(),
        photos={},
        photos_used=(),
        judged=Judged(),
        status=None,
    )
    return replace(world, **changes)


def decided(said: Submission, world: World, past: Past | None = None) -> Draft[CheckIn]:
    """Return what becomes of a submission in a world."""
    times = visit_times(said, RECEIVED)
    received = Received(said=said, inspector_id=INSPECTOR, received_at=RECEIVED, times=times, fingerprint="f")
    outcome = outcome_of(world.release, said, city_day(times.captured_at))
    return decide(received, world, outcome, past or Past(), UlidSource())
