"""SIGTERM while requests are under way: each is answered, nothing is lost, and the server ends as it should."""

import asyncio
import signal

from tests.concurrency.audit import audit
from tests.concurrency.town import NO_LIMITS, Answer, Person, Town, party, visit
from tests.concurrency.travellers import Booking, Ledger, unkept_promises
from tests.conftest import StartServer
from tests.processes import ServerProcess

WAITING = 30


async def wait_until_read(town: Town, server: ServerProcess) -> None:
    """Wait until the server's one process has read everything sent to it before now.

    It has answered what came later, on lines of their own, several times over.
    """
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.close()
        assert (await town.line.client.get("/healthz")).status_code == 200


async def test_requests_under_way_are_answered_before_the_server_ends(start_server: StartServer) -> None:
    server = start_server(environment=NO_LIMITS)
    async with visit(server) as town:
        citizens = await town.citizens(WAITING)
        slot_id = await town.add_slot(1000)
        ledger = Ledger()

        async def book(citizen: Person, number: int) -> Answer:
            visitors, key = party(1), f"key-{number}"
            wish = {"slot_id": slot_id, "visitors": visitors}
            answer = await citizen.once("POST", "/reservations", wish, **{"Idempotency-Key": key})
            if answer.status == 201:
                ledger.bookings[answer.body["id"]] = Booking(
                    person=citizen, slot_id=slot_id, visitors=visitors, key=key, body=answer.body
                )
            return answer

        database = server.get_child("mongodb")
        database.suspend()
        booking = [asyncio.create_task(book(citizen, number)) for number, citizen in enumerate(citizens)]
        await wait_until_read(town, server)
        assert not any(task.done() for task in booking)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(server.await_output, "Stopping")
        database.resume()
        answers = await asyncio.gather(*booking)
        assert [answer.status for answer in answers] == [201] * WAITING
        assert await asyncio.to_thread(server.process.wait, 60) == 0
        assert "drain_cut_short" not in server.log("worker-0")
        assert "defect" not in server.log("worker-0")

        again = start_server(environment=NO_LIMITS, data_dir=server.data_dir, port=server.port)
        assert await unkept_promises(ledger) == []
    async with visit(again) as town:
        assert await audit(town.database) == []
        assert await town.places_left(slot_id) == 1000 - WAITING
