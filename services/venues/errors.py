"""Why a venue, a gate or an owner is not found."""

from services.common.errors import FieldError, Invalid, NotFound


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


class OwnerMissing(Invalid):
    """The actor has several scopes, or none, so the owner must be named."""

    code = "owner_required"
    title = "Say whom it belongs to"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="owner", code="required", detail="this field is required"),))
