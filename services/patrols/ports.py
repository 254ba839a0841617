"""What recording needs of a store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.common.model import IdempotentRequest
from services.patrols.model import Draft, RecordedEvent
from services.sync.model import OutboxEvent
from services.transparency.tiles import Growth, Tail


class Stale(Exception):
    """A record, or the request, is no longer as it was when this was decided: read again and decide again."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """One transaction: drafts, their events as they are kept, the log's growth, and what the main system is told."""

    drafts: Sequence[Draft[Any]]
    events: Sequence[RecordedEvent]
    growth: Growth
    told: Sequence[OutboxEvent]


class RecordStore(Protocol):
    """Records of all kinds, their events, and the log of patrols."""

    async def tail(self) -> Tail:
        """Return the log's right edge."""

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id that the request was answered with, if it was; raises IdempotencyKeyReused."""

    async def stale(self, drafts: Sequence[Draft[Any]]) -> Collection[int]:
        """Return the places of those drafts that something they build on is no longer what it was."""

    async def claim(self, write: Write) -> bool:
        """Write all or nothing; False when the log or a record is no longer what was decided on."""

    async def history(self, subject_id: str) -> Sequence[RecordedEvent]:
        """Return the events about a thing, or at a site, in the order of recording."""
