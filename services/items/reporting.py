"""What the main system is told of items and their events: see docs/standard, `item` and `item_event`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.common.clock import city_day
from services.identity.model import ScopeLevel
from services.items.model import Item
from services.items.ports import Record as Written
from services.items.ports import RecordedEvent
from services.items.world import key_of
from services.sync.model import RecordKind, RecordRef
from services.sync.records import Record
from services.sync.wording import written_day, written_time
from services.venues.scopes import code_of

# As many as the schema of `item_event` allows; the rest are counted.
MOST_ITEM_IDS = 100


def changes_of(written: Written) -> Sequence[RecordRef]:
    """Return which records a write makes or changes."""
    events = [RecordRef(kind=RecordKind.ITEM_EVENT, id=key_of(one.event)) for one in written.events]
    return [*events, *(RecordRef(kind=RecordKind.ITEM, id=item.id) for item in written.items)]


def code_of_item(item: Item) -> str | None:
    """Return the GB/T 2260 code that an item is counted under: of its owner, who comes first among those who see it."""
    return item.owner.id if item.owner.level is ScopeLevel.CITY else code_of(item.seen_by)


def codes_of_events(written: Written) -> Mapping[str, str]:
    """Return the code that each event is counted under, by its key: that of the first item it concerns.

    Nothing for an event that concerns none. Kept with the event, so that it never changes.
    """
    items = {item.id: code for item in written.items if (code := code_of_item(item)) is not None}
    found = {key_of(one.event): next((items[i] for i in one.items if i in items), None) for one in written.events}
    return {key: code for key, code in found.items() if code is not None}


def item_record(item: Item, *, began_at: datetime, changed_at: datetime, city_id: str) -> Record:
    """Return an item as the main system is told of it.

    `began_at` and `changed_at` are when its first and its latest event were recorded; `city_id` is what it is counted
    under where its owner has no code.
    """
    return Record(
        kind=RecordKind.ITEM,
        id=item.id,
        version=item.version,
        district_id=code_of_item(item) or city_id,
        day=city_day(began_at),
        changed_at=changed_at,
        data={
            "id": item.id,
            "type_id": item.type_id,
            "name": item.name,
            "owner_level": item.owner.level.value,
            "owner_id": item.owner.id,
            "holder_level": item.holder.level.value,
            "holder_id": item.holder.id,
            "state": item.state.value,
            "disposition": item.disposition,
            "conditions": list(item.conditions),
            "place": item.place,
            "transfer": None if item.transfer is None else item.transfer.state.value,
            "began_on": written_day(began_at),
            "last_event_at": written_time(item.last_event_at),
            "log_index": item.last_index,
        },
    )


def event_record(recorded: RecordedEvent, code: str) -> Record:
    """Return an event as the main system is told of it, counted under a GB/T 2260 code."""
    event = recorded.event
    return Record(
        kind=RecordKind.ITEM_EVENT,
        id=key_of(event),
        version=1,
        district_id=code,
        day=city_day(recorded.recorded_at),
        changed_at=recorded.recorded_at,
        data={
            "id": key_of(event),
            "event_id": event.event_id,
            "is_error_declaration": event.error is not None,
            "type": event.type.value,
            "action": None if event.action is None else event.action.value,
            "biz_step": event.biz_step,
            "disposition": event.disposition,
            "event_time": written_time(event.event_time),
            "recorded_at": written_time(recorded.recorded_at),
            "item_count": len(recorded.items),
            "item_ids": list(recorded.items[:MOST_ITEM_IDS]),
            "log_index": recorded.index,
            "commitment": recorded.commitment.hex(),
        },
    )
