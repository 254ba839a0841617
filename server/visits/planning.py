"""Builds what plans slots from calendars, and what empties them."""

from handlers.background import Background
from handlers.visit_context import CalendarServices, PlanningServices
from server.visits.booking import BookingParts
from server.visits.leases import build_taking_back
from server.visits.parts import VisitParts
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.jobs.mongo import MongoJobs
from services.policies.directory import PolicyDirectory
from services.reservations.mongo.passes import MongoVisits
from services.reservations.mongo.slots import MongoSlots
from services.reservations.planning.closing import Closing
from services.reservations.planning.emptying import Emptying
from services.reservations.planning.keeping import Keeping
from services.reservations.planning.mongo import MongoClosures, MongoParties, MongoPlanMarks
from services.reservations.planning.planner import Planner
from services.reservations.ports import DrawnDays, ReservationDesk
from services.reservations.slot_keeping import SlotKeeping


def build_emptying(
    mongo: Mongo,
    *,
    desk: ReservationDesk,
    bookings: BookingParts,
    policies: PolicyDirectory,
    clock: Clock,
    ids: IdSource,
) -> Emptying:
    """Return the kind of jobs that empty slots."""
    return Emptying(
        store=MongoClosures(mongo, MongoJobs(mongo)),
        parties=MongoParties(mongo),
        leases=build_taking_back(mongo, desk, clock),
        desk=desk,
        slots=MongoSlots(mongo),
        policies=policies,
        limits=bookings.limits,
        clock=clock,
        ids=ids,
    )


def build_planning(
    parts: VisitParts, calendars: CalendarServices, drawn: DrawnDays
) -> tuple[PlanningServices, Background]:
    """Return the services, and what plans in the background."""
    planner = Planner(
        calendars=calendars.reading,
        slots=MongoSlots(parts.mongo),
        desk=parts.desk,
        drawn=drawn,
        clock=parts.clock,
    )
    keeping = Keeping(
        planner=planner, calendars=calendars.reading, marks=MongoPlanMarks(parts.mongo), clock=parts.clock
    )
    closing = Closing(
        store=MongoClosures(parts.mongo, MongoJobs(parts.mongo)),
        parties=MongoParties(parts.mongo),
        visits=MongoVisits(parts.mongo),
        desk=parts.desk,
        jobs=parts.jobs,
        venues=parts.venues,
        clock=parts.clock,
        ids=parts.ids,
        wake=parts.wake,
    )
    slot_keeping = SlotKeeping(
        desk=parts.desk, slots=MongoSlots(parts.mongo), venues=parts.venues, drawn=drawn, clock=parts.clock
    )
    services = PlanningServices(planner=planner, keeping=keeping, closing=closing, slot_keeping=slot_keeping)
    return services, keeping
