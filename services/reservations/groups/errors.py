"""Why an application, a decision or a roster is refused."""

from collections.abc import Mapping

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class ApplicationUnknown(NotFound):
    """There is no such application, or not within reach of whoever asks."""

    code = "group_application_not_found"
    title = "No such group application"


class GroupTooSmall(Invalid):
    """So few people need no approval: they can book."""

    code = "group_too_small"
    title = "So few people can book without an application"

    def __init__(self, most: int) -> None:
        detail = f"more than {most}, which is what the venue takes in one booking"
        super().__init__(
            errors=(FieldError(path="party_size", code="group_too_small", detail=detail, values=(str(most),)),)
        )


class GroupTooLarge(Invalid):
    """The slot has not so many places in all."""

    code = "group_too_large"
    title = "This slot has not so many places"

    def __init__(self, most: int) -> None:
        detail = f"the slot has {most} places in all"
        super().__init__(
            errors=(FieldError(path="party_size", code="above_capacity", detail=detail, values=(str(most),)),)
        )


class TooManyApplications(Conflict):
    """The leader has as many undecided applications as anybody may have."""

    code = "too_many_group_applications"
    title = "You have too many group applications that are not decided yet"


class ApplicationDecided(Conflict):
    """It was approved, declined or withdrawn, or it has expired."""

    code = "group_application_decided"
    title = "This group application is not pending any more"


class ApplicationBusy(Conflict):
    """Somebody approves it at this moment."""

    code = "group_application_busy"
    title = "This group application is being approved at this moment"


class ApplicationChanged(Conflict):
    """Somebody else was quicker."""

    code = "group_application_changed"
    title = "Somebody has just changed this group application"


class TooFewPlaces(Conflict):
    """Fewer places are set aside for groups, and not taken yet, than the group needs."""

    code = "group_places_too_few"
    title = "Fewer places are left for groups than this one needs"

    def __init__(self, places_left: int) -> None:
        super().__init__(f"{places_left} places are left")
        self.places_left = places_left

    @property
    def extra(self) -> Mapping[str, str | int]:
        """How many are left."""
        return {"places_left": self.places_left}


class RosterClosed(Conflict):
    """The application has ended, or its visit is cancelled or over."""

    code = "group_roster_closed"
    title = "Nobody can be named for this visit any more"


class RosterInUse(Conflict):
    """Somebody of the group is inside."""

    code = "group_roster_in_use"
    title = "Somebody of this group has entered: the list stays as it is"


class RosterUnknown(NotFound):
    """Nobody was named yet."""

    code = "group_roster_not_found"
    title = "This group has no list of names yet"
