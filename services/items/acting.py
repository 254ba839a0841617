"""What people do with an item they are responsible for: inspect, repair, store, report, retire, destroy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.common.errors import FieldError
from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.items import wording
from services.items.errors import ActionIncomplete, PlaceUnknown
from services.items.model import Item
from services.items.places import Place, item_epc, place_uri
from services.items.reading import ItemReading
from services.items.telling import Tellers
from services.items.wording import ActionKind, Condition, Outcome
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown


@dataclass(frozen=True, kw_only=True)
class Act:
    """One action on one item; `happened_at` is now unless given."""

    actor: Actor
    item_id: str
    kind: ActionKind
    outcome: Outcome | None
    condition: Condition | None
    place: Place | None
    happened_at: datetime | None
    request: IdempotentRequest | None


# What each kind needs and may have besides: outcome, condition, place.
NEEDS: Mapping[ActionKind, str | None] = {
    ActionKind.INSPECT: "outcome",
    ActionKind.REPAIR: "outcome",
    ActionKind.STORE: "place",
    ActionKind.REPORT: "condition",
    ActionKind.CLEAR: "condition",
    ActionKind.RETIRE: None,
    ActionKind.DESTROY: None,
}


def ensure_complete(command: Act) -> None:
    """Raise ActionIncomplete unless the action has what its kind needs, and nothing that would be lost."""
    needed = NEEDS[command.kind]
    found = []
    for field in ("outcome", "condition", "place"):
        given = getattr(command, field) is not None
        if field == needed and not given:
            found.append(FieldError(path=field, code="required", detail=f"{command.kind} needs it"))
        elif given and field not in {needed, "place"}:
            found.append(FieldError(path=field, code="unknown_field", detail=f"{command.kind} has none"))
    if found:
        raise ActionIncomplete(errors=tuple(found))


class Acting:
    """Words actions as events."""

    def __init__(self, *, tellers: Tellers, reading: ItemReading, places: "Places") -> None:
        self._tellers = tellers
        self._reading = reading
        self._places = places

    async def act(self, command: Act) -> Item:
        """Record an action and return the item after it.

        Raises ItemUnknown, PlaceUnknown, ActionIncomplete, EventsRefused or IdempotencyKeyReused.
        """
        ensure_complete(command)
        item = await self._reading.get(command.actor, command.item_id)
        await self._tellers.tell(
            command.actor,
            lambda told: wording.act(
                told, [item_epc(item.id)], command.kind, outcome=command.outcome, condition=command.condition
            ),
            event_id=self._tellers.event_id(command.request),
            happened_at=command.happened_at,
            place=await self._places.uri_of(command.place),
        )
        return await self._reading.get(command.actor, command.item_id)


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
