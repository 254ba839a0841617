"""Walk-in places that gates lease, so that they can go on without network, and people who come in on them."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.scans import answer_of
from handlers.schemas.admissions import ScanSchema
from handlers.schemas.walk_ins import (
    LeaseWalkInsSchema,
    WalkInLeasePageSchema,
    WalkInLeaseSchema,
    WalkInLeasesQuery,
    WalkInSchema,
    shown_lease,
)
from services.admissions.errors import CountTooLarge, NonceReused
from services.admissions.walk_ins import WalkIn
from services.common.clock import city_day
from services.common.errors import TooBusy
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.reservations import errors
from services.reservations.leases.errors import GateNotEntrance, LeaseOfAnother, LeaseOver, LeaseUnknown
from services.reservations.leases.model import GateDay, LeasePlaces
from services.venues.errors import GateUnknown

TAG = "Walk-ins"
GATES = frozenset({Role.GATE, Role.VENUE_MANAGER})
STAFF = GATES | {Role.DISTRICT_ADMIN, Role.CITY_ADMIN}


class WalkInLeasesHandler(ApiHandler):
    """`/gates/{gate_id}/walk-in-leases`."""

    @operation(
        Operation(
            summary="Lease walk-in places for a gate",
            description="Takes places that the slot sets aside for walk-ins, all or none: `places_left` says how many "
            "there are when these are too few. Nobody else can have them then, so that the gate may let so many people "
            "in without a booking, also while it has no network. Give back what is not needed. Send an "
            "`Idempotency-Key`: a repeat of the same request then returns the lease of the first one.",
            tag=TAG,
            roles=GATES,
            devices=True,
            body=LeaseWalkInsSchema,
            reply=WalkInLeaseSchema,
            status=201,
            repeatable=True,
            refusals=(
                GateUnknown,
                GateNotEntrance,
                errors.SlotUnknown,
                errors.SlotFull,
                errors.SlotClosed,
                errors.SlotDrawn,
                errors.SlotEnded,
                TooBusy,
            ),
        )
    )
    async def post(self, gate_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Lease places."""
        wanted = LeasePlaces(
            gate_id=gate_id, slot_id=content["slot_id"], places=content["places"], request=self.repeated
        )
        lease = await self.services.visits.walk_ins.leasing.lease(self.actor, wanted)
        return shown_lease(lease, self.services.clock.now())

    @operation(
        Operation(
            summary="List a gate's leases of walk-in places",
            description="For slots of one day, in the order of leasing, also such as were given back.",
            tag=TAG,
            roles=STAFF | {Role.AUDITOR},
            devices=True,
            query=WalkInLeasesQuery,
            reply=WalkInLeasePageSchema,
            refusals=(GateUnknown, CursorInvalid),
        )
    )
    async def get(self, gate_id: str) -> dict[str, Any]:
        """Return a page of leases."""
        asked, now = self.parameters, self.services.clock.now()
        day = GateDay(gate_id=gate_id, on=asked["on"] or city_day(now), limit=asked["limit"], after=asked["after"])
        page = await self.services.visits.walk_ins.reading.list(self.actor, day)
        return {"items": [shown_lease(one, now) for one in page.items], "next": page.next}


class WalkInLeaseReturnHandler(ApiHandler):
    """`/walk-in-leases/{lease_id}/return`."""

    @operation(
        Operation(
            summary="Give unused walk-in places back",
            description="The lease keeps what was used; the rest can be had by others at once. For whoever leased "
            "them, and for venue managers: who gives back for a gate that cannot be reached risks that it lets people "
            "in on places that others have by then, which shows as conflicts. Again changes nothing.",
            tag=TAG,
            roles=STAFF,
            devices=True,
            reply=WalkInLeaseSchema,
            refusals=(LeaseUnknown, LeaseOfAnother, LeaseOver, TooBusy),
        )
    )
    async def post(self, lease_id: str) -> dict[str, Any]:
        """Give places back."""
        lease = await self.services.visits.walk_ins.returning.give_back(self.actor, lease_id)
        return shown_lease(lease, self.services.clock.now())


class WalkInsHandler(ApiHandler):
    """`/walk-ins`."""

    @operation(
        Operation(
            summary="Let people in without a booking",
            description="On a lease of this gate, by whoever leased it. Answers as `POST /admissions` does: "
            "`party_size` and `admitted_count` are the lease's places and how many of them are used. A lease that is "
            "used up is refused as `already_admitted`, one that was given back as `cancelled`. Repeat an unanswered "
            "request with the same `nonce`: it admits nobody twice.",
            tag=TAG,
            roles=GATES,
            devices=True,
            body=WalkInSchema,
            reply=ScanSchema,
            refusals=(GateUnknown, LeaseUnknown, LeaseOfAnother, NonceReused, CountTooLarge, TooBusy),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Decide about people at the gate."""
        scan = await self.services.visits.walk_ins.admitting.admit(WalkIn(actor=self.actor, **content))
        self.services.metrics.count_outcome("walk_in", scan.reason or scan.decision)
        return await answer_of(scan, self.services.visits.presence.crowds)
