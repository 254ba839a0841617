"""Whether entries of a log follow from one another; free of input and output."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from services.admissions.model import Conflict, ConflictKind, Entry, Movement, Scan
from services.admissions.uploads.model import (
    UPLOADED_AFTER_REVOCATION,
    KeptEntry,
    Link,
    LogReport,
    Stretch,
    entry_id,
    fork_id,
)
from services.common.clock import city_day

MOST_SHOWN = 100


def sighting_of(kept: KeptEntry) -> Entry:
    """Return the movement that an entry says."""
    said = kept.entry
    return Entry(
        gate_id=said.gate_id,
        nonce=said.nonce,
        count=said.admitted_now,
        at=kept.moment.at,
        movement=Movement.ENTRY if said.kind == "walk_in" else Movement(said.kind),
        reader_id=said.device_id,
        device_id=said.device_id,
        offline=True,
    )


def movement_of(scan: Scan) -> Entry:
    """Return the movement that a scan on record is."""
    return Entry(
        gate_id=scan.gate_id,
        nonce=scan.id.split(":")[1],
        count=abs(scan.admitted_now + scan.left_now),  # an undo has them with the other sign
        at=scan.scanned_at,
        movement=scan.movement,
        reader_id=scan.reader_id,
        device_id=scan.device_id,
        offline=scan.offline,
    )


def neighbours_of(kept: KeptEntry) -> list[str]:
    """Return under which ids the first entries are kept that an entry follows from, and that follow from it."""
    device_id, seq = kept.entry.device_id, kept.entry.seq
    return [entry_id(device_id, seq + step) for step in (-1, 0, 1)]


def suspected_forks(kept: KeptEntry, known: Mapping[str, KeptEntry]) -> list[str]:
    """Return under which ids the entries may be kept that an entry, or the next, follows from instead of the first."""
    after = known.get(entry_id(kept.entry.device_id, kept.entry.seq + 1))
    found = []
    for one in (kept, after):
        if one is not None and one.entry.seq > 1:
            before = known.get(entry_id(one.entry.device_id, one.entry.seq - 1))
            if before is not None and before.hash != one.entry.previous:
                found.append(fork_id(one.entry.device_id, one.entry.seq - 1, one.entry.previous))
    return found


def breaks_around(kept: KeptEntry, known: Mapping[str, KeptEntry]) -> list[tuple[KeptEntry, KeptEntry | None]]:
    """Return the breaks that an entry shows: each entry that follows from nothing, with the one before it if it came.

    `known` are entries by their ids, those of neighbours_of and of suspected_forks among them.
    """
    after = known.get(entry_id(kept.entry.device_id, kept.entry.seq + 1))
    return [
        (one, known.get(entry_id(one.entry.device_id, one.entry.seq - 1)))
        for one in (kept, after)
        if one is not None and _is_break(one, known)
    ]


def _is_break(kept: KeptEntry, known: Mapping[str, KeptEntry]) -> bool:
    said = kept.entry
    if said.seq == 1:
        return said.previous != ""
    before = known.get(entry_id(said.device_id, said.seq - 1))
    fork = known.get(fork_id(said.device_id, said.seq - 1, said.previous))
    return before is not None and said.previous not in {before.hash, None if fork is None else fork.hash}


def log_conflict(
    kind: ConflictKind, kept: KeptEntry, sightings: Iterable[Entry], *, detail: str | None = None
) -> Conflict:
    """Return a conflict about an entry of a log itself; the same entry always has the same ones."""
    return Conflict(
        id=f"{kept.id}:{kind}",
        kind=kind,
        venue_id=kept.venue_id,
        reservation_id=None,
        scan_id=kept.scan_id,
        sightings=tuple(sightings),
        found_at=kept.received_at,
        detail=detail,
    )


def doubt_conflict(kind: ConflictKind, kept: KeptEntry, detail: str) -> Conflict:
    """Return a conflict about the time or the device of an entry.

    Doubts about the whole device are one conflict a device, day of upload and detail: every entry of that day names it.
    """
    conflict = log_conflict(kind, kept, [sighting_of(kept)], detail=detail)
    if kind is ConflictKind.LOG_BROKEN:  # beside the one that it may be itself, for what it follows from
        return replace(conflict, id=f"{kept.id}:{detail}:{kind}")
    if kind is not ConflictKind.CLOCK and detail != UPLOADED_AFTER_REVOCATION:
        return conflict
    # The day of the upload: that of the entry is by the very clock that is in doubt.
    day = city_day(kept.received_at).isoformat()
    return replace(conflict, id=f"{kept.entry.device_id}:{day}:{detail}:{kind}")


def report_of(device_id: str, links: Sequence[Link]) -> LogReport:
    """Return what is known of a log by its entries."""
    hashes: dict[int, set[str]] = {}
    for link in links:
        hashes.setdefault(link.seq, set()).add(link.hash)
    highest = max(hashes, default=0)
    missing = _missing(sorted(hashes), MOST_SHOWN + 1)
    breaks = sorted({link.seq for link in links if not _follows(link, hashes)})
    waiting = sorted({link.seq for link in links if link.waits})
    forks = sorted(seq for seq, its in hashes.items() if len(its) > 1)
    return LogReport(
        device_id=device_id,
        highest_seq=highest,
        received=len(hashes),
        missing=tuple(missing[:MOST_SHOWN]),
        breaks=tuple(breaks[:MOST_SHOWN]),
        forks=tuple(forks[:MOST_SHOWN]),
        undos_waiting=tuple(waiting[:MOST_SHOWN]),
        cut=max(len(missing), len(breaks), len(forks), len(waiting)) > MOST_SHOWN,
    )


def _follows(link: Link, hashes: Mapping[int, set[str]]) -> bool:
    if link.seq == 1:
        return link.previous == ""
    return link.seq - 1 not in hashes or link.previous in hashes[link.seq - 1]


def _missing(numbers: Sequence[int], most: int) -> list[Stretch]:
    found: list[Stretch] = []
    expected = 1
    for number in numbers:
        if number > expected and len(found) < most:
            found.append(Stretch(first=expected, last=number - 1))
        expected = number + 1
    return found
