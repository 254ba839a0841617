"""Why there is no pack."""

from services.common.errors import FieldError, Invalid


class PackDayRefused(Invalid):
    """Packs are for today and tomorrow."""

    code = "pack_day_refused"
    title = "There are packs for today and tomorrow only"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="day", code="out_of_range", detail="today or tomorrow"),))
