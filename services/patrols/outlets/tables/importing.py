"""The job that enters what a table lists: first all rows are checked, then they are recorded, piece by piece."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.common.errors import DatabaseUnavailable, DomainError, FieldError, Unavailable
from services.jobs.model import Job, StepResult
from services.jobs.rules import new_job
from services.patrols.outlets.errors import OutletChanged, OutletKeyTaken, OutletTableUnknown
from services.patrols.outlets.registering import OutletRegister, RegisterOutlet
from services.patrols.outlets.tables.matching import Command, Row, RowMatching
from services.patrols.outlets.tables.model import OnFault, Outcome, OutletTable, OutletTableState, TablePiece
from services.patrols.outlets.tables.ports import OutletTableStore
from services.tables.rows import MOST_FAULTS, row_path

KIND = "import_outlets"
TRIES = 3
ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"


def table_job(table: OutletTable) -> Job:
    """Return the job of a table: steps to check each piece, to decide, to record each piece, and to end."""
    cursor: dict[str, str | int] = {"table_id": table.id, "step": 0}
    total = 2 * table.pieces + 2
    return new_job(table.job_id, KIND, seen_by=table.seen_by, total=total, cursor=cursor, now=table.created_at)


class OutletImporting:
    """Steps may be repeated: what a row says was entered once, the second time it changes nothing."""

    name = KIND

    def __init__(self, *, store: OutletTableStore, matching: RowMatching, register: OutletRegister) -> None:
        self._store = store
        self._matching = matching
        self._register = register

    async def step(self, job: Job) -> StepResult:
        """Check or record a piece, decide between the two, or bring the table to its end."""
        table = await self._store.find(str(job.cursor["table_id"]))
        if table is None:
            raise OutletTableUnknown
        step = int(job.cursor["step"])
        if table.state is not OutletTableState.IN_PROGRESS:
            return _after(job, job.total)
        if step < table.pieces:
            await self._check(table, step)
        elif step == table.pieces:
            if await self._is_refused(table):
                await self._end(table, OutletTableState.REFUSED)
                return _after(job, job.total)
        elif step <= 2 * table.pieces:
            await self._record(table, step - table.pieces - 1)
        else:
            await self._end(table, OutletTableState.DONE)
        return _after(job, step + 1)

    async def _check(self, table: OutletTable, number: int) -> None:
        piece = await self._piece(table, number)
        matched = await self._matching.match(table.actor, piece.rows)
        outcome = Outcome(rows=tuple(matched.faults), faults=tuple(matched.faults.values()))
        await self._store.note(table, number, outcome)

    async def _is_refused(self, table: OutletTable) -> bool:
        """Tell whether the faults of some rows refuse them all."""
        if table.on_error is OnFault.PROCEED:
            return False
        return table.refused > 0 or any(one.rows for one in await self._store.outcomes(table))

    async def _record(self, table: OutletTable, number: int) -> None:
        piece = await self._piece(table, number)
        done = await self._entered(table, [row for row in piece.rows if row["row"] not in piece.outcome.rows])
        refused = {row: what for row, what in done.items() if isinstance(what, FieldError)}
        came = list(done.values())
        outcome = Outcome(
            rows=(*piece.outcome.rows, *refused),
            faults=(*piece.outcome.faults, *refused.values()),
            added=came.count(ADDED),
            changed=came.count(CHANGED),
            unchanged=came.count(UNCHANGED),
        )
        await self._store.note(table, number, outcome)

    async def _entered(self, table: OutletTable, rows: Sequence[Row]) -> Mapping[int, str | FieldError]:
        """Return what came of each row; one that somebody else was quicker with is matched again."""
        done: dict[int, str | FieldError] = {}
        for _ in range(TRIES):
            # Anew, as others may have changed the register since the rows were checked.
            matched = await self._matching.match(table.actor, rows)
            answers = await asyncio.gather(*(self._enter(row, command) for row, command in matched.commands.items()))
            entered = dict(zip(matched.commands, answers, strict=True))
            done.update({**matched.faults, **entered})
            rows = [row for row in rows if _is_beaten(entered.get(row["row"]))]
            if not rows:
                break
        return done

    async def _enter(self, row: int, command: Command) -> str | FieldError:
        """Return what came of a row."""
        try:
            if isinstance(command, RegisterOutlet):
                await self._register.register(command)
                return ADDED
            after = await self._register.change(command)
        except Unavailable:
            raise DatabaseUnavailable(retry_after_s=1) from None  # for which a job has patience
        except DomainError as refusal:  # of what somebody else did after the row was matched
            return FieldError(path=row_path(row), code=refusal.code, detail=refusal.title)
        return UNCHANGED if after.version == command.version else CHANGED

    async def _piece(self, table: OutletTable, number: int) -> TablePiece:
        piece = await self._store.piece(table, number)
        if piece is None:
            raise OutletTableUnknown
        return piece

    async def _end(self, table: OutletTable, state: OutletTableState) -> None:
        outcomes = await self._store.outcomes(table)
        faults = [*table.faults, *(fault for one in outcomes for fault in one.faults)]
        ended = replace(
            table,
            state=state,
            added=sum(one.added for one in outcomes),
            changed=sum(one.changed for one in outcomes),
            unchanged=sum(one.unchanged for one in outcomes),
            refused=table.refused + sum(len(one.rows) for one in outcomes),
            faults=_in_order(faults),
        )
        await self._store.finish(ended)


def _is_beaten(answer: str | FieldError | None) -> bool:
    return isinstance(answer, FieldError) and answer.code in {OutletChanged.code, OutletKeyTaken.code}


def _in_order(faults: Sequence[FieldError]) -> tuple[FieldError, ...]:
    """Return the first faults, by their rows."""
    return tuple(sorted(faults, key=lambda one: int(one.path.partition("[")[2].partition("]")[0]))[:MOST_FAULTS])


def _after(job: Job, step: int) -> StepResult:
    return StepResult(done=step, cursor={**job.cursor, "step": step}, finished=step == job.total)
