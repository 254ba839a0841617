"""Inspectors: who may be sent on a patrol."""

from collections.abc import Mapping, Sequence

from handlers.operation import ApiHandler, Operation, operation
from handlers.patrol_tasks import MANAGERS, TAG
from handlers.schemas.patrol_inspectors import RosterQuery, RosterSchema
from services.patrols.plans.roster import RosterEntry
from services.venues.errors import OwnerUnknown


class InspectorsHandler(ApiHandler):
    """`/patrol/inspectors`."""

    @operation(
        Operation(
            summary="List inspectors",
            description="Their ids are what `assignees` of tasks and `recusals` of draws ask for. All of them on one "
            "page, by user name.",
            tag=TAG,
            roles=MANAGERS,
            query=RosterQuery,
            reply=RosterSchema,
            refusals=(OwnerUnknown,),
        )
    )
    async def get(self) -> Mapping[str, Sequence[RosterEntry]]:
        """Return the inspectors within the actor's scope."""
        return {"items": await self.services.patrols.plans.roster.within(self.actor, self.parameters["district_id"])}
