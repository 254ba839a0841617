"""Why a lease, or what is asked of one, is refused."""

from services.common.errors import Conflict, Forbidden, NotFound


class LeaseUnknown(NotFound):
    """There is no such lease, or not within reach of whoever asks."""

    code = "walk_in_lease_not_found"
    title = "No such lease of walk-in places"


class LeaseOfAnother(Forbidden):
    """Another gate device, or another person, lets people in on this lease."""

    code = "walk_in_lease_of_another"
    title = "These walk-in places were leased by another gate device or person"


class LeaseOver(Conflict):
    """The slot's entry is over: nobody could use what came back."""

    code = "walk_in_lease_over"
    title = "Entry to this slot is over: there is nothing to give back any more"


class GateNotEntrance(Conflict):
    """Nobody comes in at this gate."""

    code = "gate_not_entrance"
    title = "This gate is an exit"
