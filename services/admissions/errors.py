"""Requests a gate device must not make; a refused visitor is an answer, not an error."""

from services.common.errors import Conflict, FieldError, Invalid, NotFound, TooMany


class NonceReused(Conflict):
    """The device sent another code under a nonce it has used."""

    code = "nonce_reused"
    title = "This nonce was used for another scan"


class CountTooLarge(Invalid):
    """More people than are left of the party."""

    code = "count_too_large"
    title = "More people than are left of this party"

    def __init__(self, left: int) -> None:
        super().__init__(
            errors=(
                FieldError(
                    path="count", code="out_of_range", detail=f"at most {left} are left", values=("1", str(left))
                ),
            )
        )


class DocumentTailNeeded(Invalid):
    """The code is on paper, and the gate has not asked for a document yet."""

    code = "document_tail_needed"
    title = "This slip needs the last four characters of a document"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="document_tail", code="required", detail=self.title),))


class DocumentTailWrong(Conflict):
    """None of the party's documents ends like this."""

    code = "document_tail_wrong"
    title = "No document of this party ends like this"


class DocumentTailTries(TooMany):
    """Too many wrong ones were tried for this slip."""

    code = "document_tail_tries"
    title = "Too many wrong characters were tried for this slip"


class AdmissionUnknown(NotFound):
    """This gate has answered no scan with this nonce, or not any more."""

    code = "admission_not_found"
    title = "No such scan at this gate"


class UndoNotYours(Conflict):
    """Only whoever scanned can know that it was a mistake."""

    code = "undo_not_yours"
    title = "Another device or session made this scan"


class UndoTooLate(Conflict):
    """Too long ago to be a mistake that somebody has just noticed."""

    code = "undo_too_late"
    title = "A scan can be undone for fifteen minutes only"


class NothingToUndo(Conflict):
    """The scan let nobody in or out."""

    code = "nothing_to_undo"
    title = "This scan let nobody in or out"


class AlreadyLeft(Conflict):
    """Of those who were let in too many have left, so this entry did happen."""

    code = "already_left"
    title = "People of this party were seen to leave already"


class CountNeeded(Invalid):
    """Without a code, somebody has to say how many leave."""

    code = "count_needed"
    title = "Say how many leave, or read a code"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="count", code="required", detail=self.title),))
