"""Why something about item types, batches or items is refused."""

from services.common.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, TooMany


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


class ActionIncomplete(Invalid):
    """An action lacks what it needs, or has what does not belong to it."""

    code = "action_incomplete"
    title = "This action needs something else"


class PlaceUnknown(Invalid):
    """There is no such place or party, or not within the actor's scope."""

    code = "place_not_found"
    title = "No such place or party"


class RecordingContended(TooMany):
    """Too many processes record at the same moment."""

    code = "recording_contended"
    title = "Too much is being recorded at this moment"


class QueryTooLarge(Invalid):
    """More events match than the query allows for (EPCIS 2.0: QueryTooLargeException)."""

    code = "query_too_large"
    title = "More events match than you allow for"


class ItemTypeUnknown(NotFound):
    """There is no such item type, or not within reach of the actor."""

    code = "item_type_not_found"
    title = "No such item type"


class ItemTypeInvalid(Invalid):
    """The item type breaks a rule; `errors` names the fields."""

    code = "item_type_invalid"
    title = "This item type cannot be kept"


class ItemTypeChanged(Conflict):
    """Somebody else changed the item type after it was read."""

    code = "type_changed"
    title = "This item type was changed meanwhile"


class ItemTypeNotYours(Forbidden):
    """The item type belongs to a level above the actor, who may use it but not change it."""

    code = "type_not_yours"
    title = "This item type belongs to a level above yours"


class ItemTypeOutOfReach(Conflict):
    """The item type belongs to another part of the city than the owner of the items."""

    code = "type_out_of_reach"
    title = "This item type belongs to another part of the city"


class ItemBatchUnknown(NotFound):
    """There is no such batch, or not within the actor's scope."""

    code = "item_batch_not_found"
    title = "No such item batch"


class ItemBatchNotMinted(Conflict):
    """The codes of the batch are still being made."""

    code = "batch_not_minted"
    title = "The codes of this batch are still being made"


class StockTakeUnknown(NotFound):
    """There is no such stock-take, or not within the actor's scope."""

    code = "stock_take_not_found"
    title = "No such stock-take"


class StockTakeTooLarge(Conflict):
    """More items are recorded at the place than one count takes."""

    code = "stock_take_too_large"
    title = "Too many items are recorded at this place for one count"


class StockTakeSignedOff(Conflict):
    """The stock-take was signed off with another choice about what is missing."""

    code = "stock_take_signed_off"
    title = "This stock-take was signed off otherwise"


class StockTakeNotYours(Forbidden):
    """The stock-take was opened by a level above the actor, who sees only a part of what it counts."""

    code = "stock_take_not_yours"
    title = "This stock-take belongs to a level above yours"


class StockTakeContended(TooMany):
    """Too many phones count at the same moment."""

    code = "stock_take_contended"
    title = "Too much is being counted at this moment"


class TableUnknown(NotFound):
    """There is no such table, or not within the actor's scope, or its rows were forgotten."""

    code = "table_not_found"
    title = "No such table"


class ExportTooLarge(Invalid):
    """More is found than one file may hold; `errors` says how much that is."""

    code = "export_too_large"
    title = "This would be more than one file may hold"

    def __init__(self, most: int) -> None:
        super().__init__(errors=(FieldError(path="$", code="too_long", detail=f"at most {most}", values=(str(most),)),))
