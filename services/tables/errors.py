"""Why a table is refused as a whole."""

from services.common.errors import FieldError, Invalid, Unavailable


class TableUnreadable(Invalid):
    """Not a spreadsheet, a damaged one, or one that would unpack to more than any real one."""

    code = "table_unreadable"
    title = "This file cannot be read as an .xlsx table"


class TableRefused(Invalid):
    """The table has other columns than it should, no rows, or too many; `errors` says which."""

    code = "table_refused"
    title = "This table has not the form that it should"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(errors=errors)


class TablesUnavailable(Unavailable):
    """The process that reads and writes tables is away, or was not done in time."""

    code = "tables_unavailable"
    title = "Tables cannot be read or written at the moment"
