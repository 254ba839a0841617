"""Builds the waitlist, and what passes places on in the background."""

import structlog

from handlers.visit_context import WaitlistServices
from server.visits.parts import VisitParts
from services.reservations.waitlist.joining import WaitlistJoining
from services.reservations.waitlist.leaving import WaitlistLeaving
from services.reservations.waitlist.mongo import MongoWaitlist
from services.reservations.waitlist.promoting import WaitlistPromoting
from services.reservations.waitlist.reading import WaitlistReading
from services.reservations.waitlist.taking import OfferTaking

log = structlog.get_logger("waitlist")


def build_waitlist(parts: VisitParts) -> tuple[WaitlistServices, WaitlistPromoting]:
    """Return the services, and what offers places in the background."""
    desk, reservations, clock = parts.desk, parts.reservations, parts.clock
    store = MongoWaitlist(parts.mongo)
    reading = WaitlistReading(desk=desk, reservations=reservations, waitlist=store)
    joining = WaitlistJoining(
        desk=desk,
        reservations=reservations,
        drafting=parts.bookings.drafting,
        pauses=parts.bookings.pauses,
        reading=reading,
        clock=clock,
    )
    taking = OfferTaking(
        desk=desk,
        reservations=reservations,
        policies=parts.policies,
        limits=parts.bookings.limits,
        clock=clock,
        ids=parts.ids,
    )
    leaving = WaitlistLeaving(desk=desk, reservations=reservations, clock=clock)
    promoting = WaitlistPromoting(
        desk=desk,
        waitlist=store,
        policies=parts.policies,
        neighbourhood=parts.peers,
        clock=clock,
        tell=_tell_defect,
    )
    return WaitlistServices(joining=joining, reading=reading, taking=taking, leaving=leaving), promoting


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
