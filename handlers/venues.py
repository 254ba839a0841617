"""Venues, districts and slots."""

from datetime import datetime, timedelta
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import FieldsInvalid
from handlers.schemas.venues import (
    LONGEST_WINDOW_DAYS,
    DistrictPageSchema,
    SlotPageSchema,
    SlotQuery,
    VenuePageSchema,
    VenueQuery,
    VenueSchema,
)
from services.common.errors import FieldError
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.policies.rules import opens_at
from services.reservations.model import Slot, SlotWindow
from services.reservations.quotas import places_of
from services.reservations.rules import places_for_individuals, status_of
from services.venues.errors import VenueUnknown
from services.venues.model import Channel, District, GeoPoint, Venue, VenueSearch

TAG = "Venues"
DEFAULT_WINDOW = timedelta(days=7)


class VenuesHandler(ApiHandler):
    """`/venues`."""

    @operation(
        Operation(
            summary="Find venues",
            tag=TAG,
            query=VenueQuery,
            reply=VenuePageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[Venue]:
        """Return a page of venues."""
        asked = self.parameters
        near = None
        if asked["near"] is not None:
            lng, lat = (float(part) for part in asked["near"].split(","))
            near = GeoPoint(lng=lng, lat=lat)
        return await self.services.venues.search(
            VenueSearch(
                text=asked["q"], district_id=asked["district"], near=near, limit=asked["limit"], after=asked["after"]
            )
        )


class VenueHandler(ApiHandler):
    """`/venues/{venue_id}`."""

    @operation(Operation(summary="See a venue", tag=TAG, reply=VenueSchema, refusals=(VenueUnknown,)))
    async def get(self, venue_id: str) -> Venue:
        """Return a venue."""
        return await self.services.venues.get(venue_id)


class DistrictsHandler(ApiHandler):
    """`/districts`."""

    @operation(Operation(summary="List the districts", tag=TAG, reply=DistrictPageSchema))
    async def get(self) -> Page[District]:
        """Return all districts; a city has few."""
        return Page(items=await self.services.venues.districts(), next=None)


class SlotsHandler(ApiHandler):
    """`/venues/{venue_id}/slots`."""

    @operation(
        Operation(
            summary="List a venue's slots",
            description="Slots that end after `from` and start before `to`, in order of start. "
            "`places_left` was right within the last second and is not reserved for anybody.",
            tag=TAG,
            query=SlotQuery,
            reply=SlotPageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> Page[dict[str, Any]]:
        """Return a page of slots."""
        now = self.services.clock.now()
        page = await self.services.reading.slots(self._window(venue_id))
        policy = await self.services.visits.policies.directory.get(venue_id)
        return Page(items=[_shown(slot, opens_at(policy, slot.starts_at), now) for slot in page.items], next=page.next)

    def _window(self, venue_id: str) -> SlotWindow:
        asked = self.parameters
        since = asked["since"] or self.services.clock.now()
        until = asked["until"] or since + DEFAULT_WINDOW
        if not timedelta(0) < until - since <= timedelta(days=LONGEST_WINDOW_DAYS):
            detail = f"`to` lies after `from`, at most {LONGEST_WINDOW_DAYS} days"
            raise FieldsInvalid(errors=(FieldError(path="to", code="out_of_range", detail=detail),))
        return SlotWindow(venue_id=venue_id, since=since, until=until, limit=asked["limit"], after=asked["after"])


def _shown(slot: Slot, releases_at: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "id": slot.id,
        "venue_id": slot.venue_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "last_entry_at": slot.last_entry_at,
        "capacity": places_of(slot, Channel.INDIVIDUAL, now),
        "places_left": places_for_individuals(slot, now),
        "waiting": slot.waiting,
        "releases_at": releases_at,
        "status": status_of(slot, now, releases_at),
    }
