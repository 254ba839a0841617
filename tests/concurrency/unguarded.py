"""The server without the guard against overselling, as `python -m tests.concurrency.unguarded`, for tests only.

It differs from the real one in two things. A write no longer asks whether the slot is at the version that it was
decided on, nor is a version's entry in the ledger the only one. And a ledger is read once: each process goes on from
the slot as it was when it first saw it, and hears of its own bookings only. So the result does not depend on luck with
timing. Each process makes its own bookings, whosever slot it is; else they would all agree by accident.
"""

import sys
from collections.abc import Mapping, Sequence

import pytest

from server import wiring, worker
from server.embedded import python_command
from server.redis_peers import RedisPeers
from server.supervisor import startup
from server.supervisor.run import main
from services.common.mongo import Mongo
from services.reservations.ledger import LedgerEntry
from services.reservations.model import Slot
from tests.concurrency.naive import Unversioned

WORKER = "server.worker"


class FirstLook(Unversioned):
    """Shows each slot once."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self._seen: set[str] = set()

    async def read(self, known: Mapping[str, int]) -> Mapping[str, tuple[Slot, Sequence[LedgerEntry]]]:
        found = await super().read({slot_id: known[slot_id] for slot_id in known.keys() - self._seen})
        self._seen.update(found)
        return found


class Hermit(RedisPeers):
    """Asks nobody else."""

    def owner_of(self, _slot_id: str) -> str | None:
        return None


def ours(module: str, *arguments: str) -> tuple[str, ...]:
    """Return how to run `module`, or this one instead of a worker."""
    return python_command(__spec__.name if module == WORKER else module, *arguments)


if __name__ == "__main__":
    replace = pytest.MonkeyPatch()
    if "--index" in sys.argv:
        replace.setattr(wiring, "MongoLedger", FirstLook)
        replace.setattr(wiring, "RedisPeers", Hermit)
        worker.main()
    else:
        replace.setattr(startup, "python_command", ours)
        sys.exit(main(sys.argv[1:]))
