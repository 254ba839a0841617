"""Clients that hang up while they wait: the work for them ends at once, is counted, and leaves nothing behind."""

import asyncio
import json
import re

from tests.concurrency.lines import booking_request, say
from tests.concurrency.town import API, NO_LIMITS, Person, Town, party, visit
from tests.conftest import StartServer
from tests.processes import ServerProcess

MANY = 12
WITHIN_S = 30.0
SIGNS_OF_DEFECTS = ('"defect"', "Traceback", "Exception", "never retrieved", "never awaited", "drain_cut_short")
COUNTED = re.compile(r'chengma_http_requests_total\{method="POST",route="/api/v1/reservations",status="(\d+)"\} (\d+)')


def wish_of(person: Person, slot_id: str) -> bytes:
    """Return the bytes of a request for one place."""
    return booking_request(person, {"slot_id": slot_id, "visitors": party(1)}, {})


async def counted(town: Town) -> dict[str, int]:
    """Return how many booking requests have ended, by status."""
    text = (await town.line.client.get("/metrics")).text
    return {status: int(count) for status, count in COUNTED.findall(text)}


async def until_counted(town: Town, status: str, count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (await counted(town)).get(status, 0) != count:
            pass


def logged(server: ServerProcess) -> list[int]:
    """Return the statuses of all booking requests in the log."""
    entries = [json.loads(line) for line in server.log("worker-0").splitlines()]
    return [one["status"] for one in entries if one.get("route") == f"{API}/reservations"]


async def test_nobody_queues_for_a_client_who_has_left(start_server: StartServer) -> None:
    server = start_server("--workers", "1", environment=NO_LIMITS)
    async with visit(server) as town:
        leavers, latecomer = await town.citizens(MANY), await town.citizen()
        slot_id = await town.add_slot(100)
        database = server.get_child("mongodb")
        database.suspend()
        lines = [await say(server, wish_of(person, slot_id)) for person in leavers]
        unfinished = await say(server, wish_of(leavers[0], slot_id)[:-1])
        # Answered later than the others were read, on a line of its own.
        assert (await town.line.client.get("/healthz")).status_code == 200
        assert await counted(town) == {}
        for line in [*lines, unfinished]:
            line.transport.abort()
        # The database is still away: nobody waits for it any more.
        await until_counted(town, "499", MANY)
        database.resume()

        assert (await latecomer.book(slot_id, party(1))).status == 201
        async with asyncio.timeout(WITHIN_S):
            while await town.places_left(slot_id) != 99:
                pass
        assert await counted(town) == {"499": MANY, "201": 1}
    assert server.stop() == 0
    log = server.log("worker-0")
    assert sorted(logged(server)) == [201] + [499] * MANY
    assert not [sign for sign in SIGNS_OF_DEFECTS if sign in log]


async def test_who_stays_is_answered_though_others_of_the_same_moment_leave(start_server: StartServer) -> None:
    server = start_server("--workers", "1", environment=NO_LIMITS)
    async with visit(server) as town:
        leavers, stayers = await town.citizens(MANY), await town.citizens(MANY)
        slot_id = await town.add_slot(MANY)
        database = server.get_child("mongodb")
        database.suspend()
        lines = [await say(server, wish_of(person, slot_id)) for person in leavers]
        booking = [asyncio.create_task(person.book(slot_id, party(1))) for person in stayers]
        assert (await town.line.client.get("/healthz")).status_code == 200
        for line in lines:
            line.transport.abort()
        await until_counted(town, "499", MANY)
        database.resume()
        # There are places for them alone: whoever left holds none.
        assert [answer.status for answer in await asyncio.gather(*booking)] == [201] * MANY
        assert town.line.faults == []
    assert server.stop() == 0
    assert not [sign for sign in SIGNS_OF_DEFECTS if sign in server.log("worker-0")]
