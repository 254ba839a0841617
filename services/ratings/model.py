"""Ratings of visits, their answers and tickets, and the commands that change them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from services.common.model import IdempotentRequest
from services.identity.model import Actor

Workday = Callable[[date], bool]


class Level(IntEnum):
    """The five levels of 好差评, as GB/T 39735-2020 has them; the two lowest are bad (差评)."""

    VERY_SATISFIED = 5
    SATISFIED = 4
    BASICALLY_SATISFIED = 3
    DISSATISFIED = 2
    VERY_DISSATISFIED = 1


class Tag(StrEnum):
    """What was good or bad about a visit; `services.ratings.rules` says which is which."""

    CLEAN = "clean"
    ORDERLY = "orderly"
    FRIENDLY_STAFF = "friendly_staff"
    QUICK_ENTRY = "quick_entry"
    CLEAR_SIGNS = "clear_signs"
    ACCESSIBLE = "accessible"
    EASY_BOOKING = "easy_booking"
    UNCLEAN = "unclean"
    CROWDED = "crowded"
    UNFRIENDLY_STAFF = "unfriendly_staff"
    LONG_WAIT = "long_wait"
    UNCLEAR_SIGNS = "unclear_signs"
    NOT_ACCESSIBLE = "not_accessible"
    BOOKING_TROUBLE = "booking_trouble"
    UNSAFE = "unsafe"
    PRESSED_TO_PAY = "pressed_to_pay"


class TicketState(StrEnum):
    """Where a bad rating stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the venue or a district said to a rating; `version` of the rating guards its correction."""

    words: str
    answered_on: date
    answered_by: str


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What must be done about a bad rating until the end of `due_on`."""

    state: TicketState
    due_on: date
    escalated_at: datetime | None
    measures: str | None
    closed_on: date | None
    closed_by: str | None


@dataclass(frozen=True, kw_only=True)
class Rating:
    """What somebody said of a visit, by nobody's name: no citizen, no reservation, no party, no hour.

    `id` is a keyed digest of the reservation's id, so that only who knows the reservation finds its rating. `origin`
    stands for the request that wrote it. `seen_by` are the scopes that cover the venue, as `level:id`.
    """

    id: str
    venue_id: str
    seen_by: tuple[str, ...]
    visit_on: date
    rated_on: date
    level: Level
    tags: tuple[Tag, ...]
    words: str | None = field(repr=False)
    origin: str
    version: int
    answer: Answer | None
    ticket: Ticket | None


@dataclass(frozen=True, kw_only=True)
class RateVisit:
    """A citizen rates a visit of theirs."""

    citizen_id: str
    reservation_id: str
    level: Level
    tags: tuple[Tag, ...]
    words: str | None = field(repr=False)
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class AnswerRating:
    """Staff answer a rating, or correct their answer; `version` is that of the rating they saw."""

    actor: Actor
    rating_id: str
    words: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CloseTicket:
    """Staff say what was done about a bad rating."""

    actor: Actor
    rating_id: str
    measures: str


@dataclass(frozen=True, kw_only=True)
class RatingSearch:
    """Which ratings of a venue: None means any. Days are those of rating, both included."""

    venue_id: str
    level: Level | None
    answered: bool | None
    from_on: date | None
    to_on: date | None
    limit: int
    after: str | None


class TicketFilter(StrEnum):
    """Which tickets that are not closed: those without an answer, with one, or past their deadline."""

    OPEN = "open"
    ANSWERED = "answered"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True)
class TicketSearch:
    """Which tickets of the actor's scopes; None means all that are not closed."""

    state: TicketFilter | None
    limit: int
    after: str | None


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """The ratings of a venue on one day, counted."""

    levels: Mapping[Level, int]
    tags: Mapping[Tag, int]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Ratings counted. `satisfaction_rate` is the share of levels 3 to 5, from 0 to 1; `average` that of levels."""

    count: int
    average: float
    satisfaction_rate: float
    levels: Mapping[Level, int]
    tags: Sequence[tuple[Tag, int]]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The figures of a venue's ratings between two days, both included; None where they are withheld."""

    venue_id: str
    from_on: date
    to_on: date
    figures: Figures | None
