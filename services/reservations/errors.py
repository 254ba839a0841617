"""Why a booking or a cancellation is refused."""

from services.common.errors import Conflict, FieldError, Invalid, NotFound


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


class ReservationOver(Conflict):
    """The slot is over."""

    code = "reservation_over"
    title = "The time of this reservation is over"


class VisitBegun(Conflict):
    """Somebody of the party is inside already."""

    code = "visit_begun"
    title = "The party, or part of it, has entered already"
