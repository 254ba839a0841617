"""Clients that hang up midway: what they asked for happens whole or not at all, and nobody waits for them."""

import asyncio

from tests.concurrency.audit import audit
from tests.concurrency.lines import booking_request, say
from tests.concurrency.town import NO_LIMITS, party, visit
from tests.conftest import StartServer

MANY = 20


async def test_who_hangs_up_leaves_nothing_half_done_and_holds_nobody_up(start_server: StartServer) -> None:
    server = start_server(environment=NO_LIMITS)
    async with visit(server) as town:
        citizens, latecomer = await town.citizens(MANY), await town.citizen()
        slot_id = await town.add_slot(1000)
        wishes = [{"slot_id": slot_id, "visitors": party(2)} for _ in citizens]
        requests = [
            booking_request(citizen, wishes[n], {"Idempotency-Key": f"key-{n}"}) for n, citizen in enumerate(citizens)
        ]
        # Half of them hang up in the middle of their sentence.
        said = [request if n % 2 else request[: len(request) // 2] for n, request in enumerate(requests)]
        database = server.get_child("mongodb")
        database.suspend()
        lines = [await say(server, request) for request in said]
        # Answered later than the others were read, on a line of its own.
        assert (await town.line.client.get("/healthz")).status_code == 200
        for line in lines:
            line.transport.abort()
        database.resume()

        assert (await latecomer.book(slot_id, party(1))).status == 201
        # No place is held for somebody who has left, even if their sentence was finished.
        async with asyncio.timeout(30):
            while await town.places_left(slot_id) != 1000 - 1:
                pass
        answers = await asyncio.gather(
            *(
                citizen.book(slot_id, wish["visitors"], f"key-{n}")  # type: ignore[arg-type]  # a list, as above
                for n, (citizen, wish) in enumerate(zip(citizens, wishes, strict=True))
            )
        )
        assert {answer.status for answer in answers} == {201}
        assert await town.places_left(slot_id) == 1000 - 2 * MANY - 1
        assert await audit(town.database) == []
        assert town.line.faults == []
    assert server.stop() == 0
    log = server.log("worker-0")
    assert "defect" not in log
    assert "drain_cut_short" not in log
