"""Why a companion is not kept or not found."""

from collections.abc import Mapping, Sequence

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class CompanionUnknown(NotFound):
    """The citizen has no such companion."""

    code = "companion_not_found"
    title = "No such companion"


class CompanionsUnknown(Invalid):
    """A party names companions whom the citizen does not have."""

    code = "companion_unknown"
    title = "The party names a companion whom you do not have"

    def __init__(self, indexes: Sequence[int]) -> None:
        super().__init__(
            errors=tuple(
                FieldError(path=f"visitors[{index}].companion_id", code=self.code, detail=self.title)
                for index in indexes
            )
        )


class CompanionRefused(Invalid):
    """The document's number is not right."""

    code = "companion_refused"
    title = "This companion cannot be kept"


class CompanionKnown(Conflict):
    """This document is in the citizen's list already."""

    code = "companion_known"
    title = "This document is in your list already"

    def __init__(self, companion_id: str) -> None:
        super().__init__()
        self.companion_id = companion_id

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Whom the document belongs to."""
        return {"companion_id": self.companion_id}


class TooManyCompanions(Conflict):
    """The citizen's list is full."""

    code = "companions_full"
    title = "Your list of companions is full"
