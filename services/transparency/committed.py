"""What lies behind the leaves of a log, read as it is kept: whatever was done to it, so that it is found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.transparency.leaves import SALT_BYTES, leaf_content
from services.transparency.model import CommittedEvent

LONG_S = 600.0


class MongoCommitted:
    """Events for those who verify a log; see `services.transparency.ports.EventSource`.

    Their documents hold `index`, `body`, `recorded_at`, `recorded_by` and `salt`.
    """

    def __init__(self, mongo: Mongo, events: CollectionPlan) -> None:
        self._events = mongo.collection(events)

    async def committed_between(self, first: int, until: int) -> Sequence[CommittedEvent]:
        """Return the events with first <= index < until, in their order."""
        query = {"index": {"$gte": first, "$lt": until}}
        async with translated_failures():
            found = await self._events.find(query, batch_size=until - first + 1).to_list()
        return sorted((_read(document) for document in found), key=lambda one: (one.index, one.id))

    async def strays(self, size: int) -> Sequence[tuple[str, int | None]]:
        """Return the ids of events that claim no index of a log of `size` leaves, each with what it claims."""
        found = []
        async with translated_failures(LONG_S):
            async for document in self._events.find({}, {"index": 1}, batch_size=10_000):
                claimed = document.get("index")
                index = claimed if type(claimed) is int else None
                if index is None or not 0 <= index < size:
                    found.append((str(document["_id"]), index))
        return sorted(found)


def _read(document: Document) -> CommittedEvent:
    salt = document.get("salt")
    return CommittedEvent(
        index=document["index"],
        id=str(document["_id"]),
        salt=bytes(salt) if isinstance(salt, bytes) and len(salt) == SALT_BYTES else bytes(SALT_BYTES),
        data=_content(document),
    )


def _content(document: Document) -> dict[str, Any]:
    """Return what was committed to, or in place of what cannot be read a value that was not."""
    recorded_at = document.get("recorded_at")
    try:
        if isinstance(recorded_at, datetime):
            return leaf_content(document["body"], recorded_at, document["recorded_by"])
    except (KeyError, TypeError, ValueError):
        pass
    return {"unreadable": str(document["_id"])}
