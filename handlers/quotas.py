"""Quotas of slots: how many places for whom, changed while booking goes on."""

from datetime import timedelta
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import FieldsInvalid
from handlers.schemas.quotas import ChangeSlotSchema, QuotaQuery, SlotQuotaListSchema, SlotQuotaSchema
from handlers.schemas.venues import LONGEST_WINDOW_DAYS
from services.common.errors import FieldError, TooBusy
from services.identity.model import Role
from services.reservations import errors
from services.reservations.changes import Quota, SlotChange
from services.reservations.model import Allotment, Slot, SlotState
from services.reservations.quotas import allotments
from services.reservations.slot_keeping import NOT_DRAWN, STAFF_STATES
from services.venues.errors import VenueUnknown

TAG = "Quotas"
DEFAULT_WINDOW = timedelta(days=7)
KEEPERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = KEEPERS | {Role.GATE, Role.AUDITOR}


def shown_quota(slot: Slot) -> dict[str, Any]:
    """Return a slot with its places by channel."""
    return {**vars(slot), "allotments": allotments(slot)}


class QuotasHandler(ApiHandler):
    """`/venues/{venue_id}/quotas`."""

    @operation(
        Operation(
            summary="See the quotas of a venue's slots",
            description="The slots that start in [`from`, `to`), in order of start, with the places of each channel "
            "and how many parties wait.",
            tag=TAG,
            roles=READERS,
            query=QuotaQuery,
            reply=SlotQuotaListSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return the slots of a time."""
        asked = self.parameters
        since = asked["since"] or self.services.clock.now()
        until = asked["until"] or since + DEFAULT_WINDOW
        if not timedelta(0) < until - since <= timedelta(days=LONGEST_WINDOW_DAYS):
            detail = f"`to` lies after `from`, at most {LONGEST_WINDOW_DAYS} days"
            raise FieldsInvalid(errors=(FieldError(path="to", code="out_of_range", detail=detail),))
        slots = await self.services.visits.planning.slot_keeping.list(self.actor, venue_id, since, until)
        return {"items": [shown_quota(slot) for slot in slots], "next": None}


class SlotQuotaHandler(ApiHandler):
    """`/slots/{slot_id}/quota`."""

    @operation(
        Operation(
            summary="Change a slot's quota or state",
            description="Takes effect at once. More places are offered first to those who wait. Fewer than are booked "
            "in a channel are refused with the number, or close the slot to further booking when asked to.",
            tag=TAG,
            roles=KEEPERS,
            body=ChangeSlotSchema,
            reply=SlotQuotaSchema,
            refusals=(
                errors.SlotUnknown,
                errors.QuotaInvalid,
                errors.QuotaBelowBooked,
                errors.SlotStateChanged,
                errors.SlotDrawn,
                TooBusy,
            ),
        )
    )
    async def post(self, slot_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Change the slot."""
        state = None if content["state"] is None else SlotState(content["state"])
        change = SlotChange(
            slot_id=slot_id,
            quota=_quota(content),
            state=state,
            expected=STAFF_STATES if state is not None else NOT_DRAWN,
            below_booked=content["if_below_booked"],
        )
        return shown_quota(await self.services.visits.planning.slot_keeping.change(self.actor, change))


def _quota(content: dict[str, Any]) -> Quota | None:
    if content["capacity"] is None:
        return None
    wished = content["set_aside"]
    set_aside = None if wished is None else tuple(Allotment(left=0, **one) for one in wished)
    return Quota(capacity=content["capacity"], set_aside=set_aside)
