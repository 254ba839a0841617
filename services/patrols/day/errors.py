"""Refusals about an inspector's day."""

from services.common.errors import Conflict, Invalid, NotFound


class DraftInvalid(Invalid):
    """The draft's content is too large."""

    code = "draft_invalid"
    title = "This draft cannot be kept"


class DraftUnknown(NotFound):
    """The account has no such draft."""

    code = "draft_not_found"
    title = "No such draft"


class DraftsUsedUp(Conflict):
    """The account has as many drafts as it may have."""

    code = "drafts_used_up"
    title = "There are too many drafts"
