"""The job that registers what a table lists: first all rows are checked, then they are recorded, piece by piece."""

from dataclasses import replace

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable, TooBusy
from services.items.errors import RecordingContended, TableUnknown
from services.items.recording import Recording
from services.items.tables.checking import RowChecking, findings_of
from services.items.tables.model import Findings, ItemTable, TableState
from services.items.tables.ports import TableStore
from services.items.tables.words import in_columns, row_of
from services.jobs.model import Job, StepResult
from services.jobs.rules import new_job
from services.tables.rows import MOST_FAULTS

KIND = "register_table"


def table_job(table: ItemTable) -> Job:
    """Return the job of a table: steps to check each piece, to decide, to record each piece, and to end."""
    cursor: dict[str, str | int] = {"table_id": table.id, "step": 0}
    total = 2 * table.pieces + 2
    return new_job(table.job_id, KIND, seen_by=table.seen_by, total=total, cursor=cursor, now=table.created_at)


class TableRecording:
    """Steps may be repeated: findings take the place of earlier ones, and an event of a row is recorded once."""

    name = KIND

    def __init__(self, *, store: TableStore, checking: RowChecking, recording: Recording, clock: Clock) -> None:
        self._store = store
        self._checking = checking
        self._recording = recording
        self._clock = clock

    async def step(self, job: Job) -> StepResult:
        """Check or record a piece, decide between the two, or bring the table to its end."""
        table = await self._store.find(str(job.cursor["table_id"]))
        if table is None:
            raise TableUnknown
        step = int(job.cursor["step"])
        if table.state is not TableState.IN_PROGRESS or table.job_id != job.id:
            return _after(job, job.total)
        if step < table.pieces:
            await self._check(table, step)
        elif step == table.pieces:
            if await self._is_refused(table):
                await self._end(table, TableState.REFUSED)
                return _after(job, job.total)
        elif step <= 2 * table.pieces:
            await self._record(table, step - table.pieces - 1)
        else:
            await self._end(table, TableState.DONE)
        return _after(job, step + 1)

    async def _check(self, table: ItemTable, number: int) -> None:
        piece = await self._store.piece(table, number)
        if piece is None:
            raise TableUnknown
        await self._store.note(table, number, await self._checking.check(table, piece.rows))

    async def _is_refused(self, table: ItemTable) -> bool:
        """Tell whether the faults of some rows refuse them all."""
        if table.proceed:
            return False
        return table.refused > 0 or any(one.rows for one in await self._store.findings(table))

    async def _record(self, table: ItemTable, number: int) -> None:
        piece = await self._store.piece(table, number)
        if piece is None:
            raise TableUnknown
        rows = [row for row in piece.rows if row["row"] not in piece.findings.rows]
        worded = self._checking.word(table, rows)
        if not worded.events:
            return
        try:
            recorded = await self._recording.record(self._checking.draft(table, worded, self._clock.now()))
        except (TooBusy, RecordingContended):
            raise DatabaseUnavailable(retry_after_s=1) from None  # for which a job has patience
        # What somebody else did to these items after they were checked.
        beaten = findings_of([in_columns(one) for one in recorded.refused])
        if beaten.rows:
            await self._store.note(table, number, _both(piece.findings, beaten))

    async def _end(self, table: ItemTable, state: TableState) -> None:
        found = Findings(faults=table.faults)
        for one in await self._store.findings(table):
            found = _both(found, one)
        refused = table.refused + len(found.rows)
        ended = replace(
            table,
            state=state,
            recorded=0 if state is TableState.REFUSED else table.total - refused,
            refused=refused,
            faults=tuple(sorted(found.faults, key=row_of)[:MOST_FAULTS]),
        )
        await self._store.finish(ended)


def _after(job: Job, step: int) -> StepResult:
    return StepResult(done=step, cursor={**job.cursor, "step": step}, finished=step == job.total)


def _both(first: Findings, second: Findings) -> Findings:
    return Findings(rows=first.rows | second.rows, faults=(*first.faults, *second.faults))
