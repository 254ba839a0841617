"""Strikes, what is said about them, the pauses they make, and amnesties."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.identity.model import Actor

# An offline gate uploads its scans when it has a network again, at the latest the next day (docs/no-shows.md). A day is
# cheaper than a person who came and reads that they did not.
GRACE = timedelta(hours=24)
# A gate that read no code from so long before a slot until so long after it was not in use, or broken: whoever came
# then left no trace.
GATE_USED_WITHIN = timedelta(hours=12)
# How long somebody who was counted may say why.
APPEAL_WITHIN = timedelta(days=30)


class Reason(StrEnum):
    """Why a visit is counted: nobody of the party came, or the places were given back too late."""

    MISSED = "missed"
    LATE_CANCEL = "late_cancel"


class State(StrEnum):
    """Where a strike stands. One that is appealed counts until it is pardoned.

    Withdrawn: a scan that came in later says that the party did come.
    """

    COUNTED = "counted"
    APPEALED = "appealed"
    PARDONED = "pardoned"
    WITHDRAWN = "withdrawn"


class Decision(StrEnum):
    """What staff say to an appeal."""

    PARDON = "pardon"
    UPHOLD = "uphold"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is counted in the ledger of a no-show group, as `services.policies.model.NoShowTerms` has it."""

    group: str
    strikes: int | None
    strike_days: int
    pause_days: int


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """What the citizen said, and what was decided; None until then."""

    words: str = field(repr=False)
    made_at: datetime
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class NoShow:
    """A strike against an account in the ledger of a no-show group; one for a reservation, whatever happens.

    `id` is random and is all that others see. `terms` are those in force at `at`, when it was judged. `answer` are the
    words of whoever decided the appeal, or the reason of the amnesty.
    """

    id: str
    reservation_id: str
    citizen_id: str
    venue_id: str
    starts_at: datetime
    reason: Reason
    state: State
    at: datetime
    terms: Terms
    appeal: Appeal | None = None
    answer: str | None = None

    @property
    def counts(self) -> bool:
        """Tell whether it stands against the account."""
        return self.state in {State.COUNTED, State.APPEALED}

    @property
    def appeal_until(self) -> datetime:
        """Until when the citizen may say why."""
        return self.at + APPEAL_WITHIN


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Booking is paused from `since` until `until`, because of `strikes`, which are used up by it."""

    group: str
    since: datetime
    until: datetime
    strikes: tuple[NoShow, ...]


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the strikes of one account come to in one ledger: its pauses in order of beginning, and the strikes left."""

    pauses: tuple[Pause, ...]
    left_over: tuple[NoShow, ...]


@dataclass(frozen=True, kw_only=True)
class OwnStrikes:
    """What a citizen sees: all strikes, the newest first; which ones count towards a pause; running pauses by group."""

    strikes: tuple[NoShow, ...]
    counting: frozenset[str]
    pauses: tuple[Pause, ...]
    venues: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What the gate knows of a party: how many came, or when the places were given back."""

    admitted_count: int
    cancelled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Amnesty:
    """All strikes for visits at a venue whose slot starts in [from_at, to_at) are pardoned, those to come as well."""

    id: str
    venue_id: str
    from_at: datetime
    to_at: datetime
    reason: str
    declared_by: str
    declared_at: datetime

    def covers(self, starts_at: datetime) -> bool:
        """Tell whether a slot that starts then lies in it."""
        return self.from_at <= starts_at < self.to_at


@dataclass(frozen=True, kw_only=True)
class AppealWish:
    """A citizen says why a strike should not stand."""

    citizen_id: str
    no_show_id: str
    words: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Staff decide an appeal."""

    actor: Actor
    no_show_id: str
    decision: Decision
    words: str


@dataclass(frozen=True, kw_only=True)
class AmnestyWish:
    """Staff pardon a stretch of time at a venue."""

    actor: Actor
    venue_id: str
    from_at: datetime
    to_at: datetime
    reason: str
