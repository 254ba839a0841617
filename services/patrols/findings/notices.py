"""Notices on paper."""

from services.common.clock import city_day
from services.identity.model import Actor
from services.patrols.findings.errors import NoticeMissing
from services.patrols.findings.links import Links
from services.patrols.findings.model import Finding, Notice
from services.patrols.findings.papers import NoticeOrder
from services.patrols.findings.reading import FindingReading
from services.patrols.papers import Papers
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site


class Notices:
    """Notices within the actor's scope, with the link that opens now."""

    def __init__(
        self, *, reading: FindingReading, sites: Sites, links: Links, papers: Papers, office_name: str
    ) -> None:
        self._reading = reading
        self._sites = sites
        self._links = links
        self._papers = papers
        self._office_name = office_name

    async def link(self, finding: Finding) -> str:
        """Return the address by which the owner answers; raises NoticeMissing."""
        return await self._links.url_of(_notice_of(finding).sealed_link)

    async def pdf(self, actor: Actor, finding_id: str) -> bytes:
        """Return the notice; raises FindingUnknown, NoticeMissing, PapersUnavailable, TooBusy."""
        finding = await self._reading.get(actor, finding_id)
        link = await self.link(finding)
        return await self._papers.draw(self._order(finding, await self._sites.get(finding.site_id), link))

    def _order(self, finding: Finding, site: Site, link: str) -> NoticeOrder:
        notice = _notice_of(finding)
        issued_on = city_day(notice.issued_at)
        return NoticeOrder(
            number=notice.number,
            office_name=self._office_name,
            site_name=site.name,
            site_name_en=site.name_en,
            address=site.address,
            found_on=city_day(finding.found_at),
            title=finding.title,
            title_en=finding.title_en,
            severity=finding.severity,
            legal_basis=finding.legal_basis,
            due_on=finding.due_on or issued_on,
            issued_on=issued_on,
            note=finding.note,
            link=link,
        )


def _notice_of(finding: Finding) -> Notice:
    if finding.notice is None:
        raise NoticeMissing
    return finding.notice
