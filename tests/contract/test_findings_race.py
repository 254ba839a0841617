"""Two inspectors find the same thing put right at the same moment: it is closed once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.common.clock import UlidSource
from services.common.mongo import Mongo, Session
from services.patrols.documents import to_document
from services.patrols.findings import rules
from services.patrols.findings.model import (
    Effect,
    Finding,
    Reinspected,
    Remedy,
)
from services.patrols.findings.mongo import FINDINGS, MongoFindings, derived_fields
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft, PatrolEventKind
from services.patrols.mongo import MongoPatrolRecords
from tests.findings import (
    INSPECTOR,
    LATER_PHOTO,
    PHOTO,
    HandClock,
    make_finding,
    make_reinspection,
    put,
    recording_at,
)
from tests.patrols import records_on

SEEN = {PHOTO, LATER_PHOTO}


class Unguarded(MongoPatrolRecords):
    """Writes findings whatever their version is."""

    async def stale(self, drafts: Sequence[Draft[Any]]) -> set[int]:  # noqa: ARG002 -- the store's own signature
        return set()

    async def _keep(self, kind: type[Any], records: Sequence[Any], at: datetime, session: Session) -> None:
        if kind is not Finding:
            await super()._keep(kind, records, at, session)
            return
        for one in records:
            document = to_document(one) | derived_fields(one)
            await self._mongo.collection(FINDINGS).replace_one({"_id": one.id}, document, upsert=True, session=session)


async def reinspected_twice(mongo: Mongo, kind: type[MongoPatrolRecords]) -> tuple[Finding, list[Effect], int]:
    """Let two inspectors, at two processes, find the same thing fixed at the same moment."""
    finding = make_finding()
    await put(mongo, finding)
    store, clock, barrier = MongoFindings(mongo), HandClock(), asyncio.Barrier(2)

    async def visit() -> Reinspected:
        looks = 0

        async def decide() -> Draft[Reinspected]:
            nonlocal looks
            looks += 1
            present = await store.find(finding.id)
            if looks == 1:
                await barrier.wait()
            assert present is not None
            change = rules.reinspect(present, make_reinspection(Remedy.FIXED), clock.now(), ready=SEEN)
            events = Teller(ids=UlidSource(), told_by=INSPECTOR, at=clock.now()).reinspected(change)
            return Draft(records=(change.finding,) if events else (), events=events, answer=change)

        return await recording_at(mongo, clock, records_on(mongo, kind)).settle(decide)

    changes = await asyncio.gather(visit(), visit())
    kept = await store.find(finding.id)
    assert kept is not None
    history = await records_on(mongo).history(finding.id)
    closed = [one for one in history if one.event.kind is PatrolEventKind.FINDING_CLOSED]
    return kept, sorted(one.effect for one in changes), len(closed)


async def test_without_versions_a_finding_is_closed_twice(mongo: Mongo) -> None:
    _, effects, closed = await reinspected_twice(mongo, Unguarded)
    assert (effects, closed) == ([Effect.CLOSED, Effect.CLOSED], 2), "the race that versions are for did not happen"


async def test_a_finding_is_closed_once(mongo: Mongo) -> None:
    kept, effects, closed = await reinspected_twice(mongo, MongoPatrolRecords)
    assert (effects, closed) == ([Effect.CLOSED, Effect.OVER_ALREADY], 1)
    assert (kept.version, len(kept.reinspections)) == (2, 1)
