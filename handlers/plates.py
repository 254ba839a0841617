"""Plates: issuing, ending, looking up, printing, and the list of those that are over."""

import base64
from datetime import datetime, time
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.plates import (
    EndedPlatesQuery,
    EndedPlatesSchema,
    EndPlateSchema,
    IssuePlateSchema,
    PlateListSchema,
    PlateSchema,
    PlateSitesSchema,
    PlatesOfSitesSchema,
    PlatesQuery,
    ScanPlateSchema,
    SeenPlateSchema,
)
from handlers.wire import CITY_TIME
from qr.plate_artwork import plate_number
from services.common.errors import TooBusy
from services.identity.model import Role
from services.patrols.errors import PapersUnavailable, PatrolsContended, SiteUnknown
from services.patrols.plates.errors import PlateOver, PlateSiteClosed, PlateUnknown, SitesWithoutPlate
from services.patrols.plates.model import Plate, PlateState
from services.patrols.plates.papers import PlateForm

TAG = "Plates"
WRITERS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = WRITERS | {Role.INSPECTOR, Role.AUDITOR, Role.VENUE_MANAGER}
RECORDING = (PatrolsContended, TooBusy)
PDF, SVG = "application/pdf", "image/svg+xml"


class _PlateHandler(ApiHandler):
    def shown(self, plate: Plate) -> dict[str, Any]:
        """Return the plate as the wire has it; only a current one has a link."""
        link = self.services.patrols.plates.printing.link(plate) if plate.state is PlateState.CURRENT else None
        return {**vars(plate), "number": plate_number(plate.id), "link": link, "reason": plate.end}

    def made_at(self, plate: Plate) -> dict[str, Any]:
        """Return a new plate, and say where it is."""
        self.set_header("Location", f"/api/v1/plates/{plate.id}")
        return self.shown(plate)


class PlatesHandler(_PlateHandler):
    """`/plates`."""

    @operation(
        Operation(
            summary="Issue a plate",
            description="To an outlet or a venue. A site has one plate at a time: the one that it had is `replaced`.",
            tag=TAG,
            roles=WRITERS,
            body=IssuePlateSchema,
            reply=PlateSchema,
            status=201,
            repeatable=True,
            refusals=(SiteUnknown, PlateSiteClosed, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Give a site a plate."""
        plate = await self.services.patrols.plates.issuing.issue(self.actor, content["site_id"], self.repeated)
        return self.made_at(plate)

    @operation(
        Operation(
            summary="List the plates of a site",
            description="Newest first, those that are over included.",
            tag=TAG,
            roles=READERS,
            query=PlatesQuery,
            reply=PlateListSchema,
            refusals=(SiteUnknown,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return all plates of a site."""
        plates = await self.services.patrols.plates.reading.of_site(self.actor, self.parameters["site_id"])
        return {"items": [self.shown(plate) for plate in plates]}


class MissingPlatesHandler(_PlateHandler):
    """`/plates/missing`."""

    @operation(
        Operation(
            summary="Issue plates where there are none",
            description="Each site that has no plate gets one; the answer has the plate of every site, in order. It "
            "may be sent again.",
            tag=TAG,
            roles=WRITERS,
            body=PlateSitesSchema,
            reply=PlatesOfSitesSchema,
            refusals=(SiteUnknown, PlateSiteClosed, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Give sites plates."""
        plates = await self.services.patrols.plates.issuing.issue_missing(self.actor, content["site_ids"])
        return {"items": [self.shown(plate) for plate in plates]}


class PlateSheetHandler(_PlateHandler):
    """`/plates/print`."""

    @operation(
        Operation(
            summary="Print the plates of several sites",
            description="One PDF with a page for each site, A5 across. Where some have no plate, `sites_without_plate` "
            "names them by their places in `site_ids`: send those to `POST /plates/missing` first.",
            tag=TAG,
            roles=WRITERS,
            body=PlateSitesSchema,
            media_type=PDF,
            refusals=(SitesWithoutPlate, PapersUnavailable, TooBusy),
        )
    )
    async def post(self, content: dict[str, Any]) -> None:
        """Return a file of plates."""
        drawn = await self.services.patrols.plates.printing.draw_all(self.actor, content["site_ids"])
        self.send_file(drawn, PDF, "plates.pdf")


class ScannedPlatesHandler(_PlateHandler):
    """`/plates/scan`."""

    @operation(
        Operation(
            summary="Look a scanned plate up",
            description="For inspectors, before a check-in: whose plate it is, whether it is current, replaced, "
            "revoked or not ours, and with `near` (GCJ-02) whether it hangs where it belongs. Nothing is kept.",
            tag=TAG,
            roles=READERS,
            body=ScanPlateSchema,
            reply=SeenPlateSchema,
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return what was scanned."""
        reading = self.services.patrols.plates.reading
        seen = await reading.look(content["text"], content["near"], content["accuracy_m"])
        ended: dict[str, Any] = {"plate_id": None, "ended_at": None, "reason": None}
        if (plate := seen.scanned.plate) is not None:
            ended = {"plate_id": plate.id, "ended_at": plate.ended_at, "reason": plate.end}
        return {"verdict": seen.scanned.verdict, **ended, "site": seen.site, "place": seen.place}


class EndedPlatesHandler(_PlateHandler):
    """`/plates/revoked`."""

    @operation(
        Operation(
            summary="Get the list of ended plates",
            description="Signed, for phones without network: the plates of the whole city that were replaced or "
            "revoked since a day. It names nothing but plates.",
            tag=TAG,
            roles=READERS,
            query=EndedPlatesQuery,
            reply=EndedPlatesSchema,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return the list."""
        since = datetime.combine(self.parameters["since"], time.min, CITY_TIME)
        found = await self.services.patrols.plates.reading.ended(since)
        signed = base64.urlsafe_b64encode(found.signed).decode().rstrip("=")
        listed = found.listed
        return {**vars(listed), "kid": f"plate-{listed.kid}", "count": len(listed.plates), "signed": signed}


class PlateHandler(_PlateHandler):
    """`/plates/{plate_id}`."""

    @operation(
        Operation(
            summary="See a plate",
            description="Whose it is, whether it is current, and what came in its place.",
            tag=TAG,
            roles=READERS,
            reply=PlateSchema,
            refusals=(PlateUnknown,),
        )
    )
    async def get(self, plate_id: str) -> dict[str, Any]:
        """Return a plate."""
        return self.shown(await self.services.patrols.plates.reading.get(self.actor, plate_id))


class PlateReplacementHandler(_PlateHandler):
    """`/plates/{plate_id}/replace`."""

    @operation(
        Operation(
            summary="Replace a plate",
            description="Answers with the new plate. Whoever scans the old one is told that it was replaced.",
            tag=TAG,
            roles=WRITERS,
            body=EndPlateSchema,
            reply=PlateSchema,
            status=201,
            repeatable=True,
            refusals=(PlateUnknown, PlateOver, PlateSiteClosed, SiteUnknown, *RECORDING),
        )
    )
    async def post(self, plate_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Put a new plate in the place of this one."""
        plate = await self.services.patrols.plates.issuing.replace(
            self.actor, plate_id, content["reason"], self.repeated
        )
        return self.made_at(plate)


class PlateRevocationHandler(_PlateHandler):
    """`/plates/{plate_id}/revoke`."""

    @operation(
        Operation(
            summary="Revoke a plate",
            description="The site has no plate then. Whoever scans this one is told that it is not valid.",
            tag=TAG,
            roles=WRITERS,
            body=EndPlateSchema,
            reply=PlateSchema,
            refusals=(PlateUnknown, PlateOver, *RECORDING),
        )
    )
    async def post(self, plate_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """End a plate."""
        return self.shown(await self.services.patrols.plates.issuing.revoke(self.actor, plate_id, content["reason"]))


class PlatePdfHandler(_PlateHandler):
    """`/plates/{plate_id}/plate.pdf`."""

    @operation(
        Operation(
            summary="Print a plate as PDF",
            description="A5 across, for an office printer or a print shop. Only a current plate is printed.",
            tag=TAG,
            roles=WRITERS,
            media_type=PDF,
            refusals=(PlateUnknown, PlateOver, PapersUnavailable, TooBusy, SiteUnknown),
        )
    )
    async def get(self, plate_id: str) -> None:
        """Return the file."""
        drawn = await self.services.patrols.plates.printing.draw(self.actor, plate_id, PlateForm.PDF)
        self.send_file(drawn, PDF, f"{plate_id}.pdf")


class PlateSvgHandler(_PlateHandler):
    """`/plates/{plate_id}/plate.svg`."""

    @operation(
        Operation(
            summary="Print a plate as SVG",
            description="The same plate in millimetres, for an engraver or a sign maker.",
            tag=TAG,
            roles=WRITERS,
            media_type=SVG,
            refusals=(PlateUnknown, PlateOver, PapersUnavailable, TooBusy, SiteUnknown),
        )
    )
    async def get(self, plate_id: str) -> None:
        """Return the file."""
        drawn = await self.services.patrols.plates.printing.draw(self.actor, plate_id, PlateForm.SVG)
        self.send_file(drawn, SVG, f"{plate_id}.svg")
