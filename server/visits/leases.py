"""Walk-ins, put together: leased places, and people who come in on them."""

from handlers.visit_context import WalkInServices
from server.visits.parts import VisitParts
from services.admissions.walk_ins import WalkIns
from services.common.clock import Clock
from services.common.mongo import Mongo
from services.reservations.leases.leasing import Leasing
from services.reservations.leases.mongo import MongoLeases
from services.reservations.leases.reading import LeaseReading
from services.reservations.leases.returning import LeaseReturning, TakingBack
from services.reservations.ports import ReservationDesk


def build_taking_back(mongo: Mongo, desk: ReservationDesk, clock: Clock) -> TakingBack:
    """Return what makes leases as small as what was used of them."""
    return TakingBack(store=MongoLeases(mongo), desk=desk, clock=clock)


def build_walk_ins(parts: VisitParts) -> WalkInServices:
    """Return the services."""
    store, clock, ids = MongoLeases(parts.mongo), parts.clock, parts.ids
    reading = LeaseReading(store=store, venues=parts.venues, clock=clock)
    taking_back = build_taking_back(parts.mongo, parts.desk, clock)
    return WalkInServices(
        leasing=Leasing(
            store=store,
            desk=parts.desk,
            reservations=parts.reservations,
            venues=parts.venues,
            clock=clock,
            ids=ids,
        ),
        reading=reading,
        returning=LeaseReturning(reading=reading, taking_back=taking_back, clock=clock),
        admitting=WalkIns(
            groups=parts.gate.groups,
            leases=reading,
            venues=parts.venues,
            ceilings=parts.gate.restrictions.ceilings,
            digest=parts.digest,
            clock=clock,
            ids=ids,
        ),
    )
