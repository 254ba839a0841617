"""Telling: who may say that something happened to items, and what becomes of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from services.common.clock import Clock, IdSource
from services.common.errors import FieldError
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.epcis.events import read_event
from services.identity.model import Actor
from services.items import life
from services.items.deciding import Draft
from services.items.errors import EventsRefused
from services.items.ports import RecordedEvent, RecordStore
from services.items.recording import Recorded, Recording
from services.items.wording import Body, Telling
from services.items.world import ERROR_MARK
from services.transparency.commitment import NotCanonical, canonical
from services.venues.scopes import scope_names

MANY = "item_ids"
# A person's fields are not those of the event: the paths of faults are put into their words.
_FIELDS = (
    (re.compile(r"^event\[0\](\.ilmd)?\.chengma:"), ""),
    (re.compile(r"^event\[0\]\.(sourceList|destinationList).*"), "to"),
)
_SUBJECT = re.compile(r"^event\[0\]\.epcList(\[[0-9]+\])?.*")


class Tellers:
    """Words what a person does as one event, and records it once, however often the request comes."""

    def __init__(self, *, recording: Recording, store: RecordStore, clock: Clock, ids: IdSource) -> None:
        self._recording = recording
        self._store = store
        self._clock = clock
        self._ids = ids

    def event_id(self, request: IdempotentRequest | None) -> str:
        """Return a new eventID; a repeated request gets the one that it had."""
        return f"{life.OUR_EVENT}{self._ids.new('evt') if request is None else request.id}"

    async def tell(
        self,
        actor: Actor,
        word: Callable[[Telling], Body],
        *,
        event_id: str,
        subject: str = MANY,
        happened_at: datetime | None = None,
        place: str | None = None,
    ) -> None:
        """Record the event that `word` makes; raises EventsRefused, or IdempotencyKeyReused.

        `happened_at` is now unless given; `subject` is the field that says what the event is about. An event that is
        recorded already changes nothing.
        """
        now = self._clock.now()
        if await self._is_told(event_id, word, place):
            return
        body = word(Telling(event_id=event_id, happened_at=happened_at or now, place=place))
        recorded = await self.record(actor, [body], now=now)
        if any(one.code == "event_id_reused" for one in recorded.refused):
            await self._is_told(event_id, word, place)  # by its twin, in this moment
        elif recorded.refused:
            raise EventsRefused(errors=tuple(for_people(one, subject) for one in recorded.refused))

    async def name(self, event_id: str) -> tuple[str, RecordedEvent | None]:
        """Return the eventID for what happens once, with the event where it has happened and was not declared wrong.

        So the eventID says all that makes it repeatable; after a correction it gets a number.
        """
        for number in count(1):
            named = event_id if number == 1 else f"{event_id}:{number}"
            found = await self._store.events([named, f"{named}{ERROR_MARK}"])
            if len(found) < 2:  # noqa: PLR2004 -- the event and its declaration
                return named, found.get(named)
        raise AssertionError("there is always a next number")

    async def told(self, event_id: str) -> RecordedEvent | None:
        """Return the event that was recorded under this id."""
        return (await self._store.events([event_id])).get(event_id)

    async def _is_told(self, event_id: str, word: Callable[[Telling], Body], place: str | None) -> bool:
        found = await self.told(event_id)
        if found is None:
            return False
        again = word(Telling(event_id=event_id, happened_at=found.event.event_time, place=place))
        if read_event(again) != found.event:
            raise IdempotencyKeyReused
        return True

    async def record(self, actor: Actor, bodies: Sequence[Body], *, now: datetime, proceed: bool = False) -> Recorded:
        """Record events as they are worded; the paths of faults begin with `event[n]`. Raises EventsRefused."""
        ensure_spelled(bodies)
        return await self._recording.record(
            Draft(
                events=tuple(read_event(body) for body in bodies),
                paths=tuple(f"event[{at}]" for at in range(len(bodies))),
                account_id=actor.id,
                scopes=frozenset(scope_names(actor)),
                home=actor.scopes[0],
                proceed=proceed,
                ours=True,
                recorded_at=now,
            )
        )


def for_people(fault: FieldError, subject: str) -> FieldError:
    """Return the fault with a path among the fields that a person filled in; `subject` is one, or a list."""
    about = _SUBJECT.match(fault.path)
    if about:
        return replace(fault, path=subject + (about[1] or "" if subject == MANY else ""))
    for pattern, field in _FIELDS:
        if pattern.match(fault.path):
            return replace(fault, path=pattern.sub(field, fault.path))
    return replace(fault, path="$")


def ensure_spelled(bodies: Sequence[Body]) -> None:
    """Raise EventsRefused for numbers that not every reader takes for the same."""
    for body in bodies:
        try:
            canonical(body)
        except NotCanonical:
            raise EventsRefused(errors=(FieldError(path="attributes", code="too_large", detail="too large"),)) from None
