"""The public check of a plate: what a scanner read in, all that anybody may know out; nothing is kept of who asks."""

import asyncio
from dataclasses import dataclass
from datetime import date

from services.common.clock import Clock, city_day
from services.patrols.plates.model import PlateVerdict, ScannedPlate
from services.patrols.public.model import Place, PlateAnswer, PublicLicence, PublicSite, Standing
from services.patrols.public.ports import OutletsById, PlateReader, SitesById, StatusesById
from services.patrols.public.rules import last_check, place_of, shown_licence, sign_of, warnings_of
from services.patrols.sites.model import Site, SiteKind, SiteStatus
from services.venues.model import GeoPoint


@dataclass(frozen=True, kw_only=True)
class PlateChecks:
    """Answers anybody who scans a plate."""

    plates: PlateReader
    outlets: OutletsById
    sites: SitesById
    statuses: StatusesById
    clock: Clock

    async def check(self, text: str, near: GeoPoint | None) -> PlateAnswer:
        """Return what is known of the plate with this code or link; `near` is where the phone is, GCJ-02.

        Raises DatabaseUnavailable.
        """
        scanned = await self.plates.read(text)
        site = None if scanned.site_id is None else (await self.sites.several([scanned.site_id])).get(scanned.site_id)
        if scanned.verdict is PlateVerdict.FORGED or site is None:
            return _not_ours()
        return await self._answer(scanned, site, place_of(near, site.position))

    async def _answer(self, scanned: ScannedPlate, site: Site, place: Place) -> PlateAnswer:
        vouched = scanned.verdict is PlateVerdict.CURRENT and place is not Place.ELSEWHERE
        standing = await self._standing(site) if vouched else None
        warnings = warnings_of(scanned.verdict, place, site, standing)
        plate = scanned.plate
        return PlateAnswer(
            verdict=scanned.verdict,
            place=place,
            sign=sign_of(warnings),
            warnings=warnings,
            issued_on=None if plate is None else city_day(plate.issued_at),
            ended_on=None if plate is None or plate.ended_at is None else city_day(plate.ended_at),
            site=await self._shown(site),
            standing=standing,
        )

    async def _standing(self, site: Site) -> Standing:
        today = city_day(self.clock.now())
        licence, statuses = await asyncio.gather(self._licence(site, today), self.statuses.statuses([site.id]))
        status: SiteStatus | None = statuses.get(site.id)
        return Standing(
            licence=licence,
            last_check=last_check(status),
            open_findings=0 if status is None else status.open_findings,
        )

    async def _licence(self, site: Site, today: date) -> PublicLicence | None:
        if site.kind is SiteKind.VENUE:
            return None
        outlet = await self.outlets.find(site.id)
        return shown_licence(None if outlet is None else outlet.licence, today)

    async def _shown(self, site: Site) -> PublicSite:
        into = site.merged_into
        other = None if into is None else (await self.sites.several([into])).get(into)
        return PublicSite(
            kind=site.kind,
            name=site.name,
            name_en=site.name_en,
            address=site.address,
            state=site.state,
            merged_into=None if other is None else other.name,
            merged_into_en=None if other is None else other.name_en,
        )


def _not_ours() -> PlateAnswer:
    warnings = warnings_of(PlateVerdict.FORGED, Place.UNKNOWN, None, None)
    return PlateAnswer(
        verdict=PlateVerdict.FORGED,
        place=Place.UNKNOWN,
        sign=sign_of(warnings),
        warnings=warnings,
        issued_on=None,
        ended_on=None,
        site=None,
        standing=None,
    )
