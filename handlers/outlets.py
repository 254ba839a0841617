"""Outlets: their register, their contacts, and what happened at them."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.common import PageQuery
from handlers.schemas.outlets import (
    ContactsSchema,
    ExpiringQuery,
    NearOutletPageSchema,
    NearOutletsQuery,
    OutletFilter,
    OutletPageSchema,
    OutletSchema,
    RegisterOutletSchema,
    SiteEventPageSchema,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.patrols.errors import PatrolsContended
from services.patrols.model import RecordedEvent
from services.patrols.outlets import errors
from services.patrols.outlets.model import Nearness, NearOutlet, Outlet, OutletDetails, OutletSearch
from services.patrols.outlets.registering import RegisterOutlet
from services.venues.errors import OwnerUnknown
from services.venues.model import GeoPoint

TAG = "Outlets"
MANAGERS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
STAFF = MANAGERS | {Role.INSPECTOR}
READERS = STAFF | {Role.AUDITOR}
RECORDING = (PatrolsContended, TooBusy)


class OutletsHandler(ApiHandler):
    """`/outlets`."""

    @operation(
        Operation(
            summary="Register an outlet",
            description="One outlet of a city has a licence number or external id. Contacts are kept encrypted.",
            tag=TAG,
            roles=MANAGERS,
            body=RegisterOutletSchema,
            reply=OutletSchema,
            status=201,
            repeatable=True,
            refusals=(errors.OutletInvalid, errors.OutletKeyTaken, OwnerUnknown, errors.OutletUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> Outlet:
        """Register an outlet."""
        contacts = content.pop("contacts")
        command = RegisterOutlet(
            actor=self.actor, details=OutletDetails(**content), contacts=contacts, request=self.repeated
        )
        outlet = await self.services.patrols.outlets.register.register(command)
        self.set_header("Location", f"/api/v1/outlets/{outlet.id}")
        return outlet

    @operation(
        Operation(
            summary="Find outlets",
            description="Newest first. Those near a place: `GET /outlets/near`.",
            tag=TAG,
            roles=READERS,
            query=OutletFilter,
            reply=OutletPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[Outlet]:
        """Return a page of outlets."""
        asked = self.parameters
        search = search_of(asked)
        return await self.services.patrols.outlets.reading.search(self.actor, search, asked["limit"], asked["after"])


class NearOutletsHandler(ApiHandler):
    """`/outlets/near`."""

    @operation(
        Operation(
            summary="Find outlets near a place",
            description="Nearest first, within `radius_m` of `near`.",
            tag=TAG,
            roles=READERS,
            query=NearOutletsQuery,
            reply=NearOutletPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[NearOutlet]:
        """Return a page of outlets with their distances."""
        asked = self.parameters
        lng, lat = (float(part) for part in asked["near"].split(","))
        near = Nearness(centre=GeoPoint(lng=lng, lat=lat), radius_m=asked["radius_m"])
        return await self.services.patrols.outlets.reading.near(
            self.actor, search_of(asked), near, asked["limit"], asked["after"]
        )


class ExpiringLicencesHandler(ApiHandler):
    """`/outlets/expiring-licences`."""

    @operation(
        Operation(
            summary="List outlets with expiring licences",
            description="Active outlets whose licence ends within `within_days`, or has ended: the earliest first.",
            tag=TAG,
            roles=READERS,
            query=ExpiringQuery,
            reply=OutletPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[Outlet]:
        """Return a page of outlets."""
        asked = self.parameters
        return await self.services.patrols.outlets.reading.expiring(
            self.actor, asked["within_days"], asked["limit"], asked["after"]
        )


class OutletHandler(ApiHandler):
    """`/outlets/{outlet_id}`."""

    @operation(
        Operation(
            summary="See an outlet",
            description="As the register has it now; its `version` is needed to change it.",
            tag=TAG,
            roles=READERS,
            reply=OutletSchema,
            refusals=(errors.OutletUnknown,),
        )
    )
    async def get(self, outlet_id: str) -> Outlet:
        """Return an outlet."""
        return await self.services.patrols.outlets.reading.get(self.actor, outlet_id)


class OutletContactsHandler(ApiHandler):
    """`/outlets/{outlet_id}/contacts`."""

    @operation(
        Operation(
            summary="See who answers for an outlet",
            description="Names and phones, which are kept encrypted; for whoever needs them for the work.",
            tag=TAG,
            roles=STAFF,
            reply=ContactsSchema,
            refusals=(errors.OutletUnknown,),
        )
    )
    async def get(self, outlet_id: str) -> dict[str, Any]:
        """Return contacts."""
        return {"items": await self.services.patrols.outlets.reading.contacts(self.actor, outlet_id)}


class OutletHistoryHandler(ApiHandler):
    """`/outlets/{outlet_id}/history`."""

    @operation(
        Operation(
            summary="See what happened at an outlet",
            description="Events about the outlet and at it, in the order of recording; `index` is the leaf in the log "
            "of patrols.",
            tag=TAG,
            roles=READERS,
            query=PageQuery,
            reply=SiteEventPageSchema,
            refusals=(errors.OutletUnknown, CursorInvalid),
        )
    )
    async def get(self, outlet_id: str) -> dict[str, Any]:
        """Return a page of events."""
        asked = self.parameters
        page = await self.services.patrols.outlets.reading.history(
            self.actor, outlet_id, asked["limit"], asked["after"]
        )
        return {"items": [shown_event(one) for one in page.items], "next": page.next}


def search_of(asked: dict[str, Any]) -> OutletSearch:
    """Return what the parameters ask for."""
    return OutletSearch(text=asked["q"], district_id=asked["district"], kind=asked["kind"], state=asked["state"])


def shown_event(one: RecordedEvent) -> dict[str, Any]:
    """Return an event as the wire has it."""
    return {**vars(one.event), "index": one.index, "recorded_at": one.recorded_at}
