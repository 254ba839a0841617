"""Ceilings in memory: every scan asks for one."""

from collections.abc import Mapping, Sequence

from services.admissions.ceilings.model import GatePolicy, default_gate_policy
from services.admissions.ceilings.ports import GatePolicyStore
from services.common.clock import Clock
from services.common.remembering import Remembered

# So long other processes may still let people in by the ceiling before: as many as one gate reads in a breath.
MAX_AGE_S = 2.0


class CeilingDirectory:
    """Answers what a venue demands at its gates without a query; see `services.admissions.ports.Ceilings`.

    A change holds at once in the process that took it, and in the others within MAX_AGE_S. While the database is away,
    what was known last holds on.
    """

    def __init__(self, *, store: GatePolicyStore, clock: Clock) -> None:
        self._store = store
        self._remembered = Remembered(self._read, clock=clock, max_age_s=MAX_AGE_S)

    async def get(self, venue_id: str) -> GatePolicy:
        """Return the venue's policy, the default one when it has set none."""
        return (await self._remembered.get()).get(venue_id) or default_gate_policy(venue_id)

    async def ceiling_of(self, venue_id: str) -> int | None:
        """Return how many may be inside at once; None where there is no bound."""
        return (await self.get(venue_id)).ceiling

    async def alerting(self) -> Sequence[GatePolicy]:
        """Return the policies of venues whose people are to be alerted."""
        return [one for one in (await self._remembered.get()).values() if one.ceiling and one.alert_at]

    async def renew(self) -> None:
        """Read at once: in this process a change is seen by whoever made it."""
        await self._remembered.renew()

    async def _read(self) -> Mapping[str, GatePolicy]:
        return {one.venue_id: one for one in await self._store.all()}
