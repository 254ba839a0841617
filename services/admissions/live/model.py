"""How a venue stands at its gates right now, in totals: whoever has missed something has missed nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class GateCounts:
    """How many went in and out by one gate on a day, and when the last of them did."""

    admitted: int
    left: int
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DayCounts:
    """What is counted at a venue on a day of the city; `version` grows with each change.

    `inside` is admitted less left, as staff have corrected it; `starts` are how many were admitted of slots by their
    start.
    """

    admitted: int = 0
    left: int = 0
    inside: int = 0
    version: int = 0
    gates: Mapping[str, GateCounts] = field(default_factory=dict)
    starts: Mapping[datetime, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DeviceStanding:
    """An enrolled gate device: when it was heard last, how many scans it has yet to upload, and how its clock goes.

    `skew_ms` is the server's time less the device's.
    """

    id: str
    name: str
    last_seen_at: datetime | None
    queued: int | None
    skew_ms: int | None
    last_pack_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class VenueFacts:
    """What changes seldom at a venue; `ceiling` is how many may be inside, None where nobody has said."""

    ceiling: int | None
    devices: tuple[DeviceStanding, ...]
    open_conflicts: int


@dataclass(frozen=True, kw_only=True)
class GateStanding:
    """A gate and what is counted there today."""

    gate_id: str
    name: str
    name_en: str
    use: str
    admitted: int
    left: int
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SlotStanding:
    """A slot of today: how many places are taken, and how many of its people have come."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    booked: int
    admitted: int


@dataclass(frozen=True, kw_only=True)
class VenueState:
    """Everything that a screen at a gate or in an office shows of a venue today.

    `expected_now` are those who hold places in slots that people are let in for right now and who have not come yet.
    """

    venue_id: str
    day: date
    version: int
    admitted: int
    left: int
    inside: int
    expected_now: int
    slots: tuple[SlotStanding, ...]
    gates: tuple[GateStanding, ...]
    facts: VenueFacts
