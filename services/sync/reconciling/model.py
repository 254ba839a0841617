"""Differences between our shelf and the recipient's, and what a reconciliation reports of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.shelves.model import Cell, Lying, Sum

MOST_LISTED = 1000


class Sort(StrEnum):
    """What is different.

    Found by comparing shelves: MISSING (only we have it), SURPLUS (only they have it, with us as sender), STALE (theirs
    is older), AHEAD (theirs is newer), ALTERED (the same version, but not the same). Found by a deep reconciliation:
    SPOILT (its contents do not give its digest), UNTOLD (never delivered), OUTDATED (delivered, but not as it is now).
    """

    MISSING = "missing"
    SURPLUS = "surplus"
    STALE = "stale"
    AHEAD = "ahead"
    ALTERED = "altered"
    SPOILT = "spoilt"
    UNTOLD = "untold"
    OUTDATED = "outdated"


class Depth(StrEnum):
    """SUMS compares both shelves; DEEP also what lies there with its digest, and our shelf with the records."""

    SUMS = "sums"
    DEEP = "deep"


class Treatment(StrEnum):
    """What is done about differences."""

    REPAIR = "repair"
    REPORT = "report"


class Asker(StrEnum):
    """Who wanted a reconciliation."""

    NIGHTLY = "nightly"
    OPERATOR = "operator"
    API = "api"


class State(StrEnum):
    """Where a reconciliation is; one whose process was killed is BROKEN_OFF."""

    REQUESTED = "requested"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BROKEN_OFF = "broken_off"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One envelope that is not the same on both shelves; `id` is the recipient's, None stands for what is not there.

    `source_id` is what the thing is called here, as far as it is known without asking its source.
    """

    kind: RecordKind
    id: str
    sort: Sort
    ours: Lying | None
    theirs: Lying | None
    source_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A kind at a glance: how many envelopes both sides have, and the cells whose sums differ, with both sums."""

    ours: int
    theirs: int
    cells: tuple[tuple[Cell, Sum | None, Sum | None], ...]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A record as it is now, in its envelope; None where it breaks the standard. `id` is the recipient's."""

    id: str
    source_id: str
    envelope: Envelope | None


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A difference in a report; versions are None where there is none."""

    kind: RecordKind
    id: str
    sort: Sort
    our_version: int | None
    their_version: int | None
    repaired: bool


@dataclass(frozen=True, kw_only=True)
class KindReport:
    """What was found of a kind.

    `ours` and `theirs` count envelopes, `foreign` what others laid there. `reads` counts the documents that were read
    from both shelves, sums included; `full_reads` those that comparing everything would have read. `records` counts
    what a deep reconciliation read from the source.
    """

    kind: RecordKind
    ours: int = 0
    theirs: int = 0
    found: Mapping[Sort, int] = field(default_factory=dict)
    repaired: int = 0
    left: int = 0
    foreign: int = 0
    reads: int = 0
    full_reads: int = 0
    records: int = 0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants reconciled."""

    kinds: tuple[RecordKind, ...]
    depth: Depth
    treatment: Treatment
    by: Asker


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """A reconciliation and its report; `failure` is the code of what it failed by.

    At most MOST_LISTED differences are `listed`; the reports by kind count all of them.
    """

    id: str
    wish: Wish
    state: State
    asked_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    failure: str | None = None
    kinds: tuple[KindReport, ...] = ()
    listed: tuple[Listed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a reconciliation is: so many kinds are done, and in this one so much was looked at."""

    kind: RecordKind
    done: int
    kinds: int
    looked_at: int
    found: int
