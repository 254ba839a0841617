"""Corrections: an event that was wrong is declared so, and stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.common.clock import Clock
from services.epcis.formats import is_uri
from services.identity.model import Actor
from services.items import wording
from services.items.errors import EventsRefused, EventUnknown, ItemUnknown
from services.items.ports import RecordedEvent, RecordStore
from services.items.reading import ItemReading
from services.items.rules import fault
from services.items.telling import Tellers, for_people
from services.items.world import ERROR_MARK


class ErrorReason(StrEnum):
    """Why an event is wrong; words of the CBV."""

    DID_NOT_OCCUR = "did_not_occur"
    INCORRECT_DATA = "incorrect_data"


@dataclass(frozen=True, kw_only=True)
class Correct:
    """A wish to declare an event wrong; `corrective_ids` name the events that tell it right."""

    actor: Actor
    event_id: str
    reason: ErrorReason
    corrective_ids: tuple[str, ...]


class Correcting:
    """Declares events wrong; the items then are what their other events make of them."""

    def __init__(self, *, tellers: Tellers, reading: ItemReading, store: RecordStore, clock: Clock) -> None:
        self._tellers = tellers
        self._reading = reading
        self._store = store
        self._clock = clock

    async def declare_wrong(self, command: Correct) -> RecordedEvent:
        """Return the error declaration; an event that was declared wrong before keeps its first one.

        Raises EventUnknown or EventsRefused.
        """
        _ensure_uris(command.corrective_ids)
        found = await self._store.events([command.event_id, f"{command.event_id}{ERROR_MARK}"])
        event = found.get(command.event_id)
        if event is None or not await self._may_see(command.actor, event):
            raise EventUnknown
        if len(found) > 1:
            return found[f"{command.event_id}{ERROR_MARK}"]
        now = self._clock.now()
        body = wording.declare_wrong(
            event.event.body, reason=command.reason, declared_at=now, corrective=command.corrective_ids
        )
        # A body without an eventID of its own is known by its hash; the declaration has to say it.
        recorded = await self._tellers.record(command.actor, [{**body, "eventID": command.event_id}], now=now)
        if recorded.refused and not await self._store.events([f"{command.event_id}{ERROR_MARK}"]):
            raise EventsRefused(errors=tuple(for_people(one, "event_id") for one in recorded.refused))
        return (await self._store.events([f"{command.event_id}{ERROR_MARK}"]))[f"{command.event_id}{ERROR_MARK}"]

    async def _may_see(self, actor: Actor, event: RecordedEvent) -> bool:
        try:
            await self._reading.get_all(actor, event.items)
        except ItemUnknown:
            return False
        return True


def _ensure_uris(event_ids: Sequence[str]) -> None:
    wrong = [
        fault(f"corrective_event_ids[{at}]", "invalid_format", "an eventID is a URI")
        for at, one in enumerate(event_ids)
        if not is_uri(one)
    ]
    if wrong:
        raise EventsRefused(errors=tuple(wrong))
