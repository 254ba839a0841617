"""A citizen's reservations and their entry codes."""

import base64
from datetime import datetime
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.reservations import (
    BookVisitSchema,
    EntryCodeSchema,
    OwnReservationsQuery,
    RescheduleSchema,
    ReservationDetailSchema,
    ReservationPageSchema,
    ReservationSchema,
)
from services.common.errors import DomainError, TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.policies.errors import MinorsUnaccompanied, NotReleased
from services.policies.rules import penalty_free_until
from services.reservations import errors
from services.reservations.companions.errors import CompanionsUnknown
from services.reservations.model import BookVisit, Reservation
from services.venues.errors import VenueUnknown

TAG = "Reservations"
CITIZEN = frozenset({Role.CITIZEN})
ENTRY_CODE_REFUSALS = (
    errors.ReservationUnknown,
    errors.EntryNotYet,
    errors.ReservationMoved,
    errors.ReservationCancelled,
    errors.ReservationOver,
    errors.CodeRevoked,
)


class ReservationsHandler(ApiHandler):
    """`/reservations`."""

    @operation(
        Operation(
            summary="Book a visit",
            description="Takes places for the whole party or none. Send an `Idempotency-Key`: a repeat of the same "
            "request then returns the first answer again, as it was then, whatever happened to it on the way: read the "
            "reservation for its present state. Who hangs up before the answer holds no place, and may find the "
            "reservation cancelled in their list.",
            tag=TAG,
            roles=CITIZEN,
            body=BookVisitSchema,
            reply=ReservationSchema,
            status=201,
            repeatable=True,
            refusals=(
                errors.SlotUnknown,
                VenueUnknown,
                errors.SlotFull,
                errors.SlotClosed,
                errors.SlotDrawn,
                errors.SlotEnded,
                errors.DayLimitReached,
                errors.BookingPaused,
                errors.PartyRefused,
                CompanionsUnknown,
                MinorsUnaccompanied,
                NotReleased,
                errors.VisitorAlreadyBooked,
                TooBusy,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> Reservation:
        """Book places in a slot."""
        command = BookVisit(
            citizen_id=self.actor.id,
            slot_id=content["slot_id"],
            visitors=await self.services.visits.companions.resolve(self.actor.id, content["visitors"]),
            contact_phone=content["contact_phone"],
            request=self.repeated,
        )
        try:
            reservation = await self.services.booking.book_visit(command)
        except DomainError as refusal:
            self.services.metrics.count_outcome("booking", refusal.code)
            raise
        self.services.metrics.count_outcome("booking", "booked")
        self.set_header("Location", f"/api/v1/reservations/{reservation.id}")
        return reservation

    @operation(
        Operation(
            summary="List my reservations",
            description="Newest first.",
            tag=TAG,
            roles=CITIZEN,
            query=OwnReservationsQuery,
            reply=ReservationPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[Reservation]:
        """Return a page of one's own reservations."""
        asked = self.parameters
        return await self.services.reading.list_own(self.actor.id, asked["limit"], asked["after"])


class ReservationHandler(ApiHandler):
    """`/reservations/{reservation_id}`."""

    @operation(
        Operation(
            summary="See my reservation",
            tag=TAG,
            roles=CITIZEN,
            reply=ReservationDetailSchema,
            refusals=(errors.ReservationUnknown,),
        )
    )
    async def get(self, reservation_id: str) -> dict[str, Any]:
        """Return one's own reservation with its party, masked."""
        reservation = await self.services.reading.get_own(reservation_id, self.actor.id)
        return {
            **vars(reservation),
            "cancel_free_until": await self._free_until(reservation),
            "visitors": await self.services.reading.masked_visitors(reservation),
            "admitted_count": await self.services.admitting.admitted_count(reservation),
        }

    async def _free_until(self, reservation: Reservation) -> datetime:
        policy = await self.services.visits.policies.directory.get(reservation.venue_id)
        return penalty_free_until(policy, reservation.starts_at)


class CancelHandler(ApiHandler):
    """`/reservations/{reservation_id}/cancel`."""

    @operation(
        Operation(
            summary="Cancel my reservation",
            description="Gives the places back at once. Cancelling again changes nothing. Until `cancel_free_until` of "
            "the reservation it has no consequence; later it counts like a visit that was not made (docs/no-shows.md).",
            tag=TAG,
            roles=CITIZEN,
            reply=ReservationSchema,
            refusals=(
                errors.ReservationUnknown,
                errors.ReservationOver,
                errors.VisitBegun,
                errors.OnlyOffered,
                TooBusy,
            ),
        )
    )
    async def post(self, reservation_id: str) -> Reservation:
        """Cancel one's own reservation."""
        return await self.services.cancelling.cancel(reservation_id, self.actor.id)


class RescheduleHandler(ApiHandler):
    """`/reservations/{reservation_id}/reschedule`."""

    @operation(
        Operation(
            summary="Move my reservation to another slot",
            description="Once, within the venue, before its deadline for cancelling. Both places change hands in one "
            "write: the party is never without a place, and never has two. The answer is a new reservation with an id "
            "and an entry code of its own; the old one is cancelled and names it. Asked again for the same slot, the "
            "answer is the same.",
            tag=TAG,
            roles=CITIZEN,
            body=RescheduleSchema,
            reply=ReservationSchema,
            status=201,
            repeatable=True,
            refusals=(
                errors.ReservationUnknown,
                errors.ReservationCancelled,
                errors.ReservationOver,
                errors.VisitBegun,
                errors.GroupNotMovable,
                errors.RescheduledBefore,
                errors.CancelDeadlinePassed,
                errors.SameSlot,
                errors.OtherVenue,
                errors.SlotUnknown,
                errors.SlotFull,
                errors.SlotClosed,
                errors.SlotDrawn,
                errors.SlotEnded,
                errors.DayLimitReached,
                errors.VisitorAlreadyBooked,
                NotReleased,
                TooBusy,
            ),
        )
    )
    async def post(self, reservation_id: str, content: dict[str, Any]) -> Reservation:
        """Move one's own reservation."""
        reservation = await self.services.rescheduling.reschedule(
            reservation_id, self.actor.id, content["slot_id"], self.repeated
        )
        self.set_header("Location", f"/api/v1/reservations/{reservation.id}")
        return reservation


class EntryCodeHandler(ApiHandler):
    """`/reservations/{reservation_id}/entry-code`."""

    @operation(
        Operation(
            summary="Get the entry code",
            description="`code` is right now; a phone draws the following ones by itself with `rotation_key`.",
            tag=TAG,
            roles=CITIZEN,
            reply=EntryCodeSchema,
            refusals=ENTRY_CODE_REFUSALS,
        )
    )
    async def get(self, reservation_id: str) -> dict[str, Any]:
        """Return what a phone needs to show the code."""
        issued = await self.services.entry_codes.issue(reservation_id, self.actor.id)
        key = base64.urlsafe_b64encode(issued.rotation_key).decode().rstrip("=")
        return {**vars(issued), "rotation_key": key}


class EntryCodePictureHandler(ApiHandler):
    """`/reservations/{reservation_id}/entry-code.png`."""

    @operation(
        Operation(
            summary="Get the entry code as a picture",
            description="The code of this moment as a PNG; the gate takes it for half a minute at most.",
            tag=TAG,
            roles=CITIZEN,
            media_type="image/png",
            refusals=ENTRY_CODE_REFUSALS,
        )
    )
    async def get(self, reservation_id: str) -> None:
        """Return a QR code."""
        picture = await self.services.entry_codes.draw(reservation_id, self.actor.id)
        self.set_header("Content-Type", "image/png")
        self.finish(picture)
