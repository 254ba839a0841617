"""Why a rating, an answer or the end of a ticket is refused."""

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class NotVisited(Conflict):
    """Nobody of the party was admitted."""

    code = "not_visited"
    title = "Nobody of this party has entered"


class RatingTooLate(Conflict):
    """The visit is too long ago."""

    code = "rating_too_late"
    title = "This visit is too long ago to be rated"


class AlreadyRated(Conflict):
    """The visit has its rating."""

    code = "already_rated"
    title = "This visit was rated before"


class TagsRefused(Invalid):
    """The tags do not fit the level; `errors` names each."""

    code = "tags_refused"
    title = "These tags do not fit the rating"


class RatingUnknown(NotFound):
    """There is no such rating, or not within the actor's scope."""

    code = "rating_not_found"
    title = "No such rating"


class RatingChanged(Conflict):
    """Somebody else has answered since, or corrected the answer."""

    code = "rating_changed"
    title = "Somebody has changed this answer since"


class TicketUnknown(NotFound):
    """The rating is not a bad one, or not within the actor's scope."""

    code = "rating_ticket_not_found"
    title = "No such ticket"


class TicketUnanswered(Conflict):
    """Whoever rated has no answer yet."""

    code = "rating_ticket_unanswered"
    title = "This rating has no answer yet"


class TicketClosed(Conflict):
    """The ticket has ended."""

    code = "rating_ticket_closed"
    title = "This ticket was closed before"


class PeriodRefused(Invalid):
    """The days are in the wrong order, or too many."""

    code = "rating_period_refused"
    title = "These days cannot be looked at together"

    def __init__(self, error: FieldError) -> None:
        super().__init__(errors=(error,))
