"""Decisions of the relay, free of input and output."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.sync.model import RecordRef
from services.sync.relay.model import Parcel

BATCH = 1000
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
QUICK_S = 0.025
LONGEST_REST_S = 1.0
REST_FACTOR = 10
# Transactions end within 8 s, and clocks of machines differ a little: what is told late still has an early time.
LATE_COMMITS = timedelta(minutes=2)


def pause_s(failures: int) -> float:
    """Return how long to leave a target alone after its n-th failure in a row, before chance spreads it."""
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE_S)


def rest_s(answered_in_s: float) -> float:
    """Return how long to rest between batches when our own database took so long for a trifle.

    Bookings need the same database: when it is slow, the relay waits and they go on.
    """
    return 0.0 if answered_in_s <= QUICK_S else min(answered_in_s * REST_FACTOR, LONGEST_REST_S)


def batches_of(parcels: Sequence[Parcel], size: int = BATCH) -> Sequence[Sequence[RecordRef]]:
    """Return the records that the parcels name, each once, in their order, in batches."""
    refs = list(dict.fromkeys(ref for parcel in parcels for ref in parcel.records))
    return [refs[start : start + size] for start in range(0, len(refs), size)]


def lag_s(oldest_at: datetime | None, now: datetime) -> float:
    """Return for how many seconds the oldest fact waits: 0 when nothing does."""
    return 0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds())
