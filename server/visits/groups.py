"""Groups, put together."""

import structlog

from handlers.visit_context import GroupServices
from server.visits.parts import VisitParts
from services.reservations.groups.applying import Applying
from services.reservations.groups.deciding import Deciding
from services.reservations.groups.finishing import Finishing
from services.reservations.groups.following import Following
from services.reservations.groups.mongo import MongoApplications
from services.reservations.groups.reading import ApplicationReading
from services.reservations.groups.roster import Rosters
from services.reservations.groups.tending import Tending
from services.reservations.planning.mongo import MongoParties

log = structlog.get_logger("groups")


def build_groups(parts: VisitParts) -> tuple[GroupServices, Tending]:
    """Return the services, and what goes on with approvals and lets applications expire in the background."""
    desk, clock, ids = parts.desk, parts.clock, parts.ids
    store = MongoApplications(parts.mongo, clock, ids)
    following = Following(reservations=parts.reservations, parties=MongoParties(parts.mongo))
    reading = ApplicationReading(
        store=store, following=following, venues=parts.venues, cipher=parts.cipher, clock=clock
    )
    finishing = Finishing(store=store, desk=desk, reservations=parts.reservations, clock=clock, ids=ids)
    services = GroupServices(
        applying=Applying(
            store=store,
            reading=reading,
            finishing=finishing,
            desk=desk,
            venues=parts.venues,
            policies=parts.policies,
            pauses=parts.bookings.pauses,
            cipher=parts.cipher,
            clock=clock,
            ids=ids,
        ),
        deciding=Deciding(store=store, reading=reading, finishing=finishing, desk=desk, clock=clock, ids=ids),
        reading=reading,
        rosters=Rosters(
            store=store,
            reading=reading,
            reservations=parts.reservations,
            entries=parts.gate.admitting,
            tables=parts.tables,
            drafting=parts.bookings.drafting,
            cipher=parts.cipher,
            clock=clock,
        ),
    )
    tending = Tending(
        store=store, finishing=finishing, following=following, desk=desk, clock=clock, ids=ids, tell=_tell_defect
    )
    return services, tending


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
