"""Why a booking or a cancellation is refused."""

from collections.abc import Mapping
from datetime import datetime

from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.policies.errors import CITY_TIME
from services.venues.model import Channel


class SlotUnknown(NotFound):
    """There is no such slot."""

    code = "slot_not_found"
    title = "No such slot"


class SlotFull(Conflict):
    """Fewer places are left than the party needs."""

    code = "slot_full"
    title = "Not enough places are left in this slot"

    def __init__(self, places_left: int) -> None:
        super().__init__(f"{places_left} places are left")
        self.places_left = places_left

    @property
    def extra(self) -> Mapping[str, str | int]:
        """How many are left, of those that were asked for."""
        return {"places_left": self.places_left}


class SlotClosed(Conflict):
    """The venue has closed the slot to booking."""

    code = "slot_closed"
    title = "The venue has closed this slot"


class SlotEnded(Conflict):
    """The slot lies in the past."""

    code = "slot_ended"
    title = "This slot is over"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="slot_id", code=self.code, detail=self.title),))


class VisitorAlreadyBooked(Conflict):
    """A person of the party holds a place in this slot already."""

    code = "visitor_already_booked"
    title = "A visitor holds a place in this slot already"

    def __init__(self, index: int) -> None:
        self.index = index
        path = f"visitors[{index}].id_number"
        super().__init__(errors=(FieldError(path=path, code=self.code, detail=self.title),))


class PartyRefused(Invalid):
    """The party as a whole breaks a rule; `errors` names the fields."""

    code = "party_refused"
    title = "This party cannot be booked"


class ReservationUnknown(NotFound):
    """There is no such reservation, or it belongs to somebody else."""

    code = "reservation_not_found"
    title = "No such reservation"


class ReservationCancelled(Conflict):
    """The reservation was cancelled."""

    code = "reservation_cancelled"
    title = "This reservation was cancelled"


class CodeRevoked(Conflict):
    """The venue has revoked the code; the reservation stands."""

    code = "code_revoked"
    title = "The venue has revoked this entry code"


class ReservationOver(Conflict):
    """The slot is over."""

    code = "reservation_over"
    title = "The time of this reservation is over"


class VisitBegun(Conflict):
    """Somebody of the party is inside already."""

    code = "visit_begun"
    title = "The party, or part of it, has entered already"


class SlotDrawn(Conflict):
    """The places of this slot are drawn by lot."""

    code = "slot_drawn"
    title = "The places of this slot are drawn by lot: hand in a request"


class SlotStateChanged(Conflict):
    """The slot is not in a state that the change is meant for."""

    code = "slot_state_changed"
    title = "This slot is not in the state that the change is meant for"


class QuotaInvalid(Invalid):
    """More places are set aside than the slot has, or a channel is named twice."""

    code = "quota_invalid"
    title = "More places are set aside than there are, or a channel is named twice"


class QuotaBelowBooked(Conflict):
    """More places are booked than would be left."""

    code = "quota_below_booked"
    title = "More places are booked than that"

    def __init__(self, channel: Channel, booked: int) -> None:
        super().__init__(f"{booked} places are booked in the channel {channel}")
        self.channel = channel
        self.booked = booked

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Which channel, and how many places of it are booked."""
        return {"channel": self.channel.value, "booked": self.booked}


class DayLimitReached(Conflict):
    """An account, or the holder of a document, has all the bookings that this venue allows for that day."""

    code = "day_limit_reached"
    title = "No more bookings for this day are allowed"

    def __init__(self, index: int | None) -> None:
        self.index = index
        path = "slot_id" if index is None else f"visitors[{index}].id_number"
        super().__init__(errors=(FieldError(path=path, code=self.code, detail=self.title),))


class NotNext(Conflict):
    """Somebody else is before in the queue, or too few places are free."""

    code = "not_next"
    title = "Another party is next in the queue"


class NotHeld(Conflict):
    """Nothing is held for this party: the offer has lapsed, was declined, or is taken."""

    code = "offer_over"
    title = "This offer is over"


class AlreadyWaiting(Conflict):
    """A person of the party waits for this slot already, or its account does with another party."""

    code = "already_waiting"
    title = "A visitor, or this account, waits for this slot already"

    def __init__(self, index: int | None) -> None:
        self.index = index
        path = "slot_id" if index is None else f"visitors[{index}].id_number"
        super().__init__(errors=(FieldError(path=path, code=self.code, detail=self.title),))


class PlacesFree(Conflict):
    """There is no need to wait: the places can be booked."""

    code = "places_free"
    title = "There are places: book them"


class RescheduledBefore(Conflict):
    """A reservation can be moved once."""

    code = "rescheduled_before"
    title = "This reservation has been moved before; a second time is not possible"


class SameSlot(Conflict):
    """It is the slot that the reservation is for already."""

    code = "same_slot"
    title = "The reservation is for this slot already"


class OtherVenue(Conflict):
    """A reservation can be moved within its venue."""

    code = "other_venue"
    title = "This slot belongs to another venue: cancel, and book there"


class CancelDeadlinePassed(Conflict):
    """It is too late to change plans without consequence."""

    code = "cancel_deadline_passed"
    title = "It is too late to move this reservation; it can still be cancelled"


class OnlyOffered(Conflict):
    """The reservation has no places of its own: it waits, or holds an offer."""

    code = "only_waiting"
    title = "This party waits for places: leave the waitlist, or decline the offer"


class BookingPaused(Conflict):
    """Whoever did not come too often cannot book for some time."""

    code = "booking_paused"
    title = "Booking is paused for this account after missed visits"

    def __init__(self, paused_until: datetime) -> None:
        self.paused_until = paused_until
        super().__init__(f"it can book again from {self._spelt()}")

    @property
    def extra(self) -> Mapping[str, str | int]:
        """When the pause ends."""
        return {"paused_until": self._spelt()}

    def _spelt(self) -> str:
        return self.paused_until.astimezone(CITY_TIME).isoformat(timespec="seconds")


class GroupNotMovable(Conflict):
    """A group has its places by a decision of the venue about one slot."""

    code = "group_not_movable"
    title = "A group cannot be moved to another slot"


class EntryNotYet(Conflict):
    """The party has no places yet, so there is no code to show."""

    code = "no_places_yet"
    title = "This party waits for places, or has not taken its offer"


class ReservationMoved(Conflict):
    """The reservation was moved to another slot, and its code with it."""

    code = "reservation_moved"
    title = "This reservation was moved to another slot"

    def __init__(self, moved_to: str) -> None:
        super().__init__(f"its code is that of {moved_to} now")
        self.moved_to = moved_to

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Which reservation there is instead."""
        return {"rescheduled_to": self.moved_to}
