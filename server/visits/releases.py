"""The parts of fair releases, put together."""

from dataclasses import dataclass

import structlog

from handlers.visit_context import ReleaseServices
from server.visits.parts import VisitParts
from services.reservations.mongo.slots import MongoSlots
from services.reservations.releases.freezing import Freezing
from services.reservations.releases.holding import Holding
from services.reservations.releases.marking import Marking
from services.reservations.releases.mongo.releases import MongoReleases
from services.reservations.releases.mongo.requests import MongoDrawRequests
from services.reservations.releases.opening import Opening
from services.reservations.releases.publishing import Publishing
from services.reservations.releases.requesting import Requesting
from services.reservations.releases.settling import Settling
from services.reservations.releases.winning import Winning
from services.reservations.releases.working import ReleaseWork
from services.transparency.model import LogName
from services.transparency.mongo import MongoCheckpoints

# A log that stands still has one an hour, and one that grows has a larger one next.
LOOKED_AT = 10

log = structlog.get_logger("releases")


@dataclass(frozen=True, kw_only=True)
class ItemCheckpoints:
    """The checkpoints of the log of items."""

    checkpoints: MongoCheckpoints

    async def last_number(self) -> int:
        """Return the number of the last one, 0 when there is none."""
        last = await self.checkpoints.find_last(LogName.ITEMS)
        return 0 if last is None else last.number

    async def find_growth(self, number: int) -> str | None:
        """Return the signed note of the first one after `number` that has more leaves, if there is one."""
        found = await self.checkpoints.numbered(LogName.ITEMS, max(number, 1), LOOKED_AT)
        size = found[0].checkpoint.size if number and found else 0
        return next((one.note for one in found if one.checkpoint.size > size), None)


def build_marking(parts: VisitParts) -> Marking:
    """Return what knows which days are drawn, and keeps their slots for the draw."""
    return Marking(desk=parts.desk, slots=MongoSlots(parts.mongo), store=MongoReleases(parts.mongo))


def build_releases(parts: VisitParts) -> tuple[ReleaseServices, ReleaseWork]:
    """Return the services, and what freezes, draws and settles in the background."""
    releases, requests, marking = MongoReleases(parts.mongo), MongoDrawRequests(parts.mongo), build_marking(parts)
    checkpoints = ItemCheckpoints(checkpoints=MongoCheckpoints(parts.mongo))
    services = ReleaseServices(
        opening=Opening(store=releases, marking=marking, venues=parts.venues, cipher=parts.cipher, clock=parts.clock),
        requesting=Requesting(
            releases=releases,
            requests=requests,
            marking=marking,
            drafting=parts.bookings.drafting,
            pauses=parts.bookings.pauses,
            cipher=parts.cipher,
            clock=parts.clock,
        ),
        publishing=Publishing(store=releases, venues=parts.venues),
    )
    winning = Winning(
        desk=parts.desk,
        reservations=parts.reservations,
        policies=parts.policies,
        limits=parts.bookings.limits,
        clock=parts.clock,
        ids=parts.ids,
    )
    work = ReleaseWork(
        releases=releases,
        marking=marking,
        freezing=Freezing(
            releases=releases, requests=requests, marking=marking, checkpoints=checkpoints, clock=parts.clock
        ),
        holding=Holding(releases=releases, checkpoints=checkpoints, cipher=parts.cipher, clock=parts.clock),
        settling=Settling(releases=releases, requests=requests, marking=marking, winning=winning, clock=parts.clock),
        clock=parts.clock,
        tell=_tell_defect,
    )
    return services, work


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
