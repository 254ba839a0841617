"""Capturing: taking in what another system, or a person with a file, says has happened to items."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.aside import aside
from services.common.clock import Clock
from services.common.errors import FieldError
from services.epcis.document import read_document
from services.epcis.errors import DocumentInvalid
from services.epcis.model import EpcisEvent
from services.identity.model import Actor
from services.items.deciding import Draft
from services.items.errors import EventsRefused
from services.items.recording import Recording
from services.items.rules import fault
from services.items.scopes import scope_names
from services.transparency.commitment import NotCanonical, canonical

_EVENT = re.compile(r"epcisBody\.eventList\[([0-9]+)\]")
# What one look at a document finds at most; with more faulty events it is looked at again.
MOST_LOOKS = 12
# Of small ones, for a guess at how many a document holds.
BYTES_OF_AN_EVENT = 300


@dataclass(frozen=True, kw_only=True)
class Captured:
    """What became of a document: eventIDs recorded now, those known before, and what was refused."""

    recorded: tuple[str, ...]
    known: tuple[str, ...]
    refused: tuple[FieldError, ...]


class Capturing:
    """Takes EPCIS documents whole, or with `proceed` what is good of them (GS1-Capture-Error-Behaviour)."""

    def __init__(self, *, recording: Recording, clock: Clock) -> None:
        self._recording = recording
        self._clock = clock

    async def capture(self, actor: Actor, data: bytes, read: Callable[[bytes], Any], *, proceed: bool) -> Captured:
        """Record the events of a document that `read` makes of `data`.

        Raises what `read` raises, and DocumentInvalid or EventsRefused unless told to proceed.
        """
        now = self._clock.now()
        reading = await aside(len(data) // BYTES_OF_AN_EVENT, lambda: _Reading(read(data), now, proceed=proceed))
        events = reading.found
        if not events:
            return Captured(recorded=(), known=(), refused=tuple(reading.refused))
        recorded = await self._recording.record(
            Draft(
                events=tuple(event for event, _ in events),
                paths=tuple(path for _, path in events),
                account_id=actor.id,
                scopes=frozenset(scope_names(actor)),
                home=actor.scopes[0],
                proceed=proceed,
                recorded_at=now,
            )
        )
        if recorded.refused and not proceed:
            raise EventsRefused(errors=recorded.refused)
        return Captured(
            recorded=tuple(one.event.event_id for one in recorded.events),
            known=recorded.known,
            refused=(*reading.refused, *recorded.refused),
        )


class _Reading:
    """One document, read again without what is wrong in it as long as that is allowed."""

    def __init__(self, document: Any, now: datetime, *, proceed: bool) -> None:
        """Read the events; raises DocumentInvalid."""
        self._document = document
        self._proceed = proceed
        self.refused: list[FieldError] = []
        self.found = self._events(now)

    def _events(self, now: datetime) -> list[tuple[EpcisEvent, str]]:
        """Return the events that can be read, each with its path in the document; raises DocumentInvalid."""
        listed: list[tuple[int, Any]] | None = None
        for _ in range(MOST_LOOKS):
            try:
                read = read_document(self._with(listed), now)
            except DocumentInvalid as invalid:
                listed = self._without(listed, invalid)
                continue
            places = range(len(read.events)) if listed is None else [at for at, _ in listed]
            found = [(event, f"epcisBody.eventList[{at}]") for event, at in zip(read.events, places, strict=True)]
            return self._spelled(found)
        raise DocumentInvalid(errors=tuple(self.refused[:100]))

    def _with(self, listed: list[tuple[int, Any]] | None) -> Any:
        if listed is None:
            return self._document
        return {**self._document, "epcisBody": {"eventList": [event for _, event in listed]}}

    def _without(self, listed: list[tuple[int, Any]] | None, invalid: DocumentInvalid) -> list[tuple[int, Any]]:
        """Return the events without the faulty ones; raises the fault where it lies outside of single events."""
        at_fault = {one.path: _EVENT.match(one.path) for one in invalid.errors}
        if not self._proceed or not all(at_fault.values()):
            raise invalid
        present = listed if listed is not None else list(enumerate(self._document["epcisBody"]["eventList"]))
        bad = {int(found[1]) for found in at_fault.values() if found}
        for one in invalid.errors:
            at = int((at_fault[one.path] or [0, 0])[1])
            path = _EVENT.sub(f"epcisBody.eventList[{present[at][0]}]", one.path, count=1)
            self.refused.append(FieldError(path=path, code=one.code, detail=one.detail, values=one.values))
        return [entry for at, entry in enumerate(present) if at not in bad]

    def _spelled(self, events: list[tuple[EpcisEvent, str]]) -> list[tuple[EpcisEvent, str]]:
        """Return the events that have one spelling for all readers; raises DocumentInvalid unless told to proceed."""
        kept = []
        for event, path in events:
            try:
                canonical(event.body)
            except NotCanonical:
                self.refused.append(fault(path, "too_large", "a number that not every reader takes for the same"))
            else:
                kept.append((event, path))
        if self.refused and not self._proceed:
            raise DocumentInvalid(errors=tuple(self.refused))
        return kept
