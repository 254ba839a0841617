"""A log on the real database, a clock that a test sets, and processes that sign the log's checkpoints."""

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.note_file import AppendOnlyNotes
from services.common.mongo import Mongo, Session
from services.keys.model import Key, KeyPurpose, Keys, KeyState
from services.transparency.checkpoints import CheckpointSigner
from services.transparency.log_keys import LogKeys
from services.transparency.model import SignedCheckpoint
from services.transparency.mongo import MongoCheckpoints, MongoLog
from services.transparency.note_file import split_notes
from services.transparency.tiles import grow

ORIGIN = "chengma.example/items"
EIGHT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_numbers = itertools.count(1)


def log_key(kid: int, state: KeyState = KeyState.ACTIVE) -> Key:
    return Key(purpose=KeyPurpose.LOG_SIGNING, kid=kid, state=state, secret=bytes([kid]) * 32, created_at=EIGHT)


class SetClock:
    """Shows the time that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class Notebook:
    """Keeps what an operator would hear."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def signed(self, kind: str) -> None:
        self.heard.append(kind)

    def found_inconsistent(self, _: str, reason: str) -> None:
        self.heard.append(f"inconsistent: {reason}")

    def could_not_write(self, _: str, reason: str) -> None:
        self.heard.append(f"unwritable: {reason}")


class Office:
    """One log, and as many processes that sign for it as a test wants."""

    def __init__(self, mongo: Mongo, path: Path) -> None:
        self.mongo = mongo
        self.name = f"log-{next(_numbers)}"
        self.path = path
        self.clock = SetClock(EIGHT + 5 * MINUTE)
        self.watch = Notebook()
        self.log = MongoLog(mongo)
        self.checkpoints = MongoCheckpoints(mongo)
        self.keys = [log_key(1)]

    def signer(self, mongo: Mongo | None = None, path: Path | None = None, every_s: int = 3600) -> CheckpointSigner:
        """Return a process that has just started."""
        return CheckpointSigner(
            self.name,
            logs=MongoLog(mongo or self.mongo),
            checkpoints=MongoCheckpoints(mongo or self.mongo),
            file=AppendOnlyNotes(path or self.path),
            keys=LogKeys(Keys(all=tuple(self.keys)), ORIGIN),
            every_s=every_s,
            clock=self.clock,
            watch=self.watch,
        )

    async def append(self, count: int) -> None:
        growth = grow(await self.log.tail(self.name), [secrets.token_bytes(32) for _ in range(count)])

        async def work(session: Session) -> None:
            await self.log.append(growth, session)

        await self.mongo.transact(work)

    async def signed(self) -> list[SignedCheckpoint]:
        return list(await self.checkpoints.numbered(self.name, 1, 100))

    def written(self, path: Path | None = None) -> list[str]:
        notes, rest = split_notes((path or self.path).read_text(encoding="utf-8"))
        assert rest == ""
        return notes
