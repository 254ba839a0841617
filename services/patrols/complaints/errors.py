"""Refusals about complaints."""

from services.common.errors import Conflict, NotFound


class PlateNotGenuine(NotFound):
    """The code is not of a plate of ours: there is nothing to complain about."""

    code = "plate_not_genuine"
    title = "This plate is not ours"


class ComplaintUnknown(NotFound):
    """No such complaint, not within the actor's scope, or another secret."""

    code = "complaint_not_found"
    title = "No such complaint"


class ComplaintTakenUp(Conflict):
    """Somebody took the complaint up before."""

    code = "complaint_taken_up"
    title = "This complaint was taken up before"


class ComplaintAnswered(Conflict):
    """The case has ended."""

    code = "complaint_answered"
    title = "This complaint was answered before"
