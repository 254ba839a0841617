"""Requests a gate device must not make; a refused visitor is an answer, not an error."""

from services.common.errors import Conflict, FieldError, Invalid


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
