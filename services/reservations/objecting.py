"""What a change comes to because of what the database holds against it; free of input and output."""

from services.reservations.changes import (
    Cancellation,
    Change,
    GiveBack,
    Reschedule,
    Shrinking,
    limits_in,
    requests_in,
)
from services.reservations.errors import DayLimitReached, VisitBegun
from services.reservations.ledger import AlreadyAnswered, Outcome
from services.reservations.ports import Objections


def objection(change: Change, objections: Objections) -> Outcome | None:
    """Return what the change comes to because of `objections`, or None when there are none against it."""
    if any(request.id in objections.answered_requests for _, request in requests_in(change)):
        return AlreadyAnswered()
    ended = change.old if isinstance(change, Reschedule) else change
    if isinstance(ended, Cancellation) and ended.reservation.id in objections.begun_visits:
        return VisitBegun()
    if isinstance(change, Shrinking) and change.reservation.id in objections.moved_leases:
        return False
    if isinstance(change, GiveBack):
        # Somebody has heard of the booking after all, so it stays.
        heard_of = objections.begun_visits | objections.repeated_bookings
        return False if change.reservation.id in heard_of else None
    return _limit_reached(change, objections)


def _limit_reached(change: Change, objections: Objections) -> DayLimitReached | None:
    # Who moves within a day gives back what they take.
    own = set(change.old.reservation.day_counts) if isinstance(change, Reschedule) else set()
    reached = (one for one in limits_in(change) if one.key in objections.exhausted_limits and one.key not in own)
    return next((DayLimitReached(one.index) for one in reached), None)
