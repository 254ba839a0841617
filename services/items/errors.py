"""Why something about items is refused."""

from services.common.errors import Conflict, Invalid, NotFound, TooMany


class ItemUnknown(NotFound):
    """There is no such item, or not within the actor's scope."""

    code = "item_not_found"
    title = "No such item"


class TransferUnknown(NotFound):
    """There is no such open transfer, or not within the actor's scope."""

    code = "transfer_not_found"
    title = "No such open transfer"


class EventUnknown(NotFound):
    """There is no such event, or not within the actor's scope."""

    code = "event_not_found"
    title = "No such event"


class CodeUnknown(NotFound):
    """Not a code that was minted here."""

    code = "item_code_not_found"
    title = "This is not one of our codes"


class EventsRefused(Conflict):
    """One or more events cannot have happened as told; `errors` names each, and nothing was recorded."""

    code = "events_refused"
    title = "Some events do not fit what is known"


class EventIdReused(Conflict):
    """An eventID is taken by an event of other content."""

    code = "event_id_reused"
    title = "This eventID names another event"


class PlaceUnknown(Invalid):
    """There is no such place or party, or not within the actor's scope."""

    code = "place_not_found"
    title = "No such place or party"


class RecordingContended(TooMany):
    """Too many processes record at the same moment."""

    code = "recording_contended"
    title = "Too much is being recorded at this moment"
