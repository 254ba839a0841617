"""How full a venue is, in the levels that it wants to be told of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.admissions.batch import VenueDay


class CrowdChange(StrEnum):
    """Which way the number of people goes."""

    RISING = "rising"
    EASING = "easing"


@dataclass(frozen=True, kw_only=True)
class CrowdStanding:
    """The level of a venue on a day, in percent of its ceiling, and how many alerts there were; 0: none."""

    level: int = 0
    alerts: int = 0


@dataclass(frozen=True, kw_only=True)
class CrowdAlert:
    """That a venue has come to another level: `level` is the one it stands at now, 0 below all; never changed."""

    of: VenueDay
    number: int
    level: int
    change: CrowdChange
    inside: int
    ceiling: int
    noticed_at: datetime

    @property
    def id(self) -> str:
        """Venue, day, and the how manieth it is."""
        return f"{self.of.key}:{self.number}"


CALM = CrowdStanding()
