"""Writing a log down in files that only ever grow: checkpoints, leaf hashes, and the events behind them."""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from server.note_file import AppendOnlyNotes
from services.transparency.commitment import canonical
from services.transparency.model import CommittedEvent
from services.transparency.note_file import RecordContradicted, split_notes
from services.transparency.ports import CheckpointStore, EventSource, LogStore
from services.transparency.proving import Proving

NOTES_AT_ONCE = 100
LEAVES_AT_ONCE = 25_600
EVENTS_AT_ONCE = 1000
MOST_NAMED = 20

Lines = Callable[[int, int], Awaitable[Sequence[tuple[int, str]]]]


class LogExport:
    """Brings the files of one log in a directory up to date, after comparing what they hold already."""

    def __init__(
        self, log: str, directory: Path, *, logs: LogStore, checkpoints: CheckpointStore, events: EventSource | None
    ) -> None:
        self._log = log
        self._directory = directory
        self._checkpoints = checkpoints
        self._events = events
        self._logs = logs
        self._proving = Proving(logs)

    async def run(self) -> int:
        """Export all that is signed, and return how many leaves that is; raises RecordContradicted, LogDamaged."""
        last = await self._checkpoints.find_last(self._log)
        size = last.checkpoint.size if last else 0
        await self._export_checkpoints()
        await export_lines(self._directory / "leaves.txt", size, self._leaf_lines, LEAVES_AT_ONCE)
        if self._events is not None:
            await export_lines(self._directory / "events.jsonl", size, _event_lines(self._events), EVENTS_AT_ONCE)
            await self._ensure_no_strays(self._events)
        return size

    async def _ensure_no_strays(self, events: EventSource) -> None:
        """Raise RecordContradicted where the database holds an event that never was in the log."""
        found = await events.strays(await self._logs.size(self._log))
        # What was recorded while they were looked for is in the log by now.
        size = await self._logs.size(self._log)
        strays = [event_id for event_id, index in found if index is None or not 0 <= index < size]
        if strays:
            named = ", ".join(strays[:MOST_NAMED])
            raise RecordContradicted(f"{len(strays)} events of the database are not in the log: {named}")

    async def _export_checkpoints(self) -> None:
        path = self._directory / "checkpoints.txt"
        notes = _notes_in(path)
        for start in range(0, len(notes), NOTES_AT_ONCE):
            some = notes[start : start + NOTES_AT_ONCE]
            signed = await self._notes(start + 1, len(some))
            for at, note in enumerate(some):
                if signed[at : at + 1] != [note]:
                    raise RecordContradicted(f"{path}: note {start + at + 1} is not checkpoint {start + at + 1}")
        await AppendOnlyNotes(path).complete(self._notes)

    async def _notes(self, first: int, most: int) -> Sequence[str]:
        return [one.note for one in await self._checkpoints.numbered(self._log, first, most)]

    async def _leaf_lines(self, first: int, until: int) -> Sequence[tuple[int, str]]:
        leaves = await self._proving.leaf_hashes(self._log, first, until)
        return [(index, leaf.hex()) for index, leaf in enumerate(leaves, first)]


def _event_lines(events: EventSource) -> Lines:
    async def lines(first: int, until: int) -> Sequence[tuple[int, str]]:
        return [(event.index, event_line(event)) for event in await events.committed_between(first, until)]

    return lines


def event_line(event: CommittedEvent) -> str:
    """Return an event as a line of events.jsonl."""
    line = {"index": event.index, "id": event.id, "salt": event.salt.hex(), "data": event.data}
    return canonical(line).decode("utf-8")


def _notes_in(path: Path) -> list[str]:
    try:
        return split_notes(path.read_bytes().decode("utf-8"))[0]
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise RecordContradicted(f"{path} is not UTF-8") from None


async def export_lines(path: Path, until: int, lines: Lines, at_once: int) -> None:
    """Bring a file of one line an index up to date, to before the index `until`.

    What is there must be what `lines` (first, until) says, but for a last line whose writing was cut short; raises
    RecordContradicted with the first index that does not agree.
    """
    with _open(path) as file:
        for first in range(0, until, at_once):
            agreed = first
            for index, line in await lines(first, min(first + at_once, until)):
                _compare_or_append(file, agreed, f"{line}\n".encode())
                agreed = index + 1
        if file.readline():
            raise RecordContradicted(f"{path}: it holds more than {until} lines, and no more are signed")
        _flush(file)


def _open(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b")
    file.seek(0)
    return file


def _compare_or_append(file: BinaryIO, index: int, line: bytes) -> None:
    present = file.readline()
    if present == line:
        return
    if present.endswith(b"\n") or not line.startswith(present):
        raise RecordContradicted(f"{file.name}: index {index} is not what the database says")
    file.write(line[len(present) :])
    file.seek(0, os.SEEK_END)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
