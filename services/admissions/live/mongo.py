"""What is counted at gates, read from MongoDB; admissions write it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.admissions.live.model import DayCounts, GateCounts
from services.admissions.mongo import CONFLICTS, OCCUPANCY
from services.common.mongo import Mongo, translated_failures

CONFLICTS_OF = timedelta(days=31)
START_FORMAT = "%Y%m%d%H%M"


class MongoCounts:
    """See `services.admissions.live.ports.CountStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._occupancy = mongo.collection(OCCUPANCY)
        self._conflicts = mongo.collection(CONFLICTS)

    async def counts_of(self, venue_id: str, day: date) -> DayCounts:
        """Return the counts of a day; of a day on which nobody came, none."""
        async with translated_failures():
            document = await self._occupancy.find_one({"_id": f"{venue_id}:{day.isoformat()}"})
        return DayCounts() if document is None else _read_counts(document)

    async def open_conflicts(self, venue_id: str, now: datetime) -> int:
        """Return how many conflicts of the venue nobody has settled, of those found in the month up to `now`."""
        # Settled ones are left out here: a further field in the question makes the embedded database scan.
        found = {"$gte": now - CONFLICTS_OF, "$lt": now + timedelta(days=1)}
        query = {"venue_id": venue_id, "found_at": found}
        async with translated_failures():
            return sum([one.get("settled_at") is None async for one in self._conflicts.find(query, {"settled_at": 1})])


def _read_counts(document: Mapping[str, Any]) -> DayCounts:
    return DayCounts(
        admitted=document["admitted"],
        left=document["left"],
        inside=document["inside"],
        version=document["version"],
        gates={gate_id: _read_gate(counted) for gate_id, counted in document.get("gates", {}).items()},
        starts={
            datetime.strptime(start, START_FORMAT).replace(tzinfo=UTC): admitted
            for start, admitted in document.get("starts", {}).items()
        },
    )


def _read_gate(document: Mapping[str, Any]) -> GateCounts:
    return GateCounts(
        admitted=document.get("admitted", 0), left=document.get("left", 0), last_at=document.get("last_at")
    )
