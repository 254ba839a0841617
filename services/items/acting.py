"""What people do with an item they are responsible for: inspect, repair, store, report, retire, destroy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.common.clock import Clock
from services.common.errors import FieldError
from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.items import wording
from services.items.errors import ActionIncomplete, PlaceUnknown
from services.items.model import Item
from services.items.places import Place, item_epc, place_uri
from services.items.reading import ItemReading
from services.items.serials import Bearers, ensure_free
from services.items.telling import Tellers
from services.items.wording import ActionKind, Body, Condition, Outcome, Telling
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown


@dataclass(frozen=True, kw_only=True)
class Act:
    """One action on one item; `happened_at` is now unless given. The last three describe the item anew."""

    actor: Actor
    item_id: str
    kind: ActionKind
    outcome: Outcome | None
    condition: Condition | None
    place: Place | None
    happened_at: datetime | None
    request: IdempotentRequest | None
    name: str | None = None
    serial: str | None = None
    attributes: Mapping[str, Any] | None = None


DESCRIPTION = ("name", "serial", "attributes")
# What each kind needs one of; besides, any kind but this one may say a place.
NEEDS: Mapping[ActionKind, tuple[str, ...]] = {
    ActionKind.INSPECT: ("outcome",),
    ActionKind.REPAIR: ("outcome",),
    ActionKind.STORE: ("place",),
    ActionKind.REPORT: ("condition",),
    ActionKind.CLEAR: ("condition",),
    ActionKind.DESCRIBE: DESCRIPTION,
    ActionKind.RETIRE: (),
    ActionKind.DESTROY: (),
}
# Clocks of phones are not all right (as `services.epcis` allows for).
FORWARD = timedelta(minutes=5)


def ensure_complete(command: Act, now: datetime) -> None:
    """Raise ActionIncomplete unless the action has what its kind needs, no more than that, and has happened."""
    needed = NEEDS[command.kind]
    given = [name for name in ("outcome", "condition", "place", *DESCRIPTION) if getattr(command, name) is not None]
    found = [
        FieldError(path=name, code="unknown_field", detail=f"{command.kind} has none")
        for name in given
        if name not in {*needed, "place"}
    ]
    if needed and not set(needed) & set(given):
        found.append(FieldError(path=needed[0], code="required", detail=f"{command.kind} needs it"))
    if command.happened_at is not None and command.happened_at > now + FORWARD:
        found.append(FieldError(path="happened_at", code="event_in_future", detail="this has not happened yet"))
    if found:
        raise ActionIncomplete(errors=tuple(found))


class Acting:
    """Words actions as events."""

    def __init__(
        self, *, tellers: Tellers, reading: ItemReading, serials: Bearers, places: "Places", clock: Clock
    ) -> None:
        self._tellers = tellers
        self._reading = reading
        self._serials = serials
        self._places = places
        self._clock = clock

    async def act(self, command: Act) -> Item:
        """Record an action and return the item after it.

        Raises ItemUnknown, PlaceUnknown, ActionIncomplete, EventsRefused or IdempotencyKeyReused.
        """
        ensure_complete(command, self._clock.now())
        item = await self._reading.get(command.actor, command.item_id)
        await ensure_free(self._serials, command.serial, item_id=item.id, type_id=item.type_id, owner=item.owner)
        await self._tellers.tell(
            command.actor,
            lambda told: _worded(told, command, item_epc(item.id)),
            event_id=self._tellers.event_id(command.request),
            subject="item_id",
            happened_at=command.happened_at,
            place=await self._places.uri_of(command.place),
        )
        return await self._reading.get(command.actor, command.item_id)


def _worded(told: Telling, command: Act, epc: str) -> Body:
    if command.kind is ActionKind.DESCRIBE:
        return wording.describe(told, [epc], name=command.name, serial=command.serial, attributes=command.attributes)
    return wording.act(told, [epc], command.kind, outcome=command.outcome, condition=command.condition)


class Places:
    """Turns places of requests into URIs."""

    def __init__(self, venues: VenueDirectory) -> None:
        self._venues = venues

    async def uri_of(self, place: Place | None) -> str | None:
        """Return the URI; raises PlaceUnknown when there is no such venue."""
        if place is None:
            return None
        try:
            await self._venues.get(place.venue_id)
        except VenueUnknown:
            raise PlaceUnknown from None
        return place_uri(place)
