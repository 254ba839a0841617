"""Decisions about differences, free of input and output."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from typing import Any

from services.common.clock import CITY_OFFSET
from services.sync.envelopes import checksum_of, digest_of
from services.sync.reconciling.model import Difference, Sort
from services.sync.shelves.model import Cell, Lying, Sum

# Parts of a cell have a sum each: below that many envelopes, their labels are as quickly read as the sums.
FEW = 64
# Where one side has nothing at all, everything differs, and sums tell no more.
SOME = 5000
# What was delivered this recently may be noted on one side only.
SETTLED = timedelta(seconds=10)
# The relay lays an envelope down at the recipient before it marks it here: only these can be on their way.
MAYBE_ON_THEIR_WAY = frozenset({Sort.SURPLUS, Sort.AHEAD, Sort.ALTERED})
# More than this is no loose end but a mistake of ours, such as a database that was restored empty.
MOST_REMOVED = 100
MOST_REMOVED_SHARE = 0.01
# After a night's failure, until the next try.
TRY_AGAIN = timedelta(minutes=10)


class Next(Enum):
    """How to look into a cell that differs: at the sums of its parts, or at everything in it."""

    PARTS = auto()
    LABELS = auto()


def differing(ours: Mapping[Cell, Sum], theirs: Mapping[Cell, Sum]) -> Sequence[tuple[Cell, Sum | None, Sum | None]]:
    """Return the cells whose sums are not equal, in an order that is always the same."""
    cells = sorted(ours.keys() | theirs.keys(), key=_place)
    return [(cell, ours.get(cell), theirs.get(cell)) for cell in cells if ours.get(cell) != theirs.get(cell)]


def _place(cell: Cell) -> tuple[str, date, int]:
    return cell.district_id or "", cell.day or date.min, -1 if cell.part is None else cell.part


def look_into(ours: Sum | None, theirs: Sum | None) -> Next:
    """Return how to look into a cell with these sums."""
    counts = [0 if one is None else one.many for one in (ours, theirs)]
    few = SOME if min(counts) == 0 else FEW
    return Next.LABELS if max(counts) <= few else Next.PARTS


def compared(ours: Iterable[Lying], theirs: Iterable[Lying]) -> Sequence[Difference]:
    """Return what is not the same in two sets of envelopes, by id."""
    here, there = {one.id: one for one in ours}, {one.id: one for one in theirs}
    found = [difference(here.get(its_id), there.get(its_id)) for its_id in sorted(here.keys() | there.keys())]
    return [one for one in found if one is not None]


def difference(ours: Lying | None, theirs: Lying | None) -> Difference | None:
    """Return what is not the same about one id; `theirs` must be of ours if there is nothing on our shelf."""
    sort = sort_of(ours, theirs)
    one = ours or theirs
    if sort is None or one is None:
        return None
    source_id = None if ours is None else ours.source_id
    return Difference(kind=one.kind, id=one.id, sort=sort, ours=ours, theirs=theirs, source_id=source_id)


def sort_of(ours: Lying | None, theirs: Lying | None) -> Sort | None:
    """Return what is different about what lies at one id, if anything is."""
    if ours is None:
        return None if theirs is None else Sort.SURPLUS
    if theirs is None or theirs.sender != ours.sender:
        return Sort.MISSING
    if theirs.version != ours.version:
        return Sort.STALE if theirs.version < ours.version else Sort.AHEAD
    # Filed wrongly, it is in no sum that it belongs to, though it is the same.
    return None if _mark(theirs) == _mark(ours) else Sort.ALTERED


def unchanged(before: Lying | None, now: Lying | None) -> bool:
    """Tell whether the same lies there as before."""
    if before is None or now is None:
        return before is now
    return (_mark(before), before.delivered_at) == (_mark(now), now.delivered_at)


def _mark(lying: Lying) -> tuple[Any, ...]:
    return lying.version, lying.digest, lying.filed


def settles_in(differences: Iterable[Difference], now: datetime, settled: timedelta = SETTLED) -> timedelta:
    """Return how long to wait for the second look: until everything was delivered `settled` ago, or could not be.

    What may be on its way has no instant yet, so that is `settled` from now.
    """
    left = [timedelta(0)]
    for one in differences:
        if one.sort in MAYBE_ON_THEIR_WAY:
            return settled
        if one.ours is not None and one.ours.delivered_at is not None:
            left.append(one.ours.delivered_at + settled - now)
    return min(max(left), settled)


def is_spoilt(document: Mapping[str, Any]) -> bool:
    """Tell whether a document at the recipient is not what its digest says, or is counted as something else."""
    told = {name: document.get(name) for name in ("kind", "version", "standard", "district", "day", "path", "data")}
    try:
        digest = digest_of({**told, "id": document.get("_id")})
    except (TypeError, ValueError):  # nothing that JSON has
        return True
    return digest != document.get("digest") or checksum_of(digest) != (document.get("high"), document.get("low"))


def most_removed(theirs: int) -> int:
    """Return how many surplus envelopes of a kind may be removed without a person, of so many there."""
    return max(MOST_REMOVED, int(theirs * MOST_REMOVED_SHARE))


def latest_due(now: datetime, at: time) -> datetime:
    """Return the last instant at which it was `at` in the city."""
    here = now.astimezone(UTC) + CITY_OFFSET
    today = here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return (today if today <= here else today - timedelta(days=1)) - CITY_OFFSET
