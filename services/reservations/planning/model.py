"""What planning does to slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.calendars.resolving import PlannedSlot
from services.reservations.model import Slot


class Action(StrEnum):
    """What happens to a slot when its calendar is planned."""

    ADD = "add"
    CHANGE = "change"
    WITHDRAW = "withdraw"
    RESTORE = "restore"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One slot that is not as planned: `planned` is what it shall be, `slot` what it is; one of them may be missing."""

    action: Action
    planned: PlannedSlot | None
    slot: Slot | None

    @property
    def booked(self) -> int:
        """How many people have places, or are offered some."""
        return 0 if self.slot is None else self.slot.capacity - self.slot.places_left


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done so that a venue's future slots are as its calendar says, and how many stay as they are."""

    steps: Sequence[Step]
    unchanged: int

    @property
    def hits(self) -> Sequence[Step]:
        """The slots that are withdrawn though people have places in them."""
        return [one for one in self.steps if one.action is Action.WITHDRAW and one.booked]


@dataclass(frozen=True, kw_only=True)
class PlanMark:
    """What a venue's slots were planned from last: while that is the present, there is nothing to plan.

    `almanac` stands for the holidays, `worship` for the times of worship that the calendar was read with.
    """

    venue_id: str
    calendar_version: int
    first_on: date
    days: int
    inputs: str


class Remedy(StrEnum):
    """What becomes of parties whose slot is closed."""

    MOVE = "move"
    CANCEL = "cancel"


class Unmoved(StrEnum):
    """What becomes of a party that no other slot has room for."""

    LEAVE = "leave"
    CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True)
class Closure:
    """Slots that are emptied: their parties are moved or cancelled, told so, and have no disadvantage by it."""

    id: str
    venue_id: str
    slot_ids: tuple[str, ...]
    remedy: Remedy
    unmoved: Unmoved
    job_id: str
    ordered_by: str
    ordered_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClosureReport:
    """How many parties were moved, cancelled, have entered, or have their place still; `done` slots of all."""

    closure: Closure
    done: bool
    moved: int
    cancelled: int
    entered: int
    left: int
