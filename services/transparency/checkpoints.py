"""Signing checkpoints: one an interval of the clock over all processes, and more while the log grows."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.transparency.errors import LogDamaged
from services.transparency.log_keys import LogKeys
from services.transparency.model import Checkpoint, SignedCheckpoint
from services.transparency.note_file import RecordContradicted
from services.transparency.notes import NoteMalformed, NoteRefused, read_note, sign_checkpoint, verify_log_signature
from services.transparency.ports import CheckpointStore, LogStore, NoteFile, SigningWatch
from services.transparency.proving import Proving
from services.transparency.rules import Due, continues, find_due, next_period, period_of

LOOK_EVERY_S = 2.0
AFTER_TROUBLE_S = 60.0


class _Inconsistent(Exception):
    """The log is not what was signed before."""


class CheckpointSigner:
    """Signs the checkpoints of one log as long as the process runs.

    All processes do the same; the number of a checkpoint is claimed in the store, so each is signed once. Nothing is
    signed that does not continue the last checkpoint, which must bear our signature, or that contradicts the file.
    """

    def __init__(
        self,
        log: str,
        *,
        logs: LogStore,
        checkpoints: CheckpointStore,
        file: NoteFile,
        keys: LogKeys,
        every_s: int,
        clock: Clock,
        watch: SigningWatch,
    ) -> None:
        self._log = log
        self._logs = logs
        self._checkpoints = checkpoints
        self._file = file
        self._keys = keys
        self._every_s = every_s
        self._clock = clock
        self._watch = watch
        self._proving = Proving(logs)
        self._last: SignedCheckpoint | None = None
        self._filed: int | None = None

    async def run(self) -> None:
        """Sign until cancelled."""
        while True:
            wait_s = await self._wait_after_a_look()
            await asyncio.sleep(wait_s)

    async def _wait_after_a_look(self) -> float:
        """Sign what is due, and return how many seconds to wait until the next look."""
        try:
            await self.look()
        except DatabaseUnavailable:
            return LOOK_EVERY_S
        except (_Inconsistent, LogDamaged, RecordContradicted) as error:
            self._watch.found_inconsistent(self._log, str(error))
            return AFTER_TROUBLE_S
        except OSError as error:
            self._watch.could_not_write(self._log, str(error))
            return AFTER_TROUBLE_S
        now = self._clock.now()
        return min(LOOK_EVERY_S, (next_period(now, self._every_s) - now).total_seconds())

    async def look(self) -> None:
        """Look at the log once: complete the file, and sign what is due."""
        last = await self._find_last()
        await self._complete_file(last)
        now = self._clock.now()
        size = await self._logs.size(self._log)
        due = find_due(last, size, now, self._every_s)
        if due is None:
            return
        signed = self._sign(await self._continued(last, size), last, due, now)
        if await self._checkpoints.claim(signed):
            self._watch.signed(due)
            self._last = signed
            await self._complete_file(signed)

    async def _find_last(self) -> SignedCheckpoint | None:
        known = self._last
        last = await self._checkpoints.find_last(self._log, known.number if known else 0)
        if last is None:
            if known is not None:
                raise _Inconsistent(f"checkpoint {known.number} is gone")
            return None
        if last != known:
            self._ensure_ours(last)
        self._last = last
        return last

    def _ensure_ours(self, last: SignedCheckpoint) -> None:
        try:
            signed = verify_log_signature(read_note(last.note), self._keys.verifying)
        except (NoteMalformed, NoteRefused) as error:
            raise _Inconsistent(f"checkpoint {last.number}: {error}") from None
        if signed != last.checkpoint:
            raise _Inconsistent(f"checkpoint {last.number} is not what its note says")

    async def _continued(self, last: SignedCheckpoint | None, size: int) -> Checkpoint:
        """Return what the log says of itself now, if that agrees with what it said before."""
        if last is None:
            root = await self._proving.root_at(self._log, size)
            return Checkpoint(origin=self._keys.origin, size=size, root=root)
        old = last.checkpoint
        if size < old.size:
            raise _Inconsistent(f"{size} leaves, after {old.size} in checkpoint {last.number}")
        proof = await self._proving.consistency(self._log, old.size, size)
        if not continues(last, proof):
            raise _Inconsistent(f"the first {old.size} leaves are not those of checkpoint {last.number}")
        return Checkpoint(origin=self._keys.origin, size=size, root=proof.to_root)

    def _sign(self, checkpoint: Checkpoint, last: SignedCheckpoint | None, due: Due, now: datetime) -> SignedCheckpoint:
        is_regular = due is Due.REGULAR
        return SignedCheckpoint(
            log=self._log,
            number=last.number + 1 if last else 1,
            checkpoint=checkpoint,
            # The clocks of machines differ a little; the times of checkpoints never go back.
            signed_at=max(now, last.signed_at) if last else now,
            kid=self._keys.signing.kid,
            note=sign_checkpoint(checkpoint, self._keys.signing).text,
            period_at=period_of(now, self._every_s) if is_regular or last is None else last.period_at,
            regular=(last.regular if last else 0) + int(is_regular),
            is_regular=is_regular,
        )

    async def _complete_file(self, last: SignedCheckpoint | None) -> None:
        """Write down what is signed and not in the file: once at the start, and whenever anybody signed."""
        regular = last.regular if last else 0
        if self._filed != regular:
            await self._file.complete(self._regular_notes)
            self._filed = regular

    async def _regular_notes(self, first: int, most: int) -> Sequence[str]:
        return [one.note for one in await self._checkpoints.regular(self._log, first, most)]
