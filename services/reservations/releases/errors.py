"""Why a day is not released by lot, or a request not taken."""

from collections.abc import Mapping, Sequence

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class ReleaseUnknown(NotFound):
    """There is no such release, or it is out of the actor's scope."""

    code = "release_not_found"
    title = "No such release"


class ReleaseRefused(Invalid):
    """The times of a release do not fit together; `errors` names the fields."""

    code = "release_refused"
    title = "A release with these times is not possible"


class ReleaseExists(Conflict):
    """This day of the venue has its release already."""

    code = "release_exists"
    title = "This day has its release already"


class DayBooked(Conflict):
    """Places of that day are booked already."""

    code = "day_booked"
    title = "Places of this day are booked already"

    def __init__(self, booked: int) -> None:
        super().__init__(f"{booked} places of this day are booked")
        self.booked = booked

    @property
    def extra(self) -> Mapping[str, str | int]:
        """How many."""
        return {"booked": self.booked}


class RequestsNotOpen(Conflict):
    """Requests are not taken yet."""

    code = "requests_not_open"
    title = "Requests for this day are not taken yet"


class RequestsClosed(Conflict):
    """Requests are not taken any more."""

    code = "requests_closed"
    title = "The time for requests is over"


class AlreadyRequested(Conflict):
    """The account has a request in this release."""

    code = "already_requested"
    title = "You have a request for this day already"


class DocumentRequested(Conflict):
    """A person of the party is in another request of this release."""

    code = "document_requested"
    title = "A visitor is in another request for this day already"

    def __init__(self, indexes: Sequence[int]) -> None:
        self.indexes = tuple(indexes)
        super().__init__(
            errors=tuple(
                FieldError(path=f"visitors[{index}].id_number", code=self.code, detail=self.title)
                for index in self.indexes
            )
        )


class RequestUnknown(NotFound):
    """The citizen has no request in this release."""

    code = "draw_request_not_found"
    title = "You have no request for this day"


class ChoiceRefused(Invalid):
    """A slot is named twice, or is none of those that are drawn that day."""

    code = "choice_refused"
    title = "These slots cannot be asked for"

    def __init__(self, indexes: Sequence[int]) -> None:
        super().__init__(
            errors=tuple(
                FieldError(path=f"choices[{index}]", code=self.code, detail="name drawn slots of the day, each once")
                for index in indexes
            )
        )


class NotFrozen(Conflict):
    """The pool is not fixed yet."""

    code = "release_not_frozen"
    title = "The pool is not fixed yet"


class NotDrawn(Conflict):
    """The draw was not made yet."""

    code = "release_not_drawn"
    title = "The draw was not made yet"


class NoPublicSource(Conflict):
    """The release was announced without a public figure."""

    code = "no_public_source"
    title = "No public figure was announced for this draw"


class PublicValueGiven(Conflict):
    """Another figure was given, or the draw was made."""

    code = "public_value_given"
    title = "Another figure was given before, or the draw was made"


class PublicValueEarly(Conflict):
    """The figure cannot have been announced yet."""

    code = "public_value_early"
    title = "This figure is not announced yet"


class ReleaseDamaged(Exception):
    """What is kept is not what was committed to: nothing is drawn from it."""
