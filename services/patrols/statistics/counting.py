"""Figures about patrols, within the actor's scope, as a whole and as a spreadsheet."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from services.common.aside import aside
from services.common.clock import CITY_OFFSET, Clock, city_day
from services.common.newest import first_id
from services.identity.model import Actor
from services.patrols.findings.model import Finding
from services.patrols.findings.ports import FindingSearch
from services.patrols.sites.model import SiteKind
from services.patrols.statistics.errors import FiguresTooWide
from services.patrols.statistics.model import Figures, FigureSheet
from services.patrols.statistics.ports import Districts, FindingsOf, Sheets, SiteCounts, VisitStore
from services.patrols.statistics.rules import by_district, by_kind, tally
from services.patrols.statistics.sheet import HEADS, lines_of
from services.venues.scopes import scope_names

MOST_DAYS = 366
USUAL_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class FiguresWanted:
    """From which day to which, both included: the last USUAL_DAYS where not said; of one district unless None."""

    from_on: date | None
    to_on: date | None
    district_id: str | None
    site_kind: SiteKind


class Counting:
    """Counts what is recorded at this moment."""

    def __init__(
        self,
        *,
        findings: FindingsOf,
        visits: VisitStore,
        sites: SiteCounts,
        districts: Districts,
        sheets: Sheets,
        clock: Clock,
    ) -> None:
        self._findings = findings
        self._visits = visits
        self._sites = sites
        self._districts = districts
        self._sheets = sheets
        self._clock = clock

    async def figures(self, actor: Actor, wanted: FiguresWanted) -> Figures:
        """Return the figures; raises FiguresTooWide."""
        now = self._clock.now()
        today = city_day(now)
        to_on = wanted.to_on or max(today, wanted.from_on or today)
        from_on = wanted.from_on or to_on - timedelta(days=USUAL_DAYS - 1)
        if not from_on <= to_on < from_on + timedelta(days=MOST_DAYS):
            raise FiguresTooWide(MOST_DAYS)
        begin, end = _midnight(from_on), _midnight(to_on + timedelta(days=1))
        scopes = scope_names(actor)
        findings = await self._found(scopes, wanted, begin, end, now)
        visits = await self._visits.visits(scopes, wanted.site_kind, first_id("chk", begin), _after("chk"), end)
        visits = [one for one in visits if one.captured_at >= begin and wanted.district_id in {None, one.district_id}]
        sites = await self._sites.active(scopes, wanted.site_kind)
        if wanted.district_id is not None:
            sites = {wanted.district_id: sites.get(wanted.district_id, ())}
        names = {one.id: (one.name, one.name_en) for one in await self._districts.districts()}
        work = partial(by_district, sites, visits, findings, today, names)
        return Figures(
            from_on=from_on,
            to_on=to_on,
            made_at=now,
            total=tally(findings, today),
            districts=await aside(len(visits) + len(findings), work),
            kinds=by_kind(findings, today),
        )

    async def xlsx(self, actor: Actor, wanted: FiguresWanted) -> FigureSheet:
        """Return the figures as a spreadsheet; raises FiguresTooWide, TooBusy or TablesUnavailable."""
        figures = await self.figures(actor, wanted)
        lines = json.dumps(lines_of(figures), ensure_ascii=False).encode()
        content = await self._sheets.write_sheet("patrols", HEADS, [lines])
        return FigureSheet(from_on=figures.from_on, to_on=figures.to_on, content=content)

    async def _found(
        self, scopes: tuple[str, ...], wanted: FiguresWanted, begin: datetime, end: datetime, now: datetime
    ) -> list[Finding]:
        """Return what was found in those days, whenever the phone sent it."""
        search = FindingSearch(scopes=scopes, district_id=wanted.district_id)
        until = first_id("fnd", now + timedelta(days=1))
        found = {one.id: one for one in await self._findings.between(search, first_id("fnd", begin), until)}
        return [one for one in found.values() if begin <= one.found_at < end and one.site_kind is wanted.site_kind]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) - CITY_OFFSET


def _after(prefix: str) -> str:
    return f"{prefix}_~"
