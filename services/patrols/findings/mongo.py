"""Findings in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.newest import EARLIEST
from services.patrols.findings.model import Escalation, Finding, FindingState, NoticeCounter
from services.patrols.findings.ports import FindingSearch
from services.patrols.findings.rules import OVER, STANDING
from services.patrols.mongo import MongoShelf

FINDINGS = CollectionPlan(
    name="findings",
    shard_key="_id",
    indexes=(
        IndexModel([("seen_by", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("site_id", ASCENDING), ("question_id", ASCENDING)]),
        IndexModel("link", sparse=True),
        IndexModel("escalates_at"),
        IndexModel("escalated", sparse=True),
        IndexModel("awaiting", sparse=True),
    ),
)
NOTICE_COUNTERS = CollectionPlan(name="notice_counters", shard_key="_id")
COLLECTIONS = (FINDINGS, NOTICE_COUNTERS)


def derived_fields(finding: Finding) -> Document:
    """Return what a finding's document has for indexes: by which link it is reached, and who must look after it."""
    fields: Document = {}
    if finding.notice is not None:
        fields["link"] = finding.notice.link_digest
    if finding.escalation is not Escalation.NONE and finding.state not in OVER:
        fields["escalated"] = finding.escalation.value
    if finding.awaits_photos:
        fields["awaiting"] = True
    return fields


class MongoFindings:
    """See `services.patrols.findings.ports.FindingStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._shelf = MongoShelf(mongo, FINDINGS)
        self._counters = MongoShelf(mongo, NOTICE_COUNTERS)

    async def find(self, finding_id: str) -> Finding | None:
        """Return the finding."""
        return await self._shelf.find(Finding, finding_id)

    async def several(self, ids: Collection[str]) -> Mapping[str, Finding]:
        """Return the findings there are, by id."""
        return await self._shelf.several(Finding, ids)

    async def last_of(self, site_id: str, question_id: str, since: datetime) -> Finding | None:
        """Return the latest finding of a question at a site since then that was not withdrawn."""
        found = await self._shelf.matching(Finding, {"site_id": site_id, "question_id": question_id})
        recent = [one for one in found if one.found_at >= since and one.state is not FindingState.WITHDRAWN]
        return max(recent, key=lambda one: (one.found_at, one.id), default=None)

    async def standing_at(self, site_id: str, question_id: str, template_id: str) -> Finding | None:
        """Return the earliest finding of a question of a checklist that stands at a site and awaits no photos."""
        found = await self._shelf.matching(Finding, {"site_id": site_id, "question_id": question_id})
        standing = [one for one in found if one.state in STANDING and not one.awaits_photos]
        of_checklist = [one for one in standing if one.template_id == template_id]
        return min(of_checklist, key=lambda one: (one.found_at, one.id), default=None)

    async def awaiting(self) -> Sequence[Finding]:
        """Return those that stand only until their photos can be seen."""
        return await self._shelf.matching(Finding, {"awaiting": True})

    async def behind(self, link_digest: str) -> Finding | None:
        """Return the finding that a link leads to."""
        return next(iter(await self._shelf.matching(Finding, {"link": link_digest})), None)

    async def between(self, search: FindingSearch, since: str, until: str) -> Sequence[Finding]:
        """Return those with since <= id < until, in any order."""
        found: list[Finding] = []
        for scope in search.scopes:
            found += await self._shelf.matching(Finding, _query(search, scope, since, until))
        return found

    async def to_escalate(self, now: datetime) -> Sequence[str]:
        """Return the ids of those whose time has come."""
        query = {"escalates_at": {"$gte": EARLIEST, "$lte": now}}
        async with translated_failures():
            return [one["_id"] async for one in self._shelf.collection.find(query, {"_id": 1}, batch_size=1000)]

    async def counter(self, counter_id: str) -> NoticeCounter | None:
        """Return how many notices there were."""
        return await self._counters.find(NoticeCounter, counter_id)


def _query(search: FindingSearch, scope: str, since: str, until: str) -> Mapping[str, Any]:
    query: dict[str, Any] = {"_id": {"$gte": since, "$lt": until}, "seen_by": scope}
    wanted = {
        "state": search.state,
        "severity": search.severity,
        "district_id": search.district_id,
        "site_id": search.site_id,
    }
    query.update((name, str(value)) for name, value in wanted.items() if value is not None)
    if search.overdue_on is not None:
        query["due_on"] = {"$lt": search.overdue_on.isoformat()}
        query["$and"] = [{"state": {"$in": [state.value for state in STANDING]}}]
    if search.escalated:
        query["escalated"] = {"$in": [level.value for level in search.escalated]}
    return query
