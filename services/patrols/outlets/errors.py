"""Refusals about outlets."""

from services.common.errors import Conflict, Invalid, NotFound


class OutletUnknown(NotFound):
    """No such outlet, or not within the actor's scope."""

    code = "outlet_not_found"
    title = "No such outlet"


class OutletInvalid(Invalid):
    """What is said of the outlet breaks a rule; `errors` says where."""

    code = "outlet_invalid"
    title = "This outlet cannot be as described"


class OutletChanged(Conflict):
    """Somebody else changed the outlet since it was read."""

    code = "outlet_changed"
    title = "The outlet was changed meanwhile"


class OutletKeyTaken(Conflict):
    """Another outlet of the city has this licence number or external id; `errors` says which."""

    code = "outlet_key_taken"
    title = "Another outlet has this licence number or external id"


class OutletNotActive(Conflict):
    """The outlet is closed, or merged into another one."""

    code = "outlet_not_active"
    title = "The outlet is closed or merged"


class OutletActive(Conflict):
    """The outlet is neither closed nor merged."""

    code = "outlet_active"
    title = "The outlet is open"


class OutletFollowed(Conflict):
    """Findings of the outlet stand, which belong to its present district."""

    code = "outlet_followed"
    title = "Findings of this outlet are being followed in its present district"


class MergeRefused(Conflict):
    """An outlet cannot be merged into itself or when others were merged into it, nor into one that is not active."""

    code = "outlet_merge_refused"
    title = "These outlets cannot be merged in this direction"


class OutletTableUnknown(NotFound):
    """No such table of outlets, or not within the actor's scope."""

    code = "outlet_table_not_found"
    title = "No such table of outlets"
