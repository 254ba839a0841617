"""When a checkpoint is due, and what it must agree with."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from services.transparency.merkle import is_consistent
from services.transparency.model import ConsistencyProof, SignedCheckpoint

INTERIM_AFTER = timedelta(seconds=60)


class Due(StrEnum):
    """Why a checkpoint is signed: the clock asks for it, or there is something new to prove."""

    REGULAR = "regular"
    INTERIM = "interim"


def find_due(last: SignedCheckpoint | None, size: int, now: datetime, every_s: int) -> Due | None:
    """Return which checkpoint is due, if any, when the log has `size` leaves now."""
    if last is None or period_of(now, every_s) > last.period_at:
        return Due.REGULAR
    if size > last.checkpoint.size and now - last.signed_at >= INTERIM_AFTER:
        return Due.INTERIM
    return None


def period_of(now: datetime, every_s: int) -> datetime:
    """Return when the interval of the clock began in which `now` lies: with 3600 seconds, at the full hour."""
    return datetime.fromtimestamp(int(now.timestamp()) // every_s * every_s, UTC)


def next_period(now: datetime, every_s: int) -> datetime:
    """Return when the next interval begins."""
    return period_of(now, every_s) + timedelta(seconds=every_s)


def continues(last: SignedCheckpoint, proof: ConsistencyProof) -> bool:
    """Tell whether the log as it is now begins with all that the last checkpoint vouches for."""
    old = last.checkpoint
    if (old.size, old.root) != (proof.from_size, proof.from_root):
        return False
    return is_consistent(old.size, old.root, proof.to_size, proof.to_root, proof.hashes)
