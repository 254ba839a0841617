"""A file of signed notes on this machine's disk: appended to under a lock, flushed to the disk, never rewritten."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.transparency.note_file import RecordContradicted, split_notes, text_to_append
from services.transparency.ports import Notes

NOTES_AT_ONCE = 500
LOOK_AGAIN_S = 0.05


class AppendOnlyNotes:
    """Notes at `path`. The last one there must be the one that was signed: that shows a database put back in time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def complete(self, signed: Notes) -> None:
        """Append what is missing of the notes that `signed` gives (first, most); raises RecordContradicted."""
        async with self._opened() as file:
            while await self._append_some(file, signed):
                pass

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            await _lock(file)
            yield file
        finally:
            os.close(file)

    async def _append_some(self, file: int, signed: Notes) -> int:
        """Append up to NOTES_AT_ONCE notes and return how many there were to look at."""
        try:
            notes, rest = split_notes((await asyncio.to_thread(_read_all, file)).decode("utf-8"))
        except UnicodeDecodeError:
            raise RecordContradicted(f"{self.path} is not UTF-8") from None
        known = notes[-1:]
        first = len(notes) - len(known) + 1
        expected = await signed(first, len(known) + NOTES_AT_ONCE)
        try:
            text = text_to_append(known, rest, expected)
        except RecordContradicted as error:
            raise RecordContradicted(f"{self.path}, behind note {first - 1}: {error}") from None
        if text:
            await asyncio.to_thread(_append, file, text.encode("utf-8"))
        return len(expected) - len(known)


async def _lock(file: int) -> None:
    """Wait for the lock, which another process may hold while it asks the database; it goes with its holder."""
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(LOOK_AGAIN_S)


def _read_all(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _append(file: int, data: bytes) -> None:
    written = 0
    while written < len(data):
        written += os.write(file, data[written:])
    os.fsync(file)
