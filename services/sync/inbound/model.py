"""References that come from the main system, what they are here, and what was noted when both disagreed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.sync.standard.model import Flaw


class ReferenceKind(StrEnum):
    """What the main system tells us of, each in the order in which it is taken: later ones refer to earlier ones."""

    DIVISION = "division"
    VENUE = "venue"
    ITEM_TYPE = "item_type"
    INSPECTOR = "inspector"
    OUTLET = "outlet"


class FieldOwner(StrEnum):
    """Whose word on a field counts."""

    MAIN = "main"
    HERE = "here"


class Cause(StrEnum):
    """Why there is a conflict."""

    CHANGED_HERE = "changed_here"
    DIFFERED_AT_FIRST = "differed_at_first"
    OURS_DIFFERS = "ours_differs"
    SAME_VERSION = "same_version"
    GONE_THERE = "gone_there"
    MERGED_HERE = "merged_here"


class ConflictState(StrEnum):
    """Whether anybody has said that a conflict was seen."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"


class Outcome(StrEnum):
    """What became of a document of the main system."""

    TAKEN = "taken"
    KNOWN = "known"
    STALE = "stale"
    REFUSED = "refused"
    GONE = "gone"


class FollowingMode(StrEnum):
    """How the main system is followed."""

    OFF = "off"
    STREAM = "stream"
    POLL = "poll"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One thing as the main system describes it: sound by its schema; `data` is None where it is deleted there."""

    kind: ReferenceKind
    key: str
    version: int
    updated_at: datetime
    data: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class RefusedReference:
    """A document of the main system that could not be taken, and why; none of its values. `id` is `kind:key`."""

    id: str
    kind: ReferenceKind
    key: str
    version: int | None
    flaws: tuple[Flaw, ...]
    first_seen_at: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Link:
    """Which thing here is one of the main system, and what of it was taken last; `id` is `kind:key`.

    Version 0: claimed, and nothing taken yet. `base` are the main system's fields as they were taken, `pending` those
    that were about to be taken in claims since then that nobody has finished. `fence` counts claims: only the last one
    may write. `digest` is that of the data taken last. `gone`: the main system has it no more.
    """

    id: str
    kind: ReferenceKind
    key: str
    local_id: str
    version: int
    digest: str
    base: Mapping[str, Any] | None
    pending: tuple[Mapping[str, Any], ...]
    fence: int
    gone: bool


@dataclass(frozen=True, kw_only=True)
class Local:
    """A thing as it is here, in the words of its schema; `version` is its own, where it has one.

    `held` says why nothing of the main system may change it any more.
    """

    fields: Mapping[str, Any]
    version: int | None
    held: Cause | None = None


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What a domain is to take: `fields` are the main system's, `data` all it said, for what is new here.

    `seen` is the thing as it was read, None where there was none; whoever changed it since was quicker. `fence` grows
    with each claim of the thing: what was written under a higher one stays.
    """

    key: str
    local_id: str
    fields: Mapping[str, Any]
    data: Mapping[str, Any]
    seen: Local | None
    fence: int


@dataclass(frozen=True, kw_only=True)
class FieldPair:
    """The field `name` on both sides, as JSON text; None where a value is personal, or there is none."""

    name: str
    here: str | None = field(repr=False)
    there: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """That both sides said different things; `winner` says whose word stands. `here_version` is that of the thing.

    `id` is made of what the conflict is about: noting it again is no new conflict.
    """

    id: str
    kind: ReferenceKind
    key: str
    local_id: str
    cause: Cause
    winner: FieldOwner
    fields: tuple[FieldPair, ...]
    here_version: int | None
    there_version: int
    seen_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far the main system has been followed: its resume token, and since when all was compared."""

    token: Mapping[str, Any] | None
    polled_to: Mapping[str, datetime]
    compared_at: datetime | None
    mode: FollowingMode | None


NO_POSITION = Position(token=None, polled_to={}, compared_at=None, mode=None)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A document that the main system changed; `document` is None where it took it out."""

    kind: ReferenceKind
    key: Any
    document: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Some changes in their order, and the token from which those after them are read."""

    changes: tuple[Change, ...]
    token: Mapping[str, Any] | None
