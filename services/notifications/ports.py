"""What notices need from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.notifications.model import Attempt, Claim, Grant, Notice, NoticeKind, NoticeState, Parcel, Settlement


class CallStore(Protocol):
    """Calls that wait to become notices. Raises DatabaseUnavailable."""

    async def waiting(self, since: datetime, until: datetime, most: int) -> Sequence[Parcel]:
        """Return at most `most` of those with since <= told_at < until, the earliest first."""

    async def remove(self, parcel_ids: Collection[str]) -> None:
        """Remove those that became notices."""


class NoticeStore(Protocol):
    """Notices. Raises DatabaseUnavailable; then whether a write took effect is unknown."""

    async def add_missing(self, notices: Sequence[Notice]) -> None:
        """Add those whose keys are not there yet."""

    async def due(self, since: datetime, until: datetime, most: int) -> Sequence[Notice]:
        """Return at most `most` that wait and have since <= due_at < until, the earliest first."""

    async def count_due(self, since: datetime, until: datetime) -> int:
        """Return how many wait and have since <= due_at < until."""

    async def claim(self, attempt: Attempt, until: datetime) -> Claim:
        """Hold a waiting notice until then and take an accept for it, both or neither."""

    async def settle(self, attempt: Attempt, settlement: Settlement) -> bool:
        """Keep what became of it, accept included; False when it is not this attempt's (any more)."""

    async def put_off(self, notice: Notice, due_at: datetime) -> None:
        """Let a notice wait longer, if it still waits as it was read."""

    async def end(self, notice: Notice, state: NoticeState, at: datetime, code: str | None = None) -> bool:
        """End a notice that nobody sends, if it still waits as it was read."""

    async def give_up_stale(self, since: datetime, now: datetime) -> Sequence[NoticeKind]:
        """Make uncertain whose hold ended within since <= until < now; return the kind of each."""

    async def between(self, citizen_id: str, since: str, until: str) -> Sequence[Notice]:
        """Return a citizen's notices with since <= id < until."""


class AcceptStore(Protocol):
    """How many messages of each kind people will take. Raises DatabaseUnavailable."""

    async def left(self, citizen_id: str) -> Mapping[NoticeKind, int]:
        """Return what is left, by kind; kinds that were never accepted may be missing."""

    async def grant(self, grant: Grant, fingerprint: str, now: datetime) -> None:
        """Add one for each accepted kind, once for each id; raises IdempotencyKeyReused for another content."""


class Sender(Protocol):
    """The way to a person's phone."""

    async def send(self, address: str, template_id: str, fields: Mapping[str, str], page: str) -> None:
        """Send a message at most once; raises SendFailed, whose `outcome` says what that means."""


class Addresses(Protocol):
    """Where people are reached."""

    async def find(self, citizen_id: str) -> str | None:
        """Return the citizen's openid, None when there is no such citizen. Raises DatabaseUnavailable."""


class VenueNames(Protocol):
    """What venues are called."""

    async def find(self, venue_id: str) -> str | None:
        """Return a venue's Chinese name. Raises DatabaseUnavailable."""


class VisitStanding(Protocol):
    """Whether a visit that somebody shall be reminded of still stands."""

    async def still_holds(self, subject_id: str, citizen_id: str) -> bool:
        """Tell whether the citizen still has these places. Raises DatabaseUnavailable."""


class Watch(Protocol):
    """Who hears of what an operator should know; never a text, an openid or an id."""

    def ended(self, kind: NoticeKind, state: NoticeState, code: str | None) -> None:
        """Hear that a notice came to its end."""

    def put_off(self, code: str) -> None:
        """Hear that WeChat could not be used now."""

    def waiting(self, count: int) -> None:
        """Hear how many notices are due and not sent yet."""

    def defect(self, error: Exception) -> None:
        """Hear of a defect of ours."""
