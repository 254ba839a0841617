"""Plates on paper: what is printed on one, drawn elsewhere."""

from collections.abc import Sequence

from qr.plate_artwork import Face, plate_number
from services.identity.model import Actor
from services.patrols.papers import Papers
from services.patrols.plates.model import Plate
from services.patrols.plates.papers import PlateForm, PlateOrder
from services.patrols.plates.reading import PlateReading
from services.patrols.plates.rules import ensure_current
from services.patrols.plates.signing import PlateSigning
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site, SiteKind

TITLES = {
    SiteKind.OUTLET: ("清真食品经营监督牌", "Halal food supervision"),
    SiteKind.VENUE: ("场所安全监督牌", "Venue safety supervision"),
}


class PlatePrinting:
    """Files for printers; `office_name` and `seal` are the office's own, where it gave them."""

    def __init__(
        self,
        *,
        reading: PlateReading,
        sites: Sites,
        signing: PlateSigning,
        papers: Papers,
        office_name: str,
        seal: bytes | None,
    ) -> None:
        self._reading = reading
        self._sites = sites
        self._signing = signing
        self._papers = papers
        self._office_name = office_name
        self._seal = seal

    def link(self, plate: Plate) -> str:
        """Return the link in the plate's code."""
        return self._signing.link(plate)

    async def draw(self, actor: Actor, plate_id: str, form: PlateForm) -> bytes:
        """Return a current plate as a file, the same bytes as long as nothing on it changes.

        Raises PlateUnknown, PlateOver, SiteUnknown, PapersUnavailable or TooBusy.
        """
        plate = await self._reading.get(actor, plate_id)
        ensure_current(plate)
        face = self._face(plate, await self._sites.get(plate.site_id))
        return await self._papers.draw(
            PlateOrder(form=form, faces=(face,), office_name=self._office_name, seal=self._seal)
        )

    async def draw_all(self, actor: Actor, site_ids: Sequence[str]) -> bytes:
        """Return the current plates of sites as one PDF, in their order.

        Raises SitesWithoutPlate, which names the sites that have none or are unknown, PapersUnavailable or TooBusy.
        """
        plates = await self._reading.own(actor, site_ids)
        sites = await self._sites.several(site_ids)
        faces = tuple(self._face(plates[one], sites[one]) for one in site_ids)
        return await self._papers.draw(
            PlateOrder(form=PlateForm.PDF, faces=faces, office_name=self._office_name, seal=self._seal)
        )

    def _face(self, plate: Plate, site: Site) -> Face:
        title, title_en = TITLES[site.kind]
        return Face(
            link=self._signing.link(plate),
            number=plate_number(plate.id),
            name=site.name,
            name_en=site.name_en,
            title=title,
            title_en=title_en,
            licence=site.licence_number or "",
        )
