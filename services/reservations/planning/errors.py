"""Why a closure is refused."""

from services.common.errors import NotFound


class ClosureUnknown(NotFound):
    """There is no such closure, or it is outside the actor's scope."""

    code = "closure_not_found"
    title = "No such closure"
