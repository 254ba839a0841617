"""Why a calendar, a year of holidays or a table of times is refused."""

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class CalendarRefused(Invalid):
    """A rule says what cannot be, or never happens; `errors` says which and what."""

    code = "calendar_refused"
    title = "These rules cannot be"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)


class CalendarConflict(Conflict):
    """Two rules of equal priority want different things on the same day; `errors` names both, and the day."""

    code = "calendar_conflict"
    title = "Two rules of equal priority contradict each other"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)


class CalendarChanged(Conflict):
    """Somebody else changed the calendar since it was read."""

    code = "calendar_changed"
    title = "This calendar was changed meanwhile"


class HolidayYearUnknown(NotFound):
    """Not a year that holidays can be entered for."""

    code = "holiday_year_not_found"
    title = "No such year"


class HolidayYearChanged(Conflict):
    """Somebody else changed the year since it was read."""

    code = "holiday_year_changed"
    title = "This year was changed meanwhile"


class HolidayYearRefused(Invalid):
    """A day lies outside the year, is named twice, or is no weekend; `errors` says which."""

    code = "holiday_year_refused"
    title = "These holidays cannot be"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)
