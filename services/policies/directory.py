"""The directory: all policies in memory, read anew when older than some seconds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.common.clock import Clock
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable
from services.policies.model import NoShowTerms, VisitPolicy, default_policy, default_terms
from services.policies.ports import PolicyStore
from services.policies.rules import with_terms

REFRESH_WITHIN_S = 2.0


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    read_at: datetime
    policies: Mapping[str, VisitPolicy]
    terms: Mapping[str, NoShowTerms]


class PolicyDirectory:
    """Answers what a venue demands without a query: every booking asks."""

    def __init__(self, *, store: PolicyStore, clock: Clock, max_age_s: float = 5.0) -> None:
        self._store = store
        self._clock = clock
        self._max_age = timedelta(seconds=max_age_s)
        self._snapshot: _Snapshot | None = None
        self._reading = asyncio.Lock()

    async def get(self, venue_id: str) -> VisitPolicy:
        """Return the venue's policy, the default one when it has set none."""
        snapshot = await self._fresh()
        return snapshot.policies.get(venue_id) or _of_itself(venue_id, snapshot)

    async def terms(self, group: str) -> NoShowTerms:
        """Return the terms of a no-show group, the default ones when nobody has set any."""
        return (await self._fresh()).terms.get(group) or default_terms(group)

    async def renew(self) -> None:
        """Read at once: in this process a change is seen by whoever made it."""
        async with self._reading:
            self._snapshot = await self._read()

    async def _fresh(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and self._clock.now() - snapshot.read_at <= self._max_age:
            return snapshot
        if snapshot is not None and self._reading.locked():
            return snapshot  # somebody is fetching what is newer; nobody else needs to wait for it
        async with self._reading:
            if self._snapshot is None:
                self._snapshot = await self._read()
            elif self._snapshot is snapshot:
                self._snapshot = await self._read_or_keep(self._snapshot)
            return self._snapshot

    async def _read_or_keep(self, snapshot: _Snapshot) -> _Snapshot:
        """Return what is true now, or what was true last while the database is away: policies change seldom."""
        try:
            with deadline(REFRESH_WITHIN_S):
                return await self._read()
        except DatabaseUnavailable:
            return replace(snapshot, read_at=self._clock.now())

    async def _read(self) -> _Snapshot:
        looked_at = self._clock.now()
        policies = await self._store.all_policies()
        terms = {one.group: one for one in await self._store.all_terms()}
        return _Snapshot(
            read_at=looked_at,
            policies={
                one.venue_id: with_terms(one, terms.get(one.ledger, default_terms(one.ledger))) for one in policies
            },
            terms=terms,
        )


def _of_itself(venue_id: str, snapshot: _Snapshot) -> VisitPolicy:
    terms = snapshot.terms.get(venue_id)
    policy = default_policy(venue_id)
    return policy if terms is None else with_terms(policy, terms)
