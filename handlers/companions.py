"""A citizen's companions: people whom they book for again and again."""

from collections.abc import Mapping
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.reservations import CITIZEN
from handlers.schemas.companions import CompanionListSchema, CompanionSchema, NewCompanionSchema
from services.common.errors import TooBusy
from services.reservations.companions.errors import (
    CompanionKnown,
    CompanionRefused,
    CompanionUnknown,
    TooManyCompanions,
)
from services.reservations.companions.model import MOST_COMPANIONS, MaskedCompanion
from services.reservations.model import Visitor

TAG = "Companions"


class CompanionsHandler(ApiHandler):
    """`/me/companions`."""

    @operation(
        Operation(
            summary="Keep a companion",
            description=f"Up to {MOST_COMPANIONS}, encrypted, for nobody but you. In a booking, "
            '`{"companion_id": "cpn_…"}` then stands for the name and the document. A document that is in the list '
            "already is refused with the `companion_id` that it has; to correct a name, delete the companion first.",
            tag=TAG,
            roles=CITIZEN,
            body=NewCompanionSchema,
            reply=CompanionSchema,
            status=201,
            repeatable=True,
            refusals=(CompanionRefused, CompanionKnown, TooManyCompanions, CompanionUnknown, TooBusy),
        )
    )
    async def post(self, visitor: Visitor) -> MaskedCompanion:
        """Keep a companion."""
        kept = await self.services.visits.companions.add(self.actor.id, visitor, self.repeated)
        self.set_header("Location", f"/api/v1/me/companions/{kept.id}")
        return kept

    @operation(
        Operation(
            summary="List my companions",
            description="Newest first, masked.",
            tag=TAG,
            roles=CITIZEN,
            reply=CompanionListSchema,
        )
    )
    async def get(self) -> Mapping[str, Any]:
        """Return all of one's own companions."""
        return {"items": await self.services.visits.companions.all(self.actor.id)}


class CompanionDeletionHandler(ApiHandler):
    """`/me/companions/{companion_id}/delete`."""

    @operation(
        Operation(
            summary="Delete a companion",
            description="What is booked for them stays booked.",
            tag=TAG,
            roles=CITIZEN,
            status=204,
            refusals=(CompanionUnknown,),
        )
    )
    async def post(self, companion_id: str) -> None:
        """Delete one of one's own companions."""
        await self.services.visits.companions.delete(self.actor.id, companion_id)
