"""The directory: all policies in memory, read anew when older than some seconds."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.clock import Clock
from services.common.remembering import Remembered
from services.policies.model import NoShowTerms, VisitPolicy, default_policy, default_terms
from services.policies.ports import PolicyStore
from services.policies.rules import with_terms


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    policies: Mapping[str, VisitPolicy]
    terms: Mapping[str, NoShowTerms]


class PolicyDirectory:
    """Answers what a venue demands without a query: every booking asks."""

    def __init__(self, *, store: PolicyStore, clock: Clock, max_age_s: float = 5.0) -> None:
        self._store = store
        self._remembered = Remembered(self._read, clock=clock, max_age_s=max_age_s)

    async def get(self, venue_id: str) -> VisitPolicy:
        """Return the venue's policy, the default one when it has set none."""
        snapshot = await self._remembered.get()
        return snapshot.policies.get(venue_id) or _of_itself(venue_id, snapshot)

    async def terms(self, group: str) -> NoShowTerms:
        """Return the terms of a no-show group, the default ones when nobody has set any."""
        return (await self._remembered.get()).terms.get(group) or default_terms(group)

    async def renew(self) -> None:
        """Read at once: in this process a change is seen by whoever made it."""
        await self._remembered.renew()

    async def _read(self) -> _Snapshot:
        policies = await self._store.all_policies()
        terms = {one.group: one for one in await self._store.all_terms()}
        return _Snapshot(
            policies={
                one.venue_id: with_terms(one, terms.get(one.ledger, default_terms(one.ledger))) for one in policies
            },
            terms=terms,
        )


def _of_itself(venue_id: str, snapshot: _Snapshot) -> VisitPolicy:
    terms = snapshot.terms.get(venue_id)
    policy = default_policy(venue_id)
    return policy if terms is None else with_terms(policy, terms)
