"""Asking for reconciliations, and looking at their reports."""

from collections.abc import Sequence
from datetime import timedelta

from services.common.clock import Clock, IdSource
from services.sync.reconciling.errors import ReconciliationUnderWay, ReconciliationUnknown
from services.sync.reconciling.model import Reconciliation, State, Wish
from services.sync.reconciling.ports import Reconciliations

LISTED_FOR = timedelta(days=90)
MOST_SHOWN = 50


class ReconciliationDesk:
    """What people do with reconciliations; the process that delivers records runs them."""

    def __init__(self, *, store: Reconciliations, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def request(self, wish: Wish) -> Reconciliation:
        """Ask for one; raises ReconciliationUnderWay while another waits or runs."""
        if await self._store.in_state(State.REQUESTED, State.RUNNING):
            raise ReconciliationUnderWay
        return await self.note(wish)

    async def note(self, wish: Wish) -> Reconciliation:
        """Ask for one whatever else waits or runs: it takes its turn."""
        asked = Reconciliation(id=self._ids.new("rec"), wish=wish, state=State.REQUESTED, asked_at=self._clock.now())
        await self._store.add(asked)
        return asked

    async def get(self, reconciliation_id: str) -> Reconciliation:
        """Return one with its report; raises ReconciliationUnknown."""
        found = await self._store.find(reconciliation_id)
        if found is None:
            raise ReconciliationUnknown
        return found

    async def latest(self) -> Sequence[Reconciliation]:
        """Return the latest few, newest first, without their lists of differences."""
        return (await self._store.latest(self._clock.now() - LISTED_FOR))[:MOST_SHOWN]
