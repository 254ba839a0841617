"""The server without the guard against overselling, as `python -m tests.concurrency.unguarded`, for tests only.

It differs from the real one in two things. The write that takes places no longer asks whether there are any. And the
look at the slot that comes before it shows the slot as it was when this process first saw it: what everybody sees who
looks before anybody has booked. So the result does not depend on luck with timing.
"""

import sys

import pytest

from server import wiring, worker
from server.embedded import python_command
from server.supervisor import startup
from server.supervisor.run import main
from services.common.mongo import Document, Mongo
from services.reservations.model import Reservation, Slot
from services.reservations.mongo import MongoReservations, MongoSlots

WORKER = "server.worker"


class UnguardedReservations(MongoReservations):
    """Takes places whether there are any or not."""

    @staticmethod
    def bookable_filter(reservation: Reservation) -> Document:
        return {"_id": reservation.slot_id, "venue_id": reservation.venue_id}


class FirstLookSlots(MongoSlots):
    """Shows each slot as it was at first."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self._seen: dict[str, Slot | None] = {}

    async def find(self, slot_id: str) -> Slot | None:
        if slot_id not in self._seen:
            self._seen[slot_id] = await super().find(slot_id)
        return self._seen[slot_id]


def ours(module: str, *arguments: str) -> tuple[str, ...]:
    """Return how to run `module`, or this one instead of a worker."""
    return python_command(__spec__.name if module == WORKER else module, *arguments)


if __name__ == "__main__":
    replace = pytest.MonkeyPatch()
    if "--index" in sys.argv:
        replace.setattr(wiring, "MongoReservations", UnguardedReservations)
        replace.setattr(wiring, "MongoSlots", FirstLookSlots)
        worker.main()
    else:
        replace.setattr(startup, "python_command", ours)
        sys.exit(main(sys.argv[1:]))
