"""What a venue demands at its gates."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """How many may be inside a venue at once, None for no bound, and at which percents of that its people are alerted.

    `version` counts its changes; 0 is a venue that has set nothing. `alert_at` is in ascending order.
    """

    venue_id: str
    version: int
    ceiling: int | None
    alert_at: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class GatePolicyChange:
    """A policy as it is to be, of the version after the present one, and who says so."""

    policy: GatePolicy
    changed_by: str
    changed_at: datetime


def default_gate_policy(venue_id: str) -> GatePolicy:
    """Return what holds at a venue that has set nothing."""
    return GatePolicy(venue_id=venue_id, version=0, ceiling=None, alert_at=())
