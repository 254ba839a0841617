"""`patrols`, check-ins: visits a second, against a transaction for each and against raw inserts of their documents."""

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from ulid import ULID

from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Row, ratios, rotated
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from server.patrols.shelves import SHELVES
from services.common.batches import Batches
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import CollectionPlan, Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.checkins.earlier import EarlierFindings
from services.patrols.checkins.gathering import Gathering
from services.patrols.checkins.model import CoordinateSystem, Fix, Submission
from services.patrols.checkins.mongo import CHECK_INS, MongoCheckIns
from services.patrols.checkins.repeats import Repeats
from services.patrols.checkins.submitting import Submitting
from services.patrols.checklists.model import Answer, Question, QuestionType, Release, Section, Template, TemplateState
from services.patrols.checklists.mongo import MongoTemplates
from services.patrols.checklists.reading import Checklists
from services.patrols.findings.mongo import MongoFindings
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind, Versioned
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.plans.mongo import MongoTasks
from services.patrols.plates.model import ScannedPlate
from services.patrols.recording import LONGEST_QUEUE, Recording
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site, SiteKind
from services.patrols.sites.mongo import MongoStatuses
from services.photos.model import Photo
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes, scope_name

DATABASE = "bench_check_ins"
RAW = CollectionPlan(name="raw_check_ins", shard_key="_id")
VISITS = {Extent.USUAL: 480, Extent.QUICK: 96}
PHONES = 48
QUESTIONS = 20
OUTLETS = 400
AT_ONCE = 40
NAIVE_PATIENCE_S = 120.0
CITY = Scope(level=ScopeLevel.CITY, id="310000")
OURS, NAIVE, BARE = "ours", "a transaction each", "raw"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where the visits are made: the sites there are, and the checklist."""

    sites: Sequence[Site]
    template_id: str


class OneByOne(Recording):
    """The same recording with a transaction for each draft, as one would write it first."""

    def __init__(self, *, store: MongoPatrolRecords, clock: SystemClock, ids: UlidSource) -> None:
        super().__init__(store=store, clock=clock, ids=ids)
        self._batches = Batches(self._write, largest=1, longest=LONGEST_QUEUE, patience_s=NAIVE_PATIENCE_S)


class NoPlates:
    """Nobody scans one."""

    async def read(self, text: str) -> ScannedPlate:
        """Refuse to be asked."""
        raise BenchFailed(f"nobody scans a plate: {text}")


class NoPhotos:
    """Nobody takes one."""

    async def want(self, ids: Collection[str]) -> None:
        """Note nothing."""

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:  # noqa: ARG002 -- as declared
        """Return nothing."""
        return {}


class NoDrafts:
    """Nobody keeps one."""

    async def discard(self, account_id: str, submission_id: str) -> None:
        """Remove nothing."""


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; there is no bound."""
    async with open_house((DATABASE,), citizens=0) as house:
        mongo = house.cities[DATABASE].stores.mongo
        ground = await _prepared(mongo)
        rounds = [await _round(house, ground, asked, turn) for turn in range(asked.rounds)]
    return _report(rounds, asked)


async def _prepared(mongo: Mongo) -> Ground:
    """Return outlets like one of the demo city, with a checklist of twenty questions."""
    sites = await _outlets(mongo)
    ids, now = UlidSource(), SystemClock().now()
    template_id, owner = ids.new("tpl"), scope_name(CITY)
    questions = tuple(
        Question(id=f"q{at}", type=QuestionType.YES_NO, text="示例", text_en="Example") for at in range(QUESTIONS)
    )
    template = Template(
        id=template_id,
        name="示例",
        name_en="Example",
        site_kind=SiteKind.OUTLET,
        state=TemplateState.ACTIVE,
        latest=1,
        owner=owner,
        seen_by=(owner,),
        changed_at=now,
        version=1,
    )
    release = Release(
        id=f"{template_id}:1",
        template_id=template_id,
        number=1,
        name="示例",
        name_en="Example",
        site_kind=SiteKind.OUTLET,
        sections=(Section(title="示例", title_en="Example", questions=questions),),
        released_at=now,
        released_by="stf_bench",
        version=1,
    )
    event = _event(PatrolEventKind.CHECKLIST_RELEASED, template_id, ids)
    recording = Recording(store=_records(mongo), clock=SystemClock(), ids=ids)
    await recording.settle(partial(_drafted, (template, release), event))
    return Ground(sites=sites, template_id=template_id)


async def _outlets(mongo: Mongo) -> Sequence[Site]:
    store, ids = MongoOutlets(mongo), UlidSource()
    sites = await store.active_within(scope_name(CITY))
    like = await store.find(sites[0].id) if sites else None
    if like is None:
        raise BenchFailed("the demo city has no outlets")
    recording = Recording(store=_records(mongo), clock=SystemClock(), ids=ids)
    for _ in range(OUTLETS // AT_ONCE):
        some = tuple(replace(like, id=ids.new("otl"), version=1) for _ in range(AT_ONCE))
        event = _event(PatrolEventKind.OUTLET_REGISTERED, some[0].id, ids)
        await recording.settle(partial(_drafted, some, event))
    found = await store.active_within(scope_name(CITY))
    return sorted(found, key=lambda one: one.id)[-OUTLETS:]


async def _drafted(records: tuple[Versioned, ...], event: PatrolEvent) -> Draft[None]:
    return Draft(records=records, events=(event,), answer=None)


def _event(kind: PatrolEventKind, subject_id: str, ids: UlidSource) -> PatrolEvent:
    return PatrolEvent(
        id=ids.new("evt"),
        kind=kind,
        subject_id=subject_id,
        site_id=None,
        occurred_at=SystemClock().now(),
        told_by="stf_bench",
        data={},
    )


def _records(mongo: Mongo) -> MongoPatrolRecords:
    return MongoPatrolRecords(mongo, log=MongoLog(mongo), outbox=MongoOutbox(mongo), shelves=SHELVES)


def _submitting(house: House, kind: type[Recording]) -> Submitting:
    stores = house.cities[DATABASE].stores
    mongo, clock, ids = stores.mongo, SystemClock(), UlidSource()
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    store, tasks, findings, statuses = (
        MongoCheckIns(mongo),
        MongoTasks(mongo),
        MongoFindings(mongo),
        MongoStatuses(mongo),
    )
    sites = Sites(outlets=MongoOutlets(mongo), venues=venues)
    return Submitting(
        recording=kind(store=_records(mongo), clock=clock, ids=ids),
        repeats=Repeats(store=store, cipher=stores.cipher, ids=ids),
        gathering=Gathering(
            store=store,
            sites=sites,
            statuses=statuses,
            plates=NoPlates(),
            checklists=Checklists(store=MongoTemplates(mongo), scopes=Scopes(venues)),
            tasks=tasks,
            earlier=EarlierFindings(findings=findings, photos=NoPhotos(), sites=sites, statuses=statuses, tasks=tasks),
            photos=NoPhotos(),
        ),
        photos=NoPhotos(),
        drafts=NoDrafts(),
        digest=KeyedDigest(b"bench"),
        clock=clock,
        ids=ids,
    )


async def _round(house: House, ground: Ground, asked: Asked, turn: int) -> Mapping[str, float]:
    count, found = VISITS[asked.extent], {}
    for design in rotated([OURS, NAIVE, BARE], turn):
        if design == BARE:
            found[design] = await _bare(house.cities[DATABASE].stores.mongo, count)
        else:
            found[design] = await _visits(_submitting(house, Recording if design == OURS else OneByOne), ground, count)
    say(
        f"check-ins: round {turn + 1} of {asked.rounds}, " + ", ".join(f"{name} {found[name]:,.0f}/s" for name in found)
    )
    return found


async def _visits(submitting: Submitting, ground: Ground, count: int) -> float:
    """Return visits a second; each phone is an inspector's, and sends one visit after the other."""
    numbers = iter(range(count))

    async def send(phone: int) -> None:
        actor = Actor(id=f"stf_bench-{phone}", role=Role.INSPECTOR, scopes=(CITY,), session_id="")
        for number in numbers:
            site = ground.sites[number % len(ground.sites)]
            if (await submitting.submit(actor, _visit(ground, site))).known:
                raise BenchFailed("a new visit was known")

    warm = Actor(id="stf_warm", role=Role.INSPECTOR, scopes=(CITY,), session_id="")
    await submitting.submit(warm, _visit(ground, ground.sites[0]))
    began = time.perf_counter()
    await asyncio.gather(*(send(phone) for phone in range(PHONES)))
    return count / (time.perf_counter() - began)


def _visit(ground: Ground, site: Site) -> Submission:
    now = SystemClock().now()
    place = site.position
    return Submission(
        submission_id=f"visit-{ULID()}",
        task_id=None,
        plate=None,
        site_id=site.id,
        template_id=ground.template_id,
        template_number=1,
        started_at=now - timedelta(minutes=10),
        captured_at=now,
        sent_at=now,
        fix=Fix(lng=place.lng, lat=place.lat, accuracy_m=15.0, system=CoordinateSystem.GCJ02, mocked=False, at=now),
        answers=tuple(Answer(question_id=f"q{at}", value=True) for at in range(QUESTIONS)),
        reinspections=(),
        device="phone-1",
    )


async def _bare(mongo: Mongo, count: int) -> float:
    """Return documents a second of `insert_one`, from as many callers, of what a check-in is kept as."""
    like = await mongo.collection(CHECK_INS).find_one({})
    if like is None:  # the first round begins with ours
        raise BenchFailed("there is no check-in to copy")
    numbers = iter(range(count))
    began = time.perf_counter()
    await asyncio.gather(*(_insert(mongo, like, numbers) for _ in range(PHONES)))
    return count / (time.perf_counter() - began)


async def _insert(mongo: Mongo, like: Mapping[str, object], numbers: Iterator[int]) -> None:
    for _ in numbers:
        await mongo.collection(RAW).insert_one({**like, "_id": f"chk_{ULID()}"})


def _report(rounds: Sequence[Mapping[str, float]], asked: Asked) -> Report:
    ours, naive, bare = ([one[name] for one in rounds] for name in (OURS, NAIVE, BARE))
    rows = [
        Row(measure="check-ins against raw inserts of their documents", unit="times", values=ratios(ours, bare)),
        Row(measure="check-ins against a transaction for each", unit="times", values=ratios(ours, naive)),
        Row(measure="check-ins", unit="check-ins/s", values=tuple(ours)),
        Row(measure="check-ins, a transaction for each", unit="check-ins/s", values=tuple(naive)),
        Row(measure="raw insert_one of a check-in's document", unit="documents/s", values=tuple(bare)),
    ]
    note = (
        f"Check-ins: {VISITS[asked.extent]:,} a round from {PHONES} phones at once at {OUTLETS} outlets, in the "
        f"service without HTTP; each is a visit with {QUESTIONS} answers and no photos: three documents, an event in "
        "the log and in the outbox."
    )
    return Report(name="check-ins", rows=rows, notes=[note])
