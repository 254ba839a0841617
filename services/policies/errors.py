"""Why a booking breaks a venue's policy, or a change of a policy is refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from services.common.clock import CITY_OFFSET
from services.common.errors import Conflict, FieldError, Invalid, NotFound

CITY_TIME = timezone(CITY_OFFSET)


class NotReleased(Conflict):
    """The slot's day is not open to booking yet."""

    code = "slot_not_released"
    title = "This day cannot be booked yet"

    def __init__(self, opens_at: datetime) -> None:
        self.opens_at = opens_at
        super().__init__(f"it can be booked from {self._spelt()}")

    @property
    def extra(self) -> Mapping[str, str | int]:
        """From when the slot can be booked."""
        return {"opens_at": self._spelt()}

    def _spelt(self) -> str:
        return self.opens_at.astimezone(CITY_TIME).isoformat(timespec="seconds")


class MinorsUnaccompanied(Invalid):
    """The party has minors whom the venue admits only with an adult, and no adult."""

    code = "minor_without_adult"
    title = "Minors may visit only with an adult in their party"

    def __init__(self, indexes: Sequence[int], minors_under: int) -> None:
        detail = f"visitors younger than {minors_under} come with an adult in their party"
        super().__init__(
            errors=tuple(
                FieldError(path=f"visitors[{index}]", code=self.code, detail=detail, values=(str(minors_under),))
                for index in indexes
            )
        )


class PolicyChanged(Conflict):
    """Somebody else has changed it since it was read."""

    code = "policy_changed"
    title = "It has been changed meanwhile: read it again"


class GroupUnknown(NotFound):
    """No venue belongs to this no-show group, or not all of its venues are within the actor's scope."""

    code = "no_show_group_not_found"
    title = "No such no-show group"


class GroupBeyondScope(Invalid):
    """The no-show group has venues outside the actor's scope."""

    code = "no_show_group_beyond_scope"
    title = "This no-show group has venues for which you do not answer"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="no_show_group", code=self.code, detail=self.title),))
