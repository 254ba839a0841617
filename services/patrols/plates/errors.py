"""Refusals about plates."""

from collections.abc import Iterable

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class PlateUnknown(NotFound):
    """No such plate, or not within the actor's scope."""

    code = "plate_not_found"
    title = "No such plate"


class PlateOver(Conflict):
    """The plate was replaced or revoked before."""

    code = "plate_over"
    title = "This plate has ended already"


class PlateSiteClosed(Conflict):
    """The outlet has closed or became part of another: it gets no new plate."""

    code = "plate_site_closed"
    title = "This outlet gets no plate any more"


class SitesWithoutPlate(Invalid):
    """Some of the sites have no plate that could be printed; `errors` says which, and which the actor does not see."""

    code = "sites_without_plate"
    title = "Some of these sites have no plate"

    def __init__(self, *, missing: Iterable[int], unknown: Iterable[int]) -> None:
        none = [(place, "plate_missing", "this site has no plate") for place in missing]
        nobodys = [(place, "site_not_found", "there is no such outlet or venue") for place in unknown]
        super().__init__(
            errors=tuple(
                FieldError(path=f"site_ids[{place}]", code=code, detail=detail)
                for place, code, detail in sorted([*none, *nobodys])
            )
        )
