"""What recounts need from outside."""

from datetime import date
from typing import Protocol

from services.admissions.occupancy.model import DayStanding, Recount


class RecountStore(Protocol):
    """Recounts, and the counts that they put right."""

    async def find(self, recount_id: str) -> Recount | None:
        """Return the recount, or None when there is none."""

    async def standing_of(self, venue_id: str, day: date) -> DayStanding | None:
        """Return what is counted on a day; None when nobody has come, nor been counted."""

    async def claim(self, recount: Recount, seen: DayStanding | None) -> bool:
        """Keep a recount and add its difference to the count, with whoever came or went since it was seen.

        False when another recount was quicker, or this one is kept already.
        """
