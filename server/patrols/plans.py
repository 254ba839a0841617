"""The parts of plans, put together."""

from handlers.patrol_context import PlanServices
from server.log_wiring import build_log
from server.patrols.parts import PatrolParts
from services.identity.mongo import MongoStaff
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.plans.clearing import TaskClearing
from services.patrols.plans.draws import Draws
from services.patrols.plans.evidence import Evidence
from services.patrols.plans.holding import Holding
from services.patrols.plans.mongo import MongoPlans, MongoTasks
from services.patrols.plans.overview import Overview
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import Templates
from services.patrols.plans.publishing import Publishing
from services.patrols.plans.roster import Roster
from services.patrols.plans.rounds import Rounds
from services.patrols.plans.tasking import TaskMaking
from services.patrols.plans.tasks import Tasks
from services.patrols.sites.directory import Sites
from services.patrols.sites.mongo import MongoStatuses
from services.transparency.model import LogName


def build_plans(
    parts: PatrolParts, templates: Templates
) -> tuple[PlanServices, tuple[TaskMaking, TaskClearing]]:  # fmt: skip
    """Return the services, and what makes tasks and calls them off in the background."""
    mongo, recording, clock, ids = parts.mongo, parts.recording, parts.clock, parts.ids
    store, tasks = MongoPlans(mongo), MongoTasks(mongo)
    pools = build_pools(parts, templates)
    making = TaskMaking(store=store, tasks=tasks, pools=pools, recording=recording, clock=clock, ids=ids)
    draws = Draws(store=store, pools=pools, recording=recording, cipher=parts.cipher, clock=clock, ids=ids)
    log = build_log(parts.config, mongo, parts.key_book.keys, clock, LogName.PATROLS)
    evidence = Evidence(histories=parts.records, log=log)
    services = PlanServices(
        tasks=Tasks(store=tasks, pools=pools, recording=recording, clock=clock, ids=ids),
        rounds=Rounds(store=store, pools=pools, making=making, recording=recording, clock=clock, ids=ids),
        draws=draws,
        holding=Holding(
            draws=draws,
            store=store,
            evidence=evidence,
            making=making,
            recording=recording,
            cipher=parts.cipher,
            clock=clock,
            ids=ids,
        ),
        publishing=Publishing(draws=draws, store=store, tasks=tasks, pools=pools, evidence=evidence, clock=clock),
        overview=Overview(tasks=tasks, pools=pools, statuses=MongoStatuses(mongo), clock=clock),
        roster=Roster(inspectors=MongoStaff(mongo), venues=parts.venues),
    )
    clearing = TaskClearing(
        tasks=tasks, outlets=MongoOutlets(mongo), pools=pools, recording=recording, clock=clock, ids=ids
    )  # fmt: skip
    return services, (making, clearing)


def build_pools(parts: PatrolParts, templates: Templates) -> Pools:
    """Return who answers what can be planned."""
    outlets = MongoOutlets(parts.mongo)
    return Pools(
        sites=Sites(outlets=outlets, venues=parts.venues),
        outlets=outlets,
        venues=parts.venues,
        scopes=parts.scopes,
        templates=templates,
        inspectors=MongoStaff(parts.mongo),
    )
