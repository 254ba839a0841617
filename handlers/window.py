"""The staffed window: bookings for people without a phone, and their slips."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.reservations import ReservationSchema
from handlers.schemas.window import (
    AssistedBookingPageSchema,
    AssistedBookingSchema,
    AssistedBookingsQuery,
    BookAtWindowSchema,
    shown_booking,
)
from services.common.clock import city_day
from services.common.errors import TooBusy
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.patrols.errors import PapersUnavailable
from services.policies.errors import MinorsUnaccompanied
from services.reservations import errors
from services.reservations.model import Reservation
from services.reservations.window.model import BookAtWindow, WindowDay
from services.venues.errors import VenueUnknown

TAG = "Staffed window"
STAFF = frozenset({Role.GATE, Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
PDF = "application/pdf"


class AssistedBookingsHandler(ApiHandler):
    """`/venues/{venue_id}/assisted-bookings`."""

    @operation(
        Operation(
            summary="Book at the window",
            description="For people without a phone: takes places that are set aside for the window, and when these "
            "are used up, places that anybody can have and nobody waits for. The hour of release does not bind the "
            "window; the venue's rules for parties, minors and documents do. Print the slip for them. Send an "
            "`Idempotency-Key`: a repeat of the same request then returns the first answer.",
            tag=TAG,
            roles=STAFF,
            body=BookAtWindowSchema,
            reply=AssistedBookingSchema,
            status=201,
            repeatable=True,
            refusals=(
                VenueUnknown,
                errors.SlotUnknown,
                errors.SlotFull,
                errors.SlotClosed,
                errors.SlotDrawn,
                errors.SlotEnded,
                errors.PartyRefused,
                errors.DayLimitReached,
                errors.VisitorAlreadyBooked,
                MinorsUnaccompanied,
                TooBusy,
            ),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Book places for people at the window."""
        command = BookAtWindow(
            venue_id=venue_id,
            slot_id=content["slot_id"],
            visitors=tuple(content["visitors"]),
            contact_phone=content["contact_phone"],
            request=self.repeated,
        )
        window = self.services.visits.window
        reservation = await window.booking.book(self.actor, command)
        return shown_booking(await window.reading.masked(reservation))

    @operation(
        Operation(
            summary="List what the window has booked",
            description="For visits on one day, in the order of booking, masked; cancelled ones as well.",
            tag=TAG,
            roles=STAFF,
            query=AssistedBookingsQuery,
            reply=AssistedBookingPageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a page of bookings."""
        asked = self.parameters
        on = asked["on"] or city_day(self.services.clock.now())
        day = WindowDay(venue_id=venue_id, on=on, limit=asked["limit"], after=asked["after"])
        page = await self.services.visits.window.reading.list(self.actor, day)
        return {"items": [shown_booking(one) for one in page.items], "next": page.next}


class AssistedCancellationHandler(ApiHandler):
    """`/venues/{venue_id}/assisted-bookings/{reservation_id}/cancel`."""

    @operation(
        Operation(
            summary="Cancel a booking of the window",
            description="For people who ask at the window. Gives the places back at once; again changes nothing.",
            tag=TAG,
            roles=STAFF,
            reply=ReservationSchema,
            refusals=(VenueUnknown, errors.ReservationUnknown, errors.ReservationOver, errors.VisitBegun, TooBusy),
        )
    )
    async def post(self, venue_id: str, reservation_id: str) -> Reservation:
        """Cancel a booking of the window."""
        return await self.services.visits.window.reading.cancel(self.actor, venue_id, reservation_id)


class SlipHandler(ApiHandler):
    """`/venues/{venue_id}/assisted-bookings/{reservation_id}/slip.pdf`."""

    @operation(
        Operation(
            summary="Print the slip of a booking",
            description="One page of A5 in large type, with names masked and one code. The gate takes it together with "
            "the last four characters of a document.",
            tag=TAG,
            roles=STAFF,
            media_type=PDF,
            refusals=(
                VenueUnknown,
                errors.ReservationUnknown,
                errors.ReservationCancelled,
                errors.ReservationOver,
                PapersUnavailable,
                TooBusy,
            ),
        )
    )
    async def get(self, venue_id: str, reservation_id: str) -> None:
        """Return a slip."""
        content = await self.services.visits.window.slips.draw(self.actor, venue_id, reservation_id)
        self.set_header("Content-Type", PDF)
        self.set_header("Content-Disposition", 'inline; filename="slip.pdf"')
        self.finish(content)
