"""How many people a venue may hold, who counts them, and who was told that there are many."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.crowds import (
    CrowdAlertsQuery,
    CrowdAlertsSchema,
    GatePolicySchema,
    GatePolicyWishSchema,
    RecountSchema,
    RecountWishSchema,
)
from services.admissions.ceilings.model import GatePolicy
from services.admissions.crowds.model import CrowdAlert
from services.admissions.occupancy.model import Recount, RecountWish
from services.common.errors import TooBusy
from services.identity.model import Role
from services.policies.errors import PolicyChanged
from services.venues.errors import VenueUnknown

TAG = "Admissions"
COUNTERS = frozenset({Role.GATE, Role.VENUE_MANAGER})
WRITERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = WRITERS | {Role.GATE, Role.AUDITOR}


class GatePolicyHandler(ApiHandler):
    """`/venues/{venue_id}/gate-policy`."""

    @operation(
        Operation(
            summary="See how many a venue may hold",
            description="`version` 0 is a venue that has set nothing: then nobody is refused as `venue_full`.",
            tag=TAG,
            roles=READERS,
            reply=GatePolicySchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> GatePolicy:
        """Return a gate policy."""
        return await self.services.visits.presence.ceilings.get(self.actor, venue_id)

    @operation(
        Operation(
            summary="Change how many a venue may hold",
            description="Takes the place of the whole policy, for scans from now on: at once in the process that took "
            "it, within two seconds in the others. Nobody has to leave. Whoever read an older `version` is refused "
            "and reads again.",
            tag=TAG,
            roles=WRITERS,
            body=GatePolicyWishSchema,
            reply=GatePolicySchema,
            refusals=(VenueUnknown, PolicyChanged),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> GatePolicy:
        """Change a gate policy."""
        wish = GatePolicy(
            venue_id=venue_id,
            version=content["version"],
            ceiling=content["ceiling"],
            alert_at=tuple(content["alert_at"]),
        )
        return await self.services.visits.presence.ceilings.change(self.actor, wish)


class RecountHandler(ApiHandler):
    """`/venues/{venue_id}/occupancy/recount`."""

    @operation(
        Operation(
            summary="Say how many are inside",
            description="Where people leave unseen, the count drifts: somebody counts, and gates go on from there. "
            "Whoever came or went meanwhile is counted on top. Each recount is kept.",
            tag=TAG,
            roles=COUNTERS,
            body=RecountWishSchema,
            reply=RecountSchema,
            repeatable=True,
            refusals=(VenueUnknown, TooBusy),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> Recount:
        """Put the count right."""
        wish = RecountWish(actor=self.actor, venue_id=venue_id, request=self.repeated, **content)
        return await self.services.visits.presence.recounting.recount(wish)


class CrowdAlertsHandler(ApiHandler):
    """`/venues/{venue_id}/crowd-alerts`."""

    @operation(
        Operation(
            summary="List when a venue filled up",
            description="The latest first, of one day: each time that more people were inside than a level of "
            "`gate-policy`, and each time that a level was left again.",
            tag=TAG,
            roles=READERS,
            query=CrowdAlertsQuery,
            reply=CrowdAlertsSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a day's alerts."""
        found = await self.services.visits.presence.crowds.list(self.actor, venue_id, self.parameters["on"])
        return {"items": [shown(alert) for alert in found]}


def shown(alert: CrowdAlert) -> dict[str, Any]:
    """Return an alert as the wire has it."""
    return {**vars(alert), **vars(alert.of)}
