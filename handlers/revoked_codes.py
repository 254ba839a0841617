"""Codes that staff revoke and restore."""

from typing import Any

from handlers.gate_devices import KEEPERS
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.gate_devices import CodeStandingSchema, RevokeCodeSchema
from services.admissions.revocations.errors import CodeChangedTooOften
from services.admissions.revocations.model import CodeRevokeReason, CodeStanding, CodeWish
from services.common.errors import TooBusy
from services.reservations.errors import ReservationUnknown
from services.venues.errors import VenueUnknown

TAG = "Gate devices"
REFUSALS = (VenueUnknown, ReservationUnknown, CodeChangedTooOften, TooBusy)


class CodeHandler(ApiHandler):
    """What both operations share."""

    async def change(self, venue_id: str, reservation_id: str, reason: CodeRevokeReason | None) -> CodeStanding:
        """Revoke for a reason, restore without one."""
        wish = CodeWish(actor=self.actor, venue_id=venue_id, reservation_id=reservation_id, reason=reason)
        return await self.services.visits.code_revoking.change(wish)


class CodeRevocationHandler(CodeHandler):
    """`/venues/{venue_id}/reservations/{reservation_id}/revoke-code`."""

    @operation(
        Operation(
            summary="Revoke the code of a reservation",
            description="From then on gates refuse it as `revoked`, on a screen and on paper: here as soon as this is "
            "answered, at every gate with a network within two seconds, at others with their next pack. The "
            "reservation stands. Again changes nothing.",
            tag=TAG,
            roles=KEEPERS,
            body=RevokeCodeSchema,
            reply=CodeStandingSchema,
            refusals=REFUSALS,
        )
    )
    async def post(self, venue_id: str, reservation_id: str, content: dict[str, Any]) -> CodeStanding:
        """Revoke a code."""
        return await self.change(venue_id, reservation_id, content["reason"])


class CodeRestorationHandler(CodeHandler):
    """`/venues/{venue_id}/reservations/{reservation_id}/restore-code`."""

    @operation(
        Operation(
            summary="Restore the code of a reservation",
            description="Gates take it again. The history keeps that it was revoked, by whom and why. Again changes "
            "nothing.",
            tag=TAG,
            roles=KEEPERS,
            reply=CodeStandingSchema,
            refusals=REFUSALS,
        )
    )
    async def post(self, venue_id: str, reservation_id: str) -> CodeStanding:
        """Restore a code."""
        return await self.change(venue_id, reservation_id, None)
