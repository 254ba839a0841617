"""Capturing: taking in what another system, or a person with a file, says has happened to items."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.aside import aside
from services.common.clock import Clock
from services.common.errors import FieldError
from services.epcis.document import read_document, read_each
from services.epcis.errors import DocumentInvalid
from services.epcis.model import EpcisEvent
from services.identity.model import Actor
from services.items.deciding import Draft
from services.items.errors import EventsRefused
from services.items.recording import MOST_TOUCHED, Recording, touched_by
from services.items.rules import fault
from services.transparency.commitment import NotCanonical, canonical
from services.venues.scopes import scope_names

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
                ours=False,
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
    """One document: the events that can be read, each with its path, and what is wrong with the others."""

    def __init__(self, document: Any, now: datetime, *, proceed: bool) -> None:
        """Read the events; raises DocumentInvalid unless told to proceed, and for what is wrong around the events."""
        self.found: list[tuple[EpcisEvent, str]] = []
        self.refused: list[FieldError] = []
        outcomes = read_each(document, now) if proceed else read_document(document, now).events
        for at, outcome in enumerate(outcomes):
            self._add(outcome, f"epcisBody.eventList[{at}]")
        if self.refused and not proceed:
            raise DocumentInvalid(errors=tuple(self.refused))
        if touched_by(event for event, _ in self.found) > MOST_TOUCHED:
            most = str(MOST_TOUCHED)
            detail = f"at most {most} identifiers in all events together"
            raise DocumentInvalid(errors=(fault("epcisBody.eventList", "too_many_epcs", detail, most),))

    def _add(self, outcome: EpcisEvent | DocumentInvalid, path: str) -> None:
        if isinstance(outcome, DocumentInvalid):
            self.refused.extend(outcome.errors)
            return
        try:
            canonical(outcome.body)
        except NotCanonical:
            self.refused.append(fault(path, "too_large", "a number that not every reader takes for the same"))
        else:
            self.found.append((outcome, path))
