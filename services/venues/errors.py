"""Why a venue or a gate is not found."""

from services.common.errors import NotFound


class VenueUnknown(NotFound):
    """There is no such venue, or not within the actor's scope."""

    code = "venue_not_found"
    title = "No such venue"


class GateUnknown(NotFound):
    """There is no such gate, or not within the actor's scope."""

    code = "gate_not_found"
    title = "No such gate"


class OwnerUnknown(NotFound):
    """Nothing at that level has this id, or not within the actor's scope."""

    code = "owner_not_found"
    title = "No such city, district or venue"
