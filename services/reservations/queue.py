"""The queue of a slot: who is next, and a chain of hashes over all that happens in it, so that nobody jumps it unseen.

docs/waitlist.md says in words what is hashed; `scripts/verify_waitlist` does the same without this code.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.reservations.changes import Waiting
from services.reservations.errors import AlreadyWaiting
from services.reservations.model import Reservation

_CONTEXT = "chengma waitlist 1"


class QueueEvent(StrEnum):
    """What can happen to a party that waits."""

    JOINED = "joined"
    OFFERED = "offered"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class QueueStep:
    """One thing that happened: to which number, of how many people, while so many places were free for individuals."""

    event: QueueEvent
    number: int
    party_size: int
    free: int


def next_fitting(queue: Iterable[Waiting], free: int) -> Waiting | None:
    """Return the first in the order of joining who fits into what is free."""
    return next((one for one in queue if one.party_size <= free), None)


def ensure_waits_once(queue: Collection[Waiting], offered: Collection[str], joining: Reservation) -> None:
    """Raise AlreadyWaiting when a person of the party waits already, or its account does.

    `offered` are the accounts that hold an offer. One party an account: a queue is not a place to collect places.
    """
    waiting = {person for one in queue for person in one.people}
    for index, visitor in enumerate(joining.visitors):
        if visitor.document_digest in waiting:
            raise AlreadyWaiting(index)
    if joining.citizen_id in {one.account for one in queue} or joining.citizen_id in offered:
        raise AlreadyWaiting(None)


def chained(previous: str, slot_id: str, at: datetime, steps: Sequence[QueueStep]) -> str:
    """Return the link that follows `previous` (64 hexadecimal characters, or nothing for the first one).

    SHA-256 of the JSON array [context, previous link, slot, instant in milliseconds, steps], without spaces, each step
    as [event, number, party size, free places].
    """
    content = [
        _CONTEXT,
        previous,
        slot_id,
        round(at.timestamp() * 1000),
        [[one.event, one.number, one.party_size, one.free] for one in steps],
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
