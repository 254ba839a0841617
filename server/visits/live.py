"""Builds the live view of venues."""

from collections.abc import Sequence

import structlog

from server.visits.parts import VisitParts
from services.admissions.devices.model import DeviceState
from services.admissions.devices.mongo import MongoDevices
from services.admissions.devices.ports import DeviceStore
from services.admissions.live.model import DeviceStanding
from services.admissions.live.mongo import MongoCounts
from services.admissions.live.reading import LiveReading
from services.admissions.live.watching import Watching
from services.reservations.mongo.slots import MongoSlots

log = structlog.get_logger("live")


class EnrolledDevices:
    """Shows the devices of venues as the live view shows them."""

    def __init__(self, store: DeviceStore) -> None:
        self._store = store

    async def enrolled_at(self, venue_id: str) -> Sequence[DeviceStanding]:
        """Return the enrolled devices of a venue, by name."""
        found = [one for one in await self._store.of_venue(venue_id) if one.state is DeviceState.ENROLLED]
        return [
            DeviceStanding(
                id=one.id,
                name=one.name,
                last_seen_at=one.last_seen_at,
                queued=one.queued,
                skew_ms=one.skew_ms,
                last_pack_at=one.last_pack_at,
            )
            for one in sorted(found, key=lambda one: (one.name, one.id))
        ]


def build_watching(parts: VisitParts) -> Watching:
    """Return what looks at venues for those who watch them."""
    reading = LiveReading(
        counts=MongoCounts(parts.mongo),
        slots=MongoSlots(parts.mongo),
        ceilings=parts.ceilings,
        devices=EnrolledDevices(MongoDevices(parts.mongo)),
        venues=parts.venues,
        clock=parts.clock,
    )
    return Watching(reading=reading, tell=_tell_defect)


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
