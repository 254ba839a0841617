"""Recording: the one way in which anything about patrols is written, many drafts in one transaction."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from services.common.batches import Batches
from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.patrols.errors import PatrolsContended
from services.patrols.model import Draft, PatrolEvent, RecordedEvent
from services.patrols.ports import RecordStore, Stale, Write
from services.sync.model import EventKind, OutboxEvent
from services.transparency.commitment import canonical
from services.transparency.leaves import SALT_BYTES, leaf_commitment, leaf_time
from services.transparency.tiles import grow

LARGEST_BATCH = 48
LONGEST_QUEUE = 500
PATIENCE_S = 8.0
TRIES = 40

Answer = TypeVar("Answer")


class Recording:
    """Group commit of drafts on top of the log's size; records are guarded by their versions."""

    def __init__(self, *, store: RecordStore, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._batches = Batches[Draft[Any], None](
            self._write, largest=LARGEST_BATCH, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def settle(
        self,
        decide: Callable[[], Awaitable[Draft[Answer]]],
        *,
        repeat: IdempotentRequest | None = None,
        read: Callable[[str], Awaitable[Answer]] | None = None,
    ) -> Answer:
        """Return the answer of what `decide` drafted, once it is written; decides again where others were quicker.

        `decide` reads what it needs each time and raises refusals. A draft without events writes nothing. With
        `repeat`, a request that was answered before is answered by `read` of the first answer's id. Raises
        PatrolsContended, TooBusy, DatabaseUnavailable, IdempotencyKeyReused.
        """
        for _ in range(TRIES):
            first = await self._store.first_answer(repeat)
            if first is not None and read is not None:
                return await read(first)
            draft = await decide()
            if not draft.events:
                return draft.answer
            try:
                await self._batches.submit(draft)
            except Stale:
                continue
            return draft.answer
        raise PatrolsContended(retry_after_s=1)

    async def find_first(self, repeat: IdempotentRequest, read: Callable[[str], Awaitable[Answer]]) -> Answer | None:
        """Return what this request was answered before, if it was; raises IdempotencyKeyReused."""
        first = await self._store.first_answer(repeat)
        return None if first is None else await read(first)

    async def _write(self, drafts: Sequence[Draft[Any]]) -> Sequence[Exception | None]:
        for _ in range(TRIES):
            tail = await self._store.tail()
            stale = {*_overlapping(drafts), *await self._store.stale(drafts)}
            fresh = [draft for at, draft in enumerate(drafts) if at not in stale]
            outcomes = [Stale() if at in stale else None for at in range(len(drafts))]
            if not fresh:
                return outcomes
            now = self._clock.now()
            told = [event for draft in fresh for event in draft.events]
            events = [
                recorded(event, tail.size + at, now, secrets.token_bytes(SALT_BYTES)) for at, event in enumerate(told)
            ]
            write = Write(
                drafts=fresh,
                events=events,
                growth=grow(tail, [event.commitment for event in events]),
                told=[self._told(event) for event in events],
            )
            if await self._store.claim(write):
                return outcomes
        raise PatrolsContended(retry_after_s=1)

    def _told(self, one: RecordedEvent) -> OutboxEvent:
        event = one.event
        payload: dict[str, str | int] = {"index": one.index, "type": event.kind.value}
        return OutboxEvent(
            id=self._ids.new("evt"),
            kind=EventKind.PATROL_EVENT,
            subject_id=event.subject_id,
            occurred_at=event.occurred_at,
            payload=payload if event.site_id is None else {**payload, "site_id": event.site_id},
        )


def recorded(event: PatrolEvent, index: int, now: Any, salt: bytes) -> RecordedEvent:
    """Return the event as leaf `index` of the log."""
    text = canonical(body_of(event)).decode()
    return RecordedEvent(
        event=event,
        text=text,
        index=index,
        recorded_at=now,
        salt=salt,
        commitment=leaf_commitment(text, now, event.told_by, salt),
    )


def body_of(event: PatrolEvent) -> dict[str, Any]:
    """Return the event as JSON, which the log commits to."""
    return {
        "id": event.id,
        "type": event.kind.value,
        "subject_id": event.subject_id,
        "site_id": event.site_id,
        "occurred_at": leaf_time(event.occurred_at),
        "data": dict(event.data),
    }


def _overlapping(drafts: Sequence[Draft[Any]]) -> set[int]:
    """Return the places of drafts that touch what an earlier one touches: they must see what it leaves."""
    taken: set[tuple[str, str]] = set()
    overlapping: set[int] = set()
    for at, draft in enumerate(drafts):
        keys = {(type(record).__name__, record.id) for record in draft.records}
        if draft.repeat is not None:
            keys.add(("request", draft.repeat.id))
        if taken & keys:
            overlapping.add(at)
        else:
            taken |= keys
    return overlapping
