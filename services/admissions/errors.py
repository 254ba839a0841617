"""Requests a gate device must not make; a refused visitor is an answer, not an error."""

from services.common.errors import Conflict, FieldError, Invalid, TooMany


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
