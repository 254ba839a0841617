"""Registered items: activation, reading, actions, corrections."""

from collections.abc import Mapping
from typing import Any

from handlers.item_batches import WRITERS
from handlers.item_types import READERS, TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.registered_items import (
    ActivateSchema,
    ActSchema,
    CustodyQuery,
    CustodySchema,
    DeclaredWrongSchema,
    DeclareWrongSchema,
    HistorySchema,
    ItemPageSchema,
    ItemQuery,
    ItemSchema,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.items import errors
from services.items.acting import Act
from services.items.activating import Activate
from services.items.correcting import Correct
from services.items.model import Item, ItemSearch
from services.items.places import item_epc
from services.items.ports import RecordedEvent
from services.transparency.leaves import leaf_content
from services.venues.scopes import read_scope

ACTORS = frozenset({*WRITERS, Role.INSPECTOR})
RECORDING = (errors.EventsRefused, errors.RecordingContended, TooBusy)


def shown_item(item: Item) -> dict[str, Any]:
    """Return the item as the wire has it."""
    return {**vars(item), "epc": item_epc(item.id)}


def search_of(asked: Mapping[str, Any], *, limit: int, after: str | None = None) -> ItemSearch:
    """Return what somebody looks for by these parameters."""
    return ItemSearch(
        text=asked["q"],
        type_id=asked["item_type_id"],
        place=asked["place"],
        holder=None if asked["holder"] is None else read_scope(asked["holder"]),
        state=asked["state"],
        condition=asked["condition"],
        limit=limit,
        after=after,
    )


class ItemsHandler(ApiHandler):
    """`/items`."""

    @operation(
        Operation(
            summary="Find items",
            description="In the order of registration. A page may hold fewer than `limit` and still have a `next`.",
            tag=TAG,
            roles=READERS,
            query=ItemQuery,
            reply=ItemPageSchema,
            refusals=(CursorInvalid, errors.CodeUnknown),
        )
    )
    async def get(self) -> Page[Item]:
        """Return a page of items."""
        asked = self.parameters
        if asked["code"] is not None:
            item_id = self.services.items.activating.item_id_of(asked["code"])
            return Page(items=await self.services.items.reading.find_all(self.actor, [item_id]), next=None)
        search = search_of(asked, limit=asked["limit"], after=asked["after"])
        return await self.services.items.reading.search(self.actor, search)


class ActivateHandler(ApiHandler):
    """`/items/activate`."""

    @operation(
        Operation(
            summary="Bind a code to a thing",
            description="One scan makes the item. The code must come from a batch within your scope.",
            tag=TAG,
            roles=ACTORS,
            body=ActivateSchema,
            reply=ItemSchema,
            status=201,
            repeatable=True,
            refusals=(errors.CodeUnknown, errors.PlaceUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Register an item."""
        command = Activate(actor=self.actor, request=self.repeated, **content)
        item = await self.services.items.activating.activate(command)
        self.set_header("Location", f"/api/v1/items/{item.id}")
        return shown_item(item)


class ItemHandler(ApiHandler):
    """`/items/{item_id}`."""

    @operation(
        Operation(summary="See an item", tag=TAG, roles=READERS, reply=ItemSchema, refusals=(errors.ItemUnknown,))
    )
    async def get(self, item_id: str) -> dict[str, Any]:
        """Return an item."""
        return shown_item(await self.services.items.reading.get(self.actor, item_id))


class ItemHistoryHandler(ApiHandler):
    """`/items/{item_id}/history`."""

    @operation(
        Operation(
            summary="See the history of an item",
            description="Every event, with its leaf in the log: see docs/transparency.md.",
            tag=TAG,
            roles=READERS,
            reply=HistorySchema,
            refusals=(errors.ItemUnknown,),
        )
    )
    async def get(self, item_id: str) -> dict[str, Any]:
        """Return the events of an item."""
        events = await self.services.items.reading.history(self.actor, item_id)
        return {"items": [_shown_event(event) for event in events]}


def _shown_event(recorded: RecordedEvent) -> dict[str, Any]:
    return {
        **vars(recorded),
        "event_id": recorded.event.event_id,
        "salt": recorded.salt.hex(),
        "data": leaf_content(recorded.text, recorded.recorded_at, recorded.recorded_by),
        "commitment": recorded.commitment.hex(),
        "event": recorded.event.body,
    }


class CustodyHandler(ApiHandler):
    """`/items/{item_id}/custody`."""

    @operation(
        Operation(
            summary="See who held an item at an instant",
            description="As its events tell it now: those declared in error do not count.",
            tag=TAG,
            roles=READERS,
            query=CustodyQuery,
            reply=CustodySchema,
            refusals=(errors.ItemUnknown,),
        )
    )
    async def get(self, item_id: str) -> dict[str, Any]:
        """Return who held it and where it was."""
        at = self.parameters["at"]
        past = await self.services.items.reading.at(self.actor, item_id, at)
        unknown = {"holder": None, "place": None, "disposition": None, "transfer": None}
        return {**(unknown if past is None else vars(past)), "at": at}


class ItemActionsHandler(ApiHandler):
    """`/items/{item_id}/actions`."""

    @operation(
        Operation(
            summary="Do something with an item",
            description="`inspect` and `repair` (with `outcome`), `store` (with `place`), `report` and `clear` (with "
            "`condition`), `describe` (with `name`, `serial` or `attributes`), `retire`, `destroy`. Each is an EPCIS "
            "event of the item's history.",
            tag=TAG,
            roles=ACTORS,
            body=ActSchema,
            reply=ItemSchema,
            repeatable=True,
            refusals=(errors.ItemUnknown, errors.PlaceUnknown, errors.ActionIncomplete, *RECORDING),
        )
    )
    async def post(self, item_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Record an action."""
        command = Act(actor=self.actor, item_id=item_id, request=self.repeated, **content)
        return shown_item(await self.services.items.acting.act(command))


class CorrectionsHandler(ApiHandler):
    """`/item-events/corrections`."""

    @operation(
        Operation(
            summary="Declare an event wrong",
            description="The event stays in the history, with an error declaration (EPCIS 2.0); the items become what "
            "their other events make of them. Declaring it again changes nothing.",
            tag=TAG,
            roles=WRITERS,
            body=DeclareWrongSchema,
            reply=DeclaredWrongSchema,
            refusals=(errors.EventUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Record an error declaration."""
        declared = await self.services.items.correcting.declare_wrong(
            Correct(
                actor=self.actor,
                event_id=content["event_id"],
                reason=content["reason"],
                corrective_ids=tuple(content["corrective_event_ids"]),
            )
        )
        return {**vars(declared), "event_id": declared.event.event_id}
