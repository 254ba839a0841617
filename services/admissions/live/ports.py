"""What the live view needs from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from services.admissions.live.model import DayCounts, DeviceStanding, VenueState
from services.identity.model import Actor


class CountStore(Protocol):
    """What is counted at gates, and what did not fit."""

    async def counts_of(self, venue_id: str, day: date) -> DayCounts:
        """Return the counts of a day; of a day on which nobody came, none."""

    async def open_conflicts(self, venue_id: str, now: datetime) -> int:
        """Return how many conflicts of the venue nobody has settled, of those found in the month up to `now`."""


class Ceilings(Protocol):
    """How many people venues may hold."""

    async def ceiling_of(self, venue_id: str) -> int | None:
        """Return the venue's ceiling; None where nobody has set one."""


class DeviceList(Protocol):
    """The gate devices of venues."""

    async def enrolled_at(self, venue_id: str) -> Sequence[DeviceStanding]:
        """Return the enrolled devices of a venue, by name."""


class Looking(Protocol):
    """What a venue's state is made of, put together."""

    async def ensure_within(self, actor: Actor, venue_id: str) -> None:
        """Raise VenueUnknown when there is no such venue, or not within the actor's scope."""

    async def look(self, venue_id: str) -> VenueState:
        """Return how the venue stands; raises VenueUnknown, DatabaseUnavailable."""
