"""The database is killed after a commit took effect and before it said so: the fact is there once, and is told."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from services.admissions.group import ScanGroups
from services.admissions.mongo import MongoScans
from services.common.errors import DatabaseUnavailable
from services.reservations.draft import decide
from services.reservations.ledger import SlotLedger
from services.reservations.model import Reservation
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import OutcomeUnknown
from services.sync.mongo import MongoOutbox
from tests.concurrency.audit import audit
from tests.concurrency.desks import desk_on
from tests.concurrency.proxy import Wire, wired
from tests.concurrency.town import database_of, visit
from tests.conftest import StartServer
from tests.factories import (
    NOW,
    make_booking,
    make_cancellation,
    make_entry_pass,
    make_reading,
    make_request,
    make_slot,
)
from tests.processes import ServerProcess, await_end

T = TypeVar("T")
TRIES = 10


class Accident:
    """Kills the database at its next commit, which has taken effect by then."""

    def __init__(self, server: ServerProcess, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self.happened = 0

    def kill(self) -> None:
        database = self._server.get_child("mongodb")
        database.kill()
        assert await_end([database], within_s=10.0) == []
        self.happened += 1

    async def during(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have it happen during `work`, which is asked for again while the database is away."""
        self._wire.lose_reply_to("commitTransaction", self.kill)
        for _ in range(TRIES):
            try:
                return await work()
            except DatabaseUnavailable:
                continue
        raise AssertionError("the database did not come back")


async def test_a_commit_that_could_not_be_confirmed_is_neither_lost_nor_done_twice(start_server: StartServer) -> None:
    server = start_server()
    async with visit(server) as town, wired(database_of(server)) as (wire, mongo):
        accident, scans = Accident(server, wire), MongoScans(mongo, MongoOutbox(mongo))
        desk, reservations = desk_on(MongoLedger(mongo)), MongoReservations(mongo)

        async def booked(*, repeatable: bool) -> Reservation:
            """Book the last places of a slot."""
            slot = make_slot(capacity=2, places_left=2)
            await MongoSlots(mongo).add_missing([slot])
            wish = make_booking(slot, party=2, request=make_request() if repeatable else None)
            assert await accident.during(lambda: desk.book(wish)) == wish.reservation
            return wish.reservation

        first, second = await booked(repeatable=False), await booked(repeatable=True)
        assert await reservations.find(first.id, first.citizen_id) == first
        assert await reservations.find(second.id, second.citizen_id) == second

        await accident.during(lambda: desk.cancel(make_cancellation(first)))
        assert (await scans.find_passes([first.id]))[first.id].cancelled_at == NOW

        gate, reading = ScanGroups(scans), make_reading(make_entry_pass(reservation_id=second.id, party_size=2))
        scan = await accident.during(lambda: gate.answer(reading))
        assert [entry.count for entry in (await scans.find_passes([second.id]))[second.id].entries] == [2]
        assert await scans.find_many([reading.scan_id]) == {reading.scan_id: scan}

        # A store does not say that somebody else was first when it may have been itself.
        slot = make_slot()
        await MongoSlots(mongo).add_missing([slot])
        _, settlements = decide({slot.id: SlotLedger.at_first(slot)}, [make_booking(slot)], NOW)
        with suppress(OutcomeUnknown):
            await accident.during(lambda: MongoLedger(mongo).write(settlements, NOW))

        assert accident.happened == 5
        assert await audit(town.database) == []
