"""The database is killed after a commit took effect and before it said so: the fact is there once, and is told."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.admissions.mongo import MongoScans
from services.common.errors import DatabaseUnavailable
from services.reservations.model import Reservation
from services.reservations.mongo import MongoReservations, MongoSlots
from services.sync.model import EventKind
from services.sync.mongo import MongoOutbox
from tests.concurrency.audit import audit
from tests.concurrency.proxy import Wire, wired
from tests.concurrency.town import database_of, visit
from tests.conftest import StartServer
from tests.factories import NOW, make_entry, make_event, make_request, make_reservation, make_scan, make_slot
from tests.processes import ServerProcess, await_end

T = TypeVar("T")
TRIES = 10


class Accident:
    """Kills the database at its next commit, which has taken effect by then."""

    def __init__(self, server: ServerProcess, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self.happened = 0

    def _kill(self) -> None:
        database = self._server.get_child("mongodb")
        database.kill()
        assert await_end([database], within_s=10.0) == []
        self.happened += 1

    async def during(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have it happen during `work`, which is asked for again while the database is away."""
        self._wire.lose_reply_to("commitTransaction", self._kill)
        for _ in range(TRIES):
            try:
                return await work()
            except DatabaseUnavailable:
                continue
        raise AssertionError("the database did not come back")


async def test_a_commit_that_could_not_be_confirmed_is_neither_lost_nor_done_twice(start_server: StartServer) -> None:
    server = start_server()
    async with visit(server) as town, wired(database_of(server)) as (wire, mongo):
        accident, outbox = Accident(server, wire), MongoOutbox(mongo)
        store, scans, slots = MongoReservations(mongo, outbox), MongoScans(mongo, outbox), MongoSlots(mongo)

        async def booked(*, repeatable: bool) -> Reservation:
            """Book the last places of a slot."""
            slot = make_slot(capacity=2, places_left=2)
            await slots.add_missing([slot])
            wish, request = make_reservation(slot, party=2), make_request() if repeatable else None
            await accident.during(lambda: store.add(wish, request, make_event(wish.id)))
            return wish

        first, second = await booked(repeatable=False), await booked(repeatable=True)
        assert await store.find(first.id, first.citizen_id) == first
        assert await store.find(second.id, second.citizen_id) == second

        cancelled = make_event(first.id, EventKind.RESERVATION_CANCELLED)
        await accident.during(lambda: store.cancel(first, NOW, cancelled))
        assert (await scans.get_pass(first.id, 2)).cancelled_at == NOW

        entry = make_entry(count=2)
        scan = make_scan(entry, second.id)
        before = await scans.get_pass(second.id, 2)
        admitted = make_event(second.id, EventKind.VISIT_ADMITTED)
        await accident.during(lambda: scans.claim_entry(before, entry, scan, admitted))
        assert (await scans.get_pass(second.id, 2)).entries == (entry,)
        assert await scans.find(scan.id) == scan

        assert accident.happened == 4
        assert await audit(town.database) == []
