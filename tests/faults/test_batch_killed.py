"""kill -9 in the middle of a batch: of the database before and after its commit, of the servers before their answer."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from server.config_sections import MongoConfig
from services.common.errors import Unavailable
from services.reservations.changes import NewBooking
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Reservation
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import audit
from tests.concurrency.desks import desk_on
from tests.concurrency.proxy import wired
from tests.concurrency.town import NO_LIMITS, Answer, Person, database_of, party, visit
from tests.conftest import StartServer
from tests.factories import make_booking, make_request, make_slot, new_id
from tests.faults.test_kill_before_reply import Accident
from tests.processes import Stores, end, fresh_database_name, launch_server

CROWD = 24
PATIENT = 16


class InMidBatch(Accident):
    """Kills the database before it can answer a command; some leave at that moment."""

    async def before(
        self, command: str, staying: Sequence[asyncio.Task[Reservation]], leaving: Sequence[asyncio.Task[Reservation]]
    ) -> list[Reservation]:
        """Return what those who stay are told in the end."""

        def happen() -> None:
            self.kill()
            for task in leaving:
                task.cancel()

        self._wire.lose_reply_to(command, happen)
        told = await asyncio.gather(*staying)
        await asyncio.gather(*leaving, return_exceptions=True)
        return told


async def test_a_database_that_is_killed_in_the_middle_of_a_batch_leaves_it_whole_or_not_there(
    start_server: StartServer,
) -> None:
    server = start_server()
    async with visit(server) as town, wired(database_of(server)) as (wire, mongo):
        desk, reservations = desk_on(MongoLedger(mongo)), MongoReservations(mongo)
        accident = InMidBatch(server, wire)

        async def insist(wish: NewBooking) -> Reservation:
            """Ask in the same words until there is an answer, as a phone does."""
            asked = wish
            while True:
                try:
                    return await desk.book(asked)
                except Unavailable:
                    await asyncio.sleep(0.05)
                except AlreadyAnswered:
                    assert wish.request is not None
                    first = await reservations.claim_first_answer(wish.request, wish.reservation.citizen_id)
                    if first is not None:
                        return first
                asked = make_booking(
                    slot,
                    request=wish.request,
                    citizen_id=wish.reservation.citizen_id,
                    visitors=wish.reservation.visitors,
                )

        for command in ("insert", "commitTransaction"):
            slot = make_slot(capacity=CROWD, places_left=CROWD)
            await MongoSlots(mongo).add_missing([slot])
            wishes = [make_booking(slot, request=make_request(), citizen_id=new_id("cit")) for _ in range(CROWD)]
            impatient = [asyncio.create_task(desk.book(wish)) for wish in wishes[PATIENT:]]
            patient = [asyncio.create_task(insist(wish)) for wish in wishes[:PATIENT]]
            told = await accident.before(command, patient, leaving=impatient)
            async with asyncio.timeout(60):
                while await town.places_left(slot.id) != CROWD - PATIENT:
                    pass
            booked = mongo.collection(RESERVATIONS).find({"slot_id": slot.id, "status": "booked"})
            assert {one["_id"] async for one in booked} == {reservation.id for reservation in told}
            assert len({reservation.citizen_id for reservation in told}) == PATIENT
        assert accident.happened == 2
        assert await audit(town.database) == []


async def test_a_server_that_is_killed_between_commit_and_answer_gives_the_same_reservation_when_asked_again(
    stores: Stores, tmp_path: Path
) -> None:
    config = MongoConfig(uri=stores.mongodb_uri, database=fresh_database_name(), pool_size=5)
    async with wired(config) as (wire, _):
        environment = NO_LIMITS | stores.environment(config.database) | {"CHENGMA_MONGODB_URI": wire.uri}
        server = launch_server(tmp_path / "data", arguments=("--workers", "2"), environment=environment)
        try:
            await asyncio.to_thread(server.await_ready)
            async with visit(server) as town:
                citizens, slot_id = await town.citizens(CROWD), await town.add_slot(CROWD)
                parties = [party(1) for _ in citizens]
                killed: list[int] = []

                workers = [await asyncio.to_thread(server.get_child, f"worker-{index}") for index in range(2)]

                def kill() -> None:
                    for worker in workers:
                        worker.kill()
                    killed.extend(worker.pid for worker in workers)

                async def book(number: int, citizen: Person) -> Answer:
                    return await citizen.book(slot_id, parties[number], f"key-{number}")

                wire.lose_reply_to("commitTransaction", kill)
                answers = await asyncio.gather(*(book(*one) for one in enumerate(citizens)))
                assert len(killed) == 2
                # Some of them were kept before they were answered.
                assert 0 in town.line.statuses
                assert {answer.status for answer in answers} == {201}
                kept = {one["citizen_id"]: one["_id"] async for one in town.database["reservations"].find({})}
                assert {
                    citizen.id: answer.body["id"] for citizen, answer in zip(citizens, answers, strict=True)
                } == kept
                again = await asyncio.gather(*(book(*one) for one in enumerate(citizens)))
                assert [answer.body for answer in again] == [answer.body for answer in answers]
                assert await town.places_left(slot_id) == 0
                assert await audit(town.database) == []
                assert town.line.faults == []
        finally:
            await asyncio.to_thread(end, server)
