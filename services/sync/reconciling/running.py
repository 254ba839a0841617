"""Runs reconciliations: one at a time, kept from the first moment, so that one that was cut short shows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.common.errors import DatabaseUnavailable
from services.sync.model import RecordKind
from services.sync.reconciling.comparing import Comparing
from services.sync.reconciling.errors import ReconciliationUnderWay
from services.sync.reconciling.model import MOST_LISTED, KindReport, Listed, Progress, Reconciliation, State, Wish
from services.sync.reconciling.ports import Reconciliations, Telling
from services.sync.relay.leading import Leadership
from services.sync.shelves.ports import ShelfUnavailable

TURN = "reconciling"
TURN_WITHIN_S = 30.0
DEFECT = "internal_fault"

Defects = Callable[[Reconciliation, Exception], None]


class TurnLost(Exception):
    """This process was silent for so long that another one may reconcile now."""


class Reconciling:
    """Reconciles kinds one after the other."""

    def __init__(
        self,
        *,
        comparing: Comparing,
        store: Reconciliations,
        turn: Leadership,
        kinds: Collection[RecordKind],
        clock: Clock,
        ids: IdSource,
        tell: Defects,
    ) -> None:
        """Reconcile `kinds` where a wish names none; `tell` hears of defects of ours. `turn` is the lease TURN."""
        self._comparing = comparing
        self._store = store
        self._turn = turn
        self._kinds = tuple(kinds)
        self._clock = clock
        self._ids = ids
        self._tell = tell

    async def run(self, wish: Wish, progress: Telling) -> Reconciliation:
        """Reconcile what is wished for; return what became of it.

        Raises ReconciliationUnderWay when others run all the while, and DatabaseUnavailable. What keeps it from its end
        otherwise is in the report.
        """
        async with self._our_turn() as lost:
            now = self._clock.now()
            running = Reconciliation(
                id=self._ids.new("rec"), wish=wish, state=State.RUNNING, asked_at=now, started_at=now
            )
            await self._store.add(running)
            return await self._to_the_end(running, progress, lost)

    async def take_up(self, asked: Reconciliation, progress: Telling) -> Reconciliation:
        """Run a reconciliation that somebody asked for; like `run`, or ReconciliationUnderWay if another one does."""
        async with self._our_turn() as lost:
            now = self._clock.now()
            if not await self._store.begin(asked.id, now):
                raise ReconciliationUnderWay
            running = replace(asked, state=State.RUNNING, started_at=now)
            return await self._to_the_end(running, progress, lost)

    async def clear_up(self) -> None:
        """Note of those that a killed process left behind that they are broken off; raises ReconciliationUnderWay."""
        if await self._store.in_state(State.RUNNING):
            async with self._our_turn():
                pass

    @asynccontextmanager
    async def _our_turn(self) -> AsyncIterator[Sequence[None]]:
        """Have the turn, with nothing else running; yield what gets an entry when the turn is lost."""
        try:
            async with asyncio.timeout(TURN_WITHIN_S):
                await self._turn.await_turn()
        except TimeoutError:
            raise ReconciliationUnderWay from None
        lost: list[None] = []
        async with self._turn.kept(lambda: lost.append(None)):
            await self._store.break_off(self._clock.now())
            yield lost

    async def _to_the_end(self, running: Reconciliation, progress: Telling, lost: Sequence[None]) -> Reconciliation:
        kinds: list[KindReport] = []
        listed: list[Listed] = []
        state, failure = State.DONE, None
        try:
            for kind in running.wish.kinds or self._kinds:
                hear = _Hearing(kind, len(kinds), len(running.wish.kinds or self._kinds), progress, lost)
                report, some = await self._comparing.compare(kind, running.wish, hear)
                kinds.append(report)
                listed += some[: MOST_LISTED - len(listed)]
        except TurnLost:
            state = State.BROKEN_OFF
        except ShelfUnavailable as error:
            state, failure = State.FAILED, error.reason
        except DatabaseUnavailable as error:
            state, failure = State.FAILED, error.code
        except Exception as error:  # a defect of ours must not stop the relay, which lives in the same process
            self._tell(running, error)
            state, failure = State.FAILED, DEFECT
        ended = replace(
            running,
            state=state,
            failure=failure,
            ended_at=self._clock.now(),
            kinds=tuple(kinds),
            listed=tuple(listed),
        )
        await self._store.save(ended)
        return ended


class _Hearing:
    """Hears how far a kind is, and ends the work where the turn was lost."""

    def __init__(self, kind: RecordKind, done: int, kinds: int, progress: Telling, lost: Sequence[None]) -> None:
        self._kind = kind
        self._done = done
        self._kinds = kinds
        self._progress = progress
        self._lost = lost

    def __call__(self, looked_at: int, found: int) -> None:
        """Pass it on; raises TurnLost."""
        if self._lost:
            raise TurnLost
        self._progress(Progress(kind=self._kind, done=self._done, kinds=self._kinds, looked_at=looked_at, found=found))
