"""Rounds, draws, the visits that they plan, and tasks."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.patrols.sites.model import SiteKind


class TaskKind(StrEnum):
    """Why a site is to be visited."""

    ROUTINE = "routine"
    RANDOM = "random"
    REINSPECTION = "reinspection"
    COMPLAINT = "complaint"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class CancelReason(StrEnum):
    """Why a task, a round or a draw was called off."""

    SITE_CLOSED = "site_closed"
    DUPLICATE = "duplicate"
    NOT_NEEDED = "not_needed"
    PLANNED_WRONGLY = "planned_wrongly"
    FORCE_MAJEURE = "force_majeure"


# What was drawn is visited, or the draw would be the choice of whoever calls visits off: only these excuse it.
EXCUSES_FROM_DRAWS = frozenset({CancelReason.SITE_CLOSED, CancelReason.FORCE_MAJEURE})


class RecusalReason(StrEnum):
    """Why an inspector must not be sent to a site."""

    KINSHIP = "kinship"
    FORMER_EMPLOYEE = "former_employee"
    COMPLAINT_PENDING = "complaint_pending"
    OTHER_INTEREST = "other_interest"


@dataclass(frozen=True, kw_only=True)
class Task:
    """A visit to be made by one of the assignees (accounts), from one day to another, both included.

    `origin_id` is the round, draw, finding or complaint that it comes of; its own id where it was assigned by hand. An
    empty list of assignees means that any inspector of the district may take it. `reassigned` counts how often it was
    given to others.
    """

    id: str
    kind: TaskKind
    site_id: str
    site_kind: SiteKind
    template_id: str
    assignees: tuple[str, ...]
    from_on: date
    due_on: date
    state: TaskState
    origin_id: str
    check_in_id: str | None
    done_at: datetime | None
    district_id: str
    seen_by: tuple[str, ...]
    created_at: datetime
    version: int
    cancelled_because: CancelReason | None = None
    reassigned: int = 0


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit that was planned, or drawn; it becomes a task unless the site is closed by then."""

    site_id: str
    assignees: tuple[str, ...]
    from_on: date
    due_on: date


class TaskingState(StrEnum):
    """How far the tasks of a plan are: made a hundred at a time, and cancelled in the same way."""

    MAKING = "making"
    MADE = "made"
    ENDING = "ending"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Visits:
    """All visits of a round or a draw, whose id it has; they never change."""

    id: str
    kind: TaskKind
    site_kind: SiteKind
    template_id: str
    visits: tuple[Visit, ...]
    begun_at: datetime
    begun_by: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Tasking:
    """How many of the visits of a round or a draw, whose id it has, were looked at, became tasks, and were cancelled.

    `reason` is why it ends, `ended_by` whose wish that was.
    """

    id: str
    state: TaskingState
    total: int
    looked_at: int
    made: int
    cancelled: int
    version: int
    reason: CancelReason | None = None
    ended_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Round:
    """A routine round: each active site of a district is visited once in each stretch of `every_days` of the window."""

    id: str
    name: str
    district_id: str
    site_kind: SiteKind
    template_id: str
    every_days: int | None
    from_on: date
    due_on: date
    sites: int
    inspectors: int
    planned_at: datetime
    planned_by: str
    seen_by: tuple[str, ...]
    version: int


class DrawState(StrEnum):
    """Where a draw stands."""

    COMMITTED = "committed"
    HELD = "held"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class PublicSource:
    """Whose announcement becomes part of the seed, and on which day: one after that of the commitment."""

    name: str
    announced_on: date


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is known since a draw was held: the server's part of the seed (64 hexadecimal digits), and the public part.

    `checkpoint` is the signed note of `checkpoint_size` leaves in which the commitment lay by then, as leaf `leaf`.
    """

    server_seed: str
    public_value: str
    leaf: int
    checkpoint: str
    checkpoint_size: int
    held_at: datetime
    held_by: str


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """That a draw will not be held, and why."""

    reason: CancelReason
    withdrawn_at: datetime
    withdrawn_by: str


@dataclass(frozen=True, kw_only=True)
class Draw:
    """A random selection: committed to first, held later.

    `pool_digest` is the SHA-256 of the pool's text, `seed_digest` that of the server's seed (32 bytes), which lies
    encrypted in `sealed_seed`. `publish_on` is the day from which anybody may see what was drawn: see `public_from`.
    """

    id: str
    name: str
    scope: str
    site_kind: SiteKind
    template_id: str
    sites: int
    inspectors_per_site: int
    from_on: date
    due_on: date
    publish_on: date | None
    source: PublicSource
    pool_sites: int
    pool_inspectors: int
    pool_digest: str
    seed_digest: str
    sealed_seed: bytes = field(repr=False)
    state: DrawState
    committed_at: datetime
    committed_by: str
    held: Held | None
    withdrawn: Withdrawn | None
    seen_by: tuple[str, ...]
    version: int


@dataclass(frozen=True, kw_only=True)
class DrawPool:
    """What a draw, whose id it has, is drawn from, in one spelling (RFC 8785); it never changes."""

    id: str
    text: str
    version: int
