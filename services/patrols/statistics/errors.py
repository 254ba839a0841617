"""Why there are no figures."""

from services.common.errors import FieldError, Invalid


class FiguresTooWide(Invalid):
    """The days asked for end before they begin, or are more than a year."""

    code = "days_out_of_range"
    title = "These days cannot be counted together"

    def __init__(self, most: int) -> None:
        detail = f"from `from` on, at most {most} days"
        super().__init__(errors=(FieldError(path="to", code="days_out_of_range", detail=detail, values=(str(most),)),))
