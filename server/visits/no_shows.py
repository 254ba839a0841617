"""Builds the ledger of no-shows, and what judges in the background."""

import structlog

from handlers.visit_context import NoShowServices
from server.visits.parts import VisitParts
from services.admissions.mongo import MongoGateUse
from services.common.clock import Clock
from services.common.mongo import Mongo
from services.reservations.mongo.slots import MongoSlots
from services.reservations.no_shows.amnesties import Amnesties, Pardoning
from services.reservations.no_shows.deciding import Deciding
from services.reservations.no_shows.judging import Judging
from services.reservations.no_shows.mongo import MongoAmnesties, MongoMarks, MongoNoShows, MongoVisitRecords
from services.reservations.no_shows.own import OwnNoShows
from services.reservations.no_shows.pausing import NoShowPauses
from services.reservations.no_shows.withdrawing import Withdrawing

log = structlog.get_logger("no_shows")


def build_pauses(mongo: Mongo, clock: Clock) -> NoShowPauses:
    """Return what keeps paused accounts from booking."""
    store = MongoNoShows(mongo)
    withdrawing = Withdrawing(store=store, visits=MongoVisitRecords(mongo))
    return NoShowPauses(store=store, withdrawing=withdrawing, clock=clock)


def build_no_shows(parts: VisitParts) -> tuple[NoShowServices, Judging]:
    """Return the services, and what judges slots in the background."""
    mongo, clock = parts.mongo, parts.clock
    store, amnesties, visits = MongoNoShows(mongo), MongoAmnesties(mongo), MongoVisitRecords(mongo)
    pardoning = Pardoning(store=store, amnesties=amnesties)
    own = OwnNoShows(
        store=store,
        withdrawing=Withdrawing(store=store, visits=visits),
        policies=parts.policies,
        venues=parts.venues,
        clock=clock,
    )
    judging = Judging(
        store=store,
        marks=MongoMarks(mongo),
        amnesties=amnesties,
        pardoning=pardoning,
        visits=visits,
        gates=MongoGateUse(mongo),
        slots=MongoSlots(mongo),
        venues=parts.venues,
        policies=parts.policies,
        clock=clock,
        ids=parts.ids,
        tell=_tell_defect,
    )
    services = NoShowServices(
        own=own,
        deciding=Deciding(store=store, venues=parts.venues, clock=clock),
        amnesties=Amnesties(amnesties=amnesties, pardoning=pardoning, venues=parts.venues, clock=clock),
    )
    return services, judging


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
