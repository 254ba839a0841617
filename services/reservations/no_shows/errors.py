"""Why an appeal, its decision or an amnesty is refused."""

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class NoShowUnknown(NotFound):
    """There is no such strike, or it is not one's own, or lies outside the actor's scope."""

    code = "no_show_not_found"
    title = "No such no-show"


class AppealedBefore(Conflict):
    """One appeal is heard for each strike."""

    code = "no_show_appealed"
    title = "You have appealed before"


class AppealTooLate(Conflict):
    """The strike was counted too long ago."""

    code = "no_show_appeal_too_late"
    title = "It is too late to appeal"


class NothingCounted(Conflict):
    """The strike does not stand any more: there is nothing to appeal."""

    code = "no_show_not_counted"
    title = "This no-show does not count any more"


class AppealNotOpen(Conflict):
    """The appeal was decided otherwise before, or there is none."""

    code = "no_show_appeal_not_open"
    title = "There is no open appeal"


class AmnestyRefused(Invalid):
    """The stretch of time is empty or too long."""

    code = "amnesty_refused"
    title = "This stretch of time cannot be pardoned"

    def __init__(self, error: FieldError) -> None:
        super().__init__(errors=(error,))
