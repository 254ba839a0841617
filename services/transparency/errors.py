"""Why the log refuses."""

from services.common.errors import FieldError, Invalid, NotFound, Unavailable


class CheckpointAbsent(NotFound):
    """Nothing is signed yet: only in the first seconds of a new installation."""

    code = "checkpoint_absent"
    title = "No checkpoint is signed yet"


class LogRangeInvalid(Invalid):
    """A size or an index lies beyond what is signed."""

    code = "log_range_invalid"
    title = "The log does not reach that far"

    def __init__(self, path: str, least: int, most: int) -> None:
        detail = f"from {least} to {most}"
        error = FieldError(path=path, code="out_of_range", detail=detail, values=(str(least), str(most)))
        super().__init__(errors=(error,))


class LogDamaged(Unavailable):
    """Parts of the log are missing, or contradict what was signed; an operator must look."""

    code = "log_damaged"
    title = "The log does not agree with what was signed"

    def __init__(self, what: str) -> None:
        super().__init__(what, retry_after_s=600)
