"""Recording: the one way in which events come into being, many of them in one write."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.common.aside import aside
from services.common.batches import Batches
from services.common.clock import IdSource
from services.common.errors import FieldError
from services.epcis.model import EpcisEvent
from services.items.deciding import Decision, Draft
from services.items.errors import RecordingContended
from services.items.gathering import Gathering
from services.items.places import item_id_of
from services.items.ports import Record, RecordedEvent, RecordStore
from services.items.world import World, key_of
from services.sync.model import EventKind, OutboxEvent
from services.transparency.commitment import canonical
from services.transparency.leaves import SALT_BYTES, leaf_commitment
from services.transparency.tiles import Tail, grow

LARGEST_BATCH = 64
# Events, and items that they name, in one transaction: beyond it a batch is written in parts, each whole drafts. The
# embedded database takes one to three milliseconds an item, and a request has eight seconds.
MOST_TOUCHED = 1_200
LONGEST_QUEUE = 500
PATIENCE_S = 8.0
TRIES = 40


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What became of a draft: its new events in their order, the eventIDs known before, and the faults."""

    events: tuple[RecordedEvent, ...]
    known: tuple[str, ...]
    refused: tuple[FieldError, ...]


class Recording:
    """Group commit of drafts, on top of the log's size."""

    def __init__(self, *, store: RecordStore, gathering: Gathering, ids: IdSource) -> None:
        self._store = store
        self._gathering = gathering
        self._ids = ids
        self._batches = Batches[Draft, Recorded](
            self._write, largest=LARGEST_BATCH, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def record(self, draft: Draft) -> Recorded:
        """Record what a draft tells, as far as it may; raises TooBusy, RecordingContended or DatabaseUnavailable."""
        return await self._batches.submit(draft)

    async def foresee(self, draft: Draft) -> Decision:
        """Return what would become of a draft at present, and record nothing."""
        _, (decision,) = await self._gathering.decide([draft], (await self._store.tail()).size)
        return decision

    async def _write(self, drafts: Sequence[Draft]) -> Sequence[Recorded | Exception]:
        outcomes: list[Recorded | Exception] = []
        for part in _parts(drafts):
            outcomes.extend(await self._write_part(part))
        return outcomes

    async def _write_part(self, drafts: Sequence[Draft]) -> Sequence[Recorded]:
        for _ in range(TRIES):
            done = await self._try(drafts)
            if done is not None:
                return done
        raise RecordingContended(retry_after_s=1)

    async def _try(self, drafts: Sequence[Draft]) -> Sequence[Recorded] | None:
        """Return the outcomes, None when another process was quicker with something that was decided on."""
        # Before all else: what is read from now on stays as it is for as long as the log has this size.
        tail = await self._store.tail()
        world, decisions = await self._gathering.decide(drafts, tail.size)
        # What was read one after the other may be of two moments, if another process recorded in between: a write is
        # guarded, a refusal must be looked at again.
        if any(decision.refused for decision in decisions) and await self._store.size() != tail.size:
            return None
        weight = sum(len(decision.events) for decision in decisions)
        if not weight:
            return _outcomes(decisions, [])
        record = await aside(weight, lambda: self._record(drafts, decisions, world, tail))
        return _outcomes(decisions, record.events) if await self._store.claim(record) else None

    def _record(self, drafts: Sequence[Draft], decisions: Sequence[Decision], world: World, tail: Tail) -> Record:
        told = [(event, draft) for draft, one in zip(drafts, decisions, strict=True) for event in one.events]
        events = [_recorded(event, draft, world, tail.size + at) for at, (event, draft) in enumerate(told)]
        changed = dict.fromkeys(epc for one in events for epc in world.events[key_of(one.event)].epcs)
        items = [item for epc in changed if (item := world.items[epc]) is not None]
        return Record(
            events=events,
            items=items,
            new=frozenset(item.id for item in items if item.began_with >= tail.size),
            growth=grow(tail, [event.commitment for event in events]),
            told=[self._told(event) for event in events],
        )

    def _told(self, event: RecordedEvent) -> OutboxEvent:
        return OutboxEvent(
            id=self._ids.new("evt"),
            kind=EventKind.ITEM_EVENT,
            subject_id=event.event.event_id,
            occurred_at=event.event.event_time,
            payload={"index": event.index, "type": event.event.type, "items": len(event.items)},
        )


def _recorded(event: EpcisEvent, draft: Draft, world: World, index: int) -> RecordedEvent:
    salt, text = secrets.token_bytes(SALT_BYTES), canonical(event.body).decode()
    return RecordedEvent(
        event=event,
        text=text,
        index=index,
        recorded_at=draft.recorded_at,
        recorded_by=draft.account_id,
        salt=salt,
        commitment=leaf_commitment(text, draft.recorded_at, draft.account_id, salt),
        items=tuple(item_id_of(epc) for epc in world.events[key_of(event)].epcs),
    )


def touched_by(events: Iterable[EpcisEvent]) -> int:
    """Return how much there is to write for these events: each itself, or what it names."""
    return sum(max(1, len(event.every_epc)) for event in events)


def _parts(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    """Yield the drafts in stretches that touch at most MOST_TOUCHED things, or of one draft."""
    part: list[Draft] = []
    touched = 0
    for draft in drafts:
        more = touched_by(draft.events)
        if part and touched + more > MOST_TOUCHED:
            yield part
            part, touched = [], 0
        part.append(draft)
        touched += more
    yield part


def _outcomes(decisions: Sequence[Decision], events: Sequence[RecordedEvent]) -> list[Recorded]:
    outcomes, first = [], 0
    for decision in decisions:
        own = tuple(events[first : first + len(decision.events)])
        first += len(own)
        outcomes.append(Recorded(events=own, known=decision.known, refused=decision.refused))
    return outcomes
