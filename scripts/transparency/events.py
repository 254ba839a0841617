"""Checking events against the leaves: which was changed, removed, added, or lies in another's place."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.transparency.findings import Finding, finding
from services.transparency.commitment import canonical, commit, read_value
from services.transparency.merkle import leaf_hash

MEMBERS = {"index", "id", "salt", "data"}
SALT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class ExportedEvent:
    """An event as its line says: where it claims to be, and the leaf that it makes."""

    index: int
    id: str
    leaf: bytes


class EventUnreadable(ValueError):
    """The line is no event."""


def read_event(line: str) -> ExportedEvent:
    """Return the event of a line `{"index", "id", "salt", "data"}`; raises EventUnreadable."""
    try:
        read = read_value(line)
        if not _is_event(read):
            raise EventUnreadable("not an object of index, id, salt and data")
        leaf = leaf_hash(commit(bytes.fromhex(read["salt"]), canonical(read["data"])))
    except (ValueError, RecursionError) as error:
        raise EventUnreadable(str(error)) from None
    return ExportedEvent(index=read["index"], id=read["id"], leaf=leaf)


def _is_event(read: Any) -> bool:
    return (
        isinstance(read, dict)
        and read.keys() == MEMBERS
        and type(read["index"]) is int
        and isinstance(read["id"], str)
        and isinstance(read["salt"], str)
        and SALT.fullmatch(read["salt"]) is not None
    )


def check_events(lines: Iterable[str], leaves: Sequence[bytes]) -> tuple[int, list[Finding]]:
    """Return how many events there are, and what is wrong with them, in the order of their indexes."""
    events, findings = _read_all(lines)
    wrong: list[ExportedEvent] = []
    claimed = bytearray(len(leaves))
    for event in events:
        within = 0 <= event.index < len(leaves)
        if within and leaves[event.index] == event.leaf and not claimed[event.index]:
            claimed[event.index] = 1
        else:
            wrong.append(event)
    findings += _name(wrong, claimed, leaves)
    present = {event.index for event in events}
    findings += [finding("event_missing", index=index) for index in range(len(leaves)) if index not in present]
    return len(events), sorted(findings, key=lambda one: int(one.facts.get("index", -1)))


def _read_all(lines: Iterable[str]) -> tuple[list[ExportedEvent], list[Finding]]:
    events: list[ExportedEvent] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines, 1):
        try:
            events.append(read_event(line))
        except EventUnreadable as error:
            findings.append(finding("event_unreadable", line=number, reason=str(error)))
    return events, findings


def _name(wrong: Sequence[ExportedEvent], claimed: bytearray, leaves: Sequence[bytes]) -> Iterator[Finding]:
    """Tell what became of events that are not the leaf at their index."""
    own_index = {leaf: index for index, leaf in enumerate(leaves)} if wrong else {}
    moved = {event.index: event for event in wrong if own_index.get(event.leaf, event.index) != event.index}
    changed_at: defaultdict[int, int] = defaultdict(int)
    for event in wrong:
        facts: dict[str, int | str] = {"index": event.index, "id": event.id}
        own = own_index.get(event.leaf)
        if own is not None and own != event.index and not claimed[own]:
            other = moved.get(own)
            if other is None or own_index[other.leaf] != event.index:
                yield finding("event_moved", **facts, own_index=own)
            elif event.index < own:
                yield finding("events_swapped", **facts, other_index=own, other_id=other.id)
        elif not 0 <= event.index < len(leaves) or claimed[event.index] or changed_at[event.index]:
            yield finding("event_inserted", **facts)
        else:
            changed_at[event.index] += 1
            yield finding("event_changed", **facts)
