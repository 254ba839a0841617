"""Waiting for places of a full slot."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.reservations import CITIZEN
from handlers.schemas.reservations import ReservationSchema
from handlers.schemas.waitlist import (
    JoinWaitlistSchema,
    WaitlistJoinedSchema,
    WaitlistLogQuery,
    WaitlistLogSchema,
    WaitlistPlaceSchema,
)
from services.common.errors import DomainError, TooBusy
from services.common.pages import CursorInvalid
from services.policies.errors import MinorsUnaccompanied, NotReleased
from services.reservations import errors
from services.reservations.companions.errors import CompanionsUnknown
from services.reservations.model import BookVisit, Reservation
from services.reservations.waitlist.errors import NoOfferYet, NotWaiting
from services.reservations.waitlist.model import LogEntry
from services.venues.errors import VenueUnknown

TAG = "Waitlist"
LOG_FORMAT = "chengma-waitlist-log-1"


class WaitlistHandler(ApiHandler):
    """`/waitlist`."""

    @operation(
        Operation(
            summary="Join the waitlist of a full slot",
            description="The party gets the next number in the slot's queue. When places come free, the first in the "
            "order of numbers that fits into them is offered them until `held_until`, and is told so; take the offer "
            "by then, or it goes on to the next. Send an `Idempotency-Key`. Keep `link`: it is your receipt.",
            tag=TAG,
            roles=CITIZEN,
            body=JoinWaitlistSchema,
            reply=WaitlistJoinedSchema,
            status=201,
            repeatable=True,
            refusals=(
                errors.SlotUnknown,
                VenueUnknown,
                errors.PlacesFree,
                errors.AlreadyWaiting,
                errors.VisitorAlreadyBooked,
                errors.SlotFull,
                errors.SlotClosed,
                errors.SlotDrawn,
                errors.SlotEnded,
                errors.PartyRefused,
                errors.BookingPaused,
                CompanionsUnknown,
                MinorsUnaccompanied,
                NotReleased,
                TooBusy,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Stand in the queue of a slot."""
        visits = self.services.visits
        command = BookVisit(
            citizen_id=self.actor.id,
            slot_id=content["slot_id"],
            visitors=await visits.companions.resolve(self.actor.id, content["visitors"]),
            contact_phone=content["contact_phone"],
            request=self.repeated,
        )
        try:
            place = await visits.waitlist.joining.join(command)
        except DomainError as refusal:
            self.services.metrics.count_outcome("waitlist", refusal.code)
            raise
        self.services.metrics.count_outcome("waitlist", "joined")
        self.set_header("Location", f"/api/v1/reservations/{place.reservation.id}")
        return {**vars(place.reservation), "ahead": place.ahead, "link": place.link}


class PlaceHandler(ApiHandler):
    """`/reservations/{reservation_id}/waitlist`."""

    @operation(
        Operation(
            summary="See my place in the waitlist",
            tag=TAG,
            roles=CITIZEN,
            reply=WaitlistPlaceSchema,
            refusals=(errors.ReservationUnknown, NotWaiting),
        )
    )
    async def get(self, reservation_id: str) -> dict[str, Any]:
        """Return where one's own party stands."""
        place = await self.services.visits.waitlist.reading.own_place(reservation_id, self.actor.id)
        return {**vars(place.reservation), "reservation_id": place.reservation.id, "ahead": place.ahead}


class TakeHandler(ApiHandler):
    """`/reservations/{reservation_id}/take`."""

    @operation(
        Operation(
            summary="Take the places that are held for me",
            description="Makes a booking of an offer from the waitlist. Taking again changes nothing.",
            tag=TAG,
            roles=CITIZEN,
            reply=ReservationSchema,
            refusals=(
                errors.ReservationUnknown,
                NoOfferYet,
                NotWaiting,
                errors.NotHeld,
                errors.DayLimitReached,
                TooBusy,
            ),
        )
    )
    async def post(self, reservation_id: str) -> Reservation:
        """Take an offer."""
        return await self.services.visits.waitlist.taking.take(reservation_id, self.actor.id)


class DeclineHandler(ApiHandler):
    """`/reservations/{reservation_id}/decline`."""

    @operation(
        Operation(
            summary="Leave the waitlist, or decline its offer",
            description="What was held goes on to the next at once. Declining again changes nothing.",
            tag=TAG,
            roles=CITIZEN,
            reply=ReservationSchema,
            refusals=(errors.ReservationUnknown, NotWaiting, TooBusy),
        )
    )
    async def post(self, reservation_id: str) -> Reservation:
        """Leave the queue, or give an offer back."""
        return await self.services.visits.waitlist.leaving.leave(reservation_id, self.actor.id)


class WaitlistLogHandler(ApiHandler):
    """`/slots/{slot_id}/waitlist`."""

    @operation(
        Operation(
            summary="Read the log of a slot's waitlist",
            description="Who joined, was offered places and left, by number alone, oldest first; each link is a hash "
            "over its entry and the link before. `./scripts/verify_waitlist` checks the links, and that each offer "
            "went to the first that fitted. A page may be short, or empty, though there is a `next`. The log is "
            "deleted 30 days after the slot.",
            tag=TAG,
            query=WaitlistLogQuery,
            reply=WaitlistLogSchema,
            refusals=(errors.SlotUnknown, CursorInvalid),
        )
    )
    async def get(self, slot_id: str) -> dict[str, Any]:
        """Return a page of the log."""
        asked = self.parameters
        page = await self.services.visits.waitlist.reading.log(slot_id, asked["limit"], asked["after"])
        return {
            "format": LOG_FORMAT,
            "slot_id": page.slot_id,
            "items": [_shown(entry) for entry in page.entries],
            "next": page.next,
            "newest": page.newest,
        }


def _shown(entry: LogEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "at_ms": round(entry.at.timestamp() * 1000),
        "steps": entry.steps,
        "link": entry.link,
    }
