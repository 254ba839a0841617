"""Refusals about plates."""

from services.common.errors import Conflict, NotFound


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
