"""Refusals about check-ins."""

from collections.abc import Mapping

from services.common.errors import Conflict, Forbidden, Invalid, NotFound


class CheckInUnknown(NotFound):
    """No such check-in, or not within the actor's scope."""

    code = "check_in_not_found"
    title = "No such check-in"


class CheckInPhotoUnknown(NotFound):
    """The check-in does not name this photo, or there is no picture of it yet."""

    code = "check_in_photo_not_found"
    title = "No such photo of this check-in"


class SubmissionInvalid(Invalid):
    """What the submission names is not there; `errors` names each."""

    code = "submission_invalid"
    title = "This submission names what does not exist"


class SubmissionContradicts(Conflict):
    """The same submission_id came with another content before; both are kept."""

    code = "submission_contradicts"
    title = "This submission was sent before with another content"

    def __init__(self, check_in_id: str) -> None:
        super().__init__()
        self._check_in_id = check_in_id

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Return which check-in came first."""
        return {"check_in_id": self._check_in_id}


class CheckInReviewed(Conflict):
    """There is nothing to decide, or it was decided."""

    code = "check_in_reviewed"
    title = "This check-in does not wait for a review"


class ReviewNotYours(Forbidden):
    """Nobody decides about a check-in of their own."""

    code = "review_not_yours"
    title = "Somebody else has to review this check-in"
