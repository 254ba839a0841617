"""What anybody may learn of an item, and what is kept of those who ask: counts, and nothing of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.items.model import Item
from services.transparency.model import InclusionProof, SignedCheckpoint


class Verdict(StrEnum):
    """What a code is: ours and bound to an item, ours and not bound yet, or not ours."""

    GENUINE = "genuine"
    NOT_ACTIVATED = "not_activated"
    NOT_GENUINE = "not_genuine"


class PublicState(StrEnum):
    """Where an item is in its life, in words for everybody."""

    IN_USE = "in_use"
    RETIRED = "retired"
    DESTROYED = "destroyed"
    VOID = "void"


class Caution(StrEnum):
    """What somebody with the thing in hand should know, the worst first."""

    STOLEN = "stolen"
    RECALLED = "recalled"
    DESTROYED = "destroyed"
    VOID = "void"
    RETIRED = "retired"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    MANY_CHECKS = "many_checks"
    DAMAGED = "damaged"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A square of 0.1 degree, about 10 km, by its middle: all that is kept of a position. In tenths of a degree."""

    lng: int
    lat: int


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Where and when an item was checked."""

    cell: Cell
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody's check: from which address, of which nothing is kept, and in which cell, if their phone told."""

    address: str
    cell: Cell | None


@dataclass(frozen=True, kw_only=True)
class Checks:
    """How an item was checked: since when, how often, the last instants, and the last known position.

    `travelled_at` is when it was last seen farther from its last position than anything travels.
    """

    first_checked_at: datetime | None = None
    count: int = 0
    recent: tuple[datetime, ...] = ()
    last_seen: Sighting | None = None
    travelled_at: datetime | None = None


UNCHECKED = Checks()


@dataclass(frozen=True, kw_only=True)
class ShownAttribute:
    """A public attribute with the title that its type's schema gives it."""

    name: str
    title: str
    value: Any


class ProofStatus(StrEnum):
    """Whether an event is covered by a checkpoint: yes, not yet, or that cannot be shown now."""

    INCLUDED = "included"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class LogProof:
    """That the item's latest event, leaf `index`, is in the log.

    `checkpoint` and `inclusion` are there when it is included; `expected_by` says when a pending one should be.
    """

    index: int
    status: ProofStatus
    checkpoint: SignedCheckpoint | None = None
    inclusion: InclusionProof | None = None
    expected_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An item as a check found it, with its checks, of which this one is the last."""

    item: Item
    checks: Checks


@dataclass(frozen=True, kw_only=True)
class PublicItem:
    """All that anybody is told of an item. `last_checked_on` is the day, in the city, of the check before this one."""

    type_name: str | None
    type_name_en: str | None
    name: str | None
    attributes: Sequence[ShownAttribute]
    state: PublicState
    warnings: Sequence[Caution]
    first_checked_at: datetime | None
    checks: int
    last_checked_on: date | None
    proof: LogProof


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to a check; `code` in groups of four where it is ours, `item` where it is bound."""

    verdict: Verdict
    code: str | None = None
    item: PublicItem | None = None
