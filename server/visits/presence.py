"""Builds what counts people in and out at gates, takes mistakes back, and tells of crowds."""

import structlog

from handlers.visit_context import PresenceServices
from server.visits.parts import VisitParts
from services.admissions.ceilings.editing import CeilingEditing
from services.admissions.ceilings.mongo import MongoGatePolicies
from services.admissions.crowds.model import CrowdAlert
from services.admissions.crowds.mongo import MongoCrowds
from services.admissions.crowds.reading import CrowdReading
from services.admissions.crowds.watching import CrowdWatching
from services.admissions.leaving import Leaving
from services.admissions.occupancy.mongo import MongoRecounts
from services.admissions.occupancy.recounting import Recounting
from services.admissions.undoing import Undoing
from services.sync.mongo import MongoOutbox

log = structlog.get_logger("crowds")


def build_presence(parts: VisitParts) -> tuple[PresenceServices, CrowdWatching]:
    """Return the services, and what watches in the background how full venues are."""
    mongo, venues, clock, ids = parts.mongo, parts.venues, parts.clock, parts.ids
    crowds = MongoCrowds(mongo, MongoOutbox(mongo))

    def count(alert: CrowdAlert) -> None:
        parts.metrics.count_outcome("crowd", alert.change)

    services = PresenceServices(
        ceilings=CeilingEditing(store=MongoGatePolicies(mongo), directory=parts.ceilings, venues=venues, clock=clock),
        undoing=build_undoing(parts),
        leaving=Leaving(
            groups=parts.gate.groups,
            venues=venues,
            codes=parts.gate.codes,
            digest=parts.digest,
            clock=clock,
            ids=ids,
        ),
        recounting=Recounting(store=MongoRecounts(mongo), venues=venues, clock=clock, ids=ids),
        crowds=CrowdReading(store=crowds, ceilings=parts.ceilings, venues=venues, clock=clock),
    )
    watching = CrowdWatching(
        store=crowds, policies=parts.ceilings, clock=clock, ids=ids, noticed=count, tell=_tell_defect
    )
    return services, watching


def build_undoing(parts: VisitParts) -> Undoing:
    """Return what takes scans back."""
    return Undoing(scans=parts.gate.scans, venues=parts.venues, clock=parts.clock)


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
