"""What crowd alerts need from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol

from services.admissions.batch import VenueDay
from services.admissions.ceilings.model import GatePolicy
from services.admissions.crowds.model import CrowdAlert, CrowdStanding
from services.sync.model import OutboxEvent


class CrowdStore(Protocol):
    """How full venues are, and what was told of it."""

    async def inside(self, days: Collection[VenueDay]) -> Mapping[VenueDay, int]:
        """Return how many people are inside, for those days on which somebody was."""

    async def standings(self, days: Collection[VenueDay]) -> Mapping[VenueDay, CrowdStanding]:
        """Return the level at which each stands, for those of which something was told."""

    async def claim(self, alert: CrowdAlert, event: OutboxEvent) -> bool:
        """Keep an alert with its event; False when another process was quicker with this one."""

    async def alerts_on(self, venue_id: str, day: date) -> Sequence[CrowdAlert]:
        """Return what was told of a venue on a day, the first alert first."""


class Alerting(Protocol):
    """What venues want to be told."""

    async def alerting(self) -> Sequence[GatePolicy]:
        """Return the policies of venues whose people are to be alerted."""
