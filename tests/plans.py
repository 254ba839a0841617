"""Plans on real stores: outlets, inspectors, and a log whose checkpoints need not be waited for."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.common.clock import SystemClock, UlidSource, city_day
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.patrols.checklists.model import Template, TemplateState
from services.patrols.model import Draft
from services.patrols.mongo import LOG, MongoPatrolRecords
from services.patrols.outlets.model import Outlet
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.plans.clearing import TaskClearing
from services.patrols.plans.draws import CommitDraw, Draws
from services.patrols.plans.evidence import Evidence
from services.patrols.plans.holding import Holding
from services.patrols.plans.model import Draw, PublicSource, Task
from services.patrols.plans.mongo import MongoPlans, MongoTasks
from services.patrols.plans.overview import Overview
from services.patrols.plans.pooling import Pools
from services.patrols.plans.publishing import Publishing
from services.patrols.plans.rounds import PlanRound, Rounds
from services.patrols.plans.tasking import TaskMaking
from services.patrols.plans.tasks import Tasks
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import SiteKind, SiteState
from services.patrols.sites.mongo import MongoStatuses
from services.transparency.model import Checkpoint, InclusionProof, SignedCheckpoint
from services.transparency.mongo import MongoLog
from services.transparency.proving import Proving
from services.venues.directory import VenueDirectory
from services.venues.model import GeoPoint
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes
from tests.factories import NOW, make_district, make_staff, new_id
from tests.outlets import PlainCipher, make_details
from tests.patrols import make_patrol_event, recording_on, records_on

CITY_ID = "310000"
TODAY = city_day(NOW)


class SignedAtOnce:
    """The log of patrols as if each leaf were signed the moment it is there."""

    def __init__(self, mongo: Mongo) -> None:
        self._log = MongoLog(mongo)

    async def latest(self) -> SignedCheckpoint:
        tail = await self._log.tail(LOG)
        checkpoint = Checkpoint(origin="example.cn/patrols", size=tail.size, root=tail.root)
        root = base64.b64encode(tail.root).decode()
        return SignedCheckpoint(
            log=LOG,
            number=1,
            checkpoint=checkpoint,
            signed_at=NOW,
            kid=1,
            note=f"{checkpoint.origin}\n{tail.size}\n{root}\n\n— example.cn/patrols AAAA\n",
            period_at=NOW,
            regular=1,
            is_regular=True,
        )

    async def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        return await Proving(self._log).inclusion(LOG, index, size or (await self.latest()).checkpoint.size)


class TurnedClock(SystemClock):
    """The machine's time, and some days more."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self._ahead

    def pass_days(self, number: int) -> None:
        self._ahead += timedelta(days=number)


class OneTemplate:
    """Knows a single checklist for outlets."""

    def __init__(self) -> None:
        self.known = Template(
            id=new_id("tpl"),
            name="示例检查表",
            name_en="Example",
            site_kind=SiteKind.OUTLET,
            state=TemplateState.ACTIVE,
            latest=1,
            owner=f"city:{CITY_ID}",
            seen_by=(f"city:{CITY_ID}",),
            changed_at=NOW,
            version=1,
        )

    async def template(self, template_id: str) -> Template | None:
        return self.known if template_id == self.known.id else None


@dataclass(frozen=True, kw_only=True)
class PlanRoom:
    """The services of plans in a district that nobody else has."""

    mongo: Mongo
    clock: TurnedClock
    records: MongoPatrolRecords
    district_id: str
    admin: Actor
    templates: OneTemplate
    store: MongoPlans
    task_store: MongoTasks
    tasks: Tasks
    rounds: Rounds
    draws: Draws
    holding: Holding
    publishing: Publishing
    overview: Overview
    making: TaskMaking
    clearing: TaskClearing

    async def hold(self, draw_id: str, value: str) -> Draw:
        """Hold a draw on the day after that of its commitment, when its figure is announced."""
        self.clock.pass_days(1)
        return await self.holding.hold(self.admin, draw_id, value)

    async def open_outlets(self, count: int) -> list[str]:
        """Put new outlets there; return their ids in order."""
        outlets = [make_outlet(self.district_id) for _ in range(count)]
        await self.keep(outlets)
        return sorted(one.id for one in outlets)

    async def keep(self, records: Collection[Any]) -> None:
        async def decide() -> Draft[None]:
            return Draft(records=tuple(records), events=(make_patrol_event(new_id("otl")),), answer=None)

        await recording_on(self.mongo, self.records).settle(decide)

    async def close(self, site_id: str, state: SiteState = SiteState.CLOSED) -> None:
        """End an outlet."""
        outlet = (await MongoOutlets(self.mongo).several([site_id]))[site_id]
        await self.keep([replace(outlet, state=state, version=outlet.version + 1)])

    async def task_at(self, site_id: str) -> Task:
        """Return the only open task at a site."""
        (task,) = await self.task_store.open_of_site(site_id)
        return task

    async def hire(self, count: int) -> list[str]:
        """Add inspectors of the district; return their ids in order."""
        scope = Scope(level=ScopeLevel.DISTRICT, id=self.district_id)
        people = [make_staff(role=Role.INSPECTOR, scopes=(scope,)) for _ in range(count)]
        for one in people:
            assert await MongoStaff(self.mongo).add(one)
        return sorted(one.id for one in people)

    def round(self, **changes: Any) -> PlanRound:
        wish: dict[str, Any] = {
            "actor": self.admin,
            "name": "示例例行巡查",
            "district_id": self.district_id,
            "site_kind": SiteKind.OUTLET,
            "template_id": self.templates.known.id,
            "every_days": None,
            "from_on": TODAY,
            "due_on": in_days(30),
            "request": None,
        }
        return PlanRound(**{**wish, **changes})

    def draw(self, **changes: Any) -> CommitDraw:
        wish: dict[str, Any] = {
            "actor": self.admin,
            "name": "示例双随机抽查",
            "scope": Scope(level=ScopeLevel.DISTRICT, id=self.district_id),
            "site_kind": SiteKind.OUTLET,
            "template_id": self.templates.known.id,
            "sites": 3,
            "inspectors_per_site": 2,
            "from_on": TODAY,
            "due_on": in_days(30),
            "publish_on": None,
            "source": PublicSource(name="示例彩票", announced_on=in_days(1)),
            "recusals": (),
            "request": None,
        }
        return CommitDraw(**{**wish, **changes})


def in_days(number: int) -> date:
    return TODAY + timedelta(days=number)


def make_outlet(district_id: str, **changes: Any) -> Outlet:
    details: Mapping[str, Any] = vars(make_details(district_id=district_id, position=GeoPoint(lng=121.4, lat=31.2)))
    fields: dict[str, Any] = {
        **details,
        "id": new_id("otl"),
        "city_id": CITY_ID,
        "contacts": (),
        "state": SiteState.ACTIVE,
        "merged_into": None,
        "example": True,
        "seen_by": (f"district:{district_id}", f"city:{CITY_ID}"),
        "registered_at": NOW,
        "changed_at": NOW,
        "version": 1,
    }
    return Outlet(**{**fields, **changes})


async def plan_room(
    mongo: Mongo, district_id: str, *, records: MongoPatrolRecords | None = None, templates: OneTemplate | None = None
) -> PlanRoom:
    """Open a district, and what plans in it."""
    await MongoVenues(mongo).put([make_district(id=district_id, city_id=CITY_ID)], [])
    clock, ids, store, tasks = TurnedClock(), UlidSource(), MongoPlans(mongo), MongoTasks(mongo)
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    kept, known = records or records_on(mongo), templates or OneTemplate()
    outlets, cipher = MongoOutlets(mongo), PlainCipher()
    recording = recording_on(mongo, kept)
    pools = Pools(
        sites=Sites(outlets=outlets, venues=venues),
        outlets=outlets,
        venues=venues,
        scopes=Scopes(venues),
        templates=known,
        inspectors=MongoStaff(mongo),
    )
    making = TaskMaking(store=store, tasks=tasks, pools=pools, recording=recording, clock=clock, ids=ids)
    draws = Draws(store=store, pools=pools, recording=recording, cipher=cipher, clock=clock, ids=ids)
    evidence = Evidence(histories=kept, log=SignedAtOnce(mongo))
    scopes = (Scope(level=ScopeLevel.DISTRICT, id=district_id),)
    return PlanRoom(
        mongo=mongo,
        clock=clock,
        records=kept,
        district_id=district_id,
        admin=Actor(id="stf_1", role=Role.DISTRICT_ADMIN, scopes=scopes, session_id="ses_1"),
        templates=known,
        store=store,
        task_store=tasks,
        tasks=Tasks(store=tasks, pools=pools, recording=recording, clock=clock, ids=ids),
        rounds=Rounds(store=store, pools=pools, making=making, recording=recording, clock=clock, ids=ids),
        draws=draws,
        holding=Holding(
            draws=draws,
            store=store,
            evidence=evidence,
            making=making,
            recording=recording,
            cipher=cipher,
            clock=clock,
            ids=ids,
        ),
        publishing=Publishing(draws=draws, store=store, tasks=tasks, pools=pools, evidence=evidence, clock=clock),
        overview=Overview(tasks=tasks, pools=pools, statuses=MongoStatuses(mongo), clock=clock),
        making=making,
        clearing=TaskClearing(tasks=tasks, outlets=outlets, pools=pools, recording=recording, clock=clock, ids=ids),
    )
