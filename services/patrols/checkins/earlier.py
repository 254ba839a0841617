"""Earlier findings as a visit meets them: where they belong today, what can be seen of them, who was to go there."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.patrols.checkins.model import Reinspection
from services.patrols.checkins.ports import FindingReads, PhotoReads, SiteReads, StatusReads, TaskReads
from services.patrols.checklists.model import Failed
from services.patrols.findings.model import Finding
from services.patrols.findings.proving import is_ready
from services.patrols.findings.rules import REPEATED_WITHIN
from services.patrols.findings.rules_evidence import evidence_of
from services.patrols.plans.model import Task
from services.patrols.sites.model import Site, SiteState, SiteStatus

# Outlets that were merged, one into the next.
LONGEST_CHAIN = 8


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The findings that a visit judges, by id.

    `places` are the sites where they belong today, after mergers.
    `statuses` are of the sites they were found at, `ready` the photos that can be seen, `tasks` those that are open.
    """

    findings: Mapping[str, Finding] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, SiteStatus] = field(default_factory=dict)
    ready: Collection[str] = ()
    tasks: Mapping[str, Sequence[Task]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Past:
    """What there was of failed questions: their latest findings within a year by question, and those that stand."""

    repeats: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)


class EarlierFindings:
    """Reads what a visit judges."""

    def __init__(
        self,
        *,
        findings: FindingReads,
        photos: PhotoReads,
        sites: SiteReads,
        statuses: StatusReads,
        tasks: TaskReads,
    ) -> None:
        self._findings = findings
        self._photos = photos
        self._sites = sites
        self._statuses = statuses
        self._tasks = tasks

    async def judged(self, said: Sequence[Reinspection]) -> Judged:
        """Return the findings there are of those that are judged."""
        if not said:
            return Judged()
        findings = await self._findings.several([one.finding_id for one in said])
        named = {photo for one in said for photo in one.photos}
        named.update(photo for finding in findings.values() for photo in evidence_of(finding))
        photos, sites, statuses, tasks = await asyncio.gather(
            self._photos.states(named),
            self._sites.several({one.site_id for one in findings.values()}),
            self._statuses.statuses({one.site_id for one in findings.values()}),
            asyncio.gather(*(self._tasks.open_of_origin(one) for one in findings)),
        )
        merged = {site.id: (await self.merged_into(site)).id for site in sites.values()}
        return Judged(
            findings=findings,
            places={one.id: merged[one.site_id] for one in findings.values() if one.site_id in merged},
            statuses=statuses,
            ready=frozenset(key for key, photo in photos.items() if is_ready(photo)),
            tasks=dict(zip(findings, tasks, strict=True)),
        )

    async def past(self, site_id: str, template_id: str, failed: Collection[Failed], now: datetime) -> Past:
        """Return what there was of each failed question."""
        repeats: dict[str, str] = {}
        standing: dict[str, str] = {}
        for question in [one.question.id for one in failed]:
            last, still = await asyncio.gather(
                self._findings.last_of(site_id, question, now - REPEATED_WITHIN),
                self._findings.standing_at(site_id, question, template_id),
            )
            repeats |= {} if last is None else {question: last.id}
            standing |= {} if still is None else {question: still.id}
        return Past(repeats=repeats, standing=standing)

    async def merged_into(self, site: Site) -> Site:
        """Return the site that goes on for this one: itself, unless it was merged into another."""
        for _ in range(LONGEST_CHAIN):
            if site.state is not SiteState.MERGED or site.merged_into is None:
                return site
            following = (await self._sites.several([site.merged_into])).get(site.merged_into)
            if following is None:
                return site
            site = following
        return site
