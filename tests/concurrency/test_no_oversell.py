"""500 people, 200 places, three server processes, random cancellations: exactly right, thanks to the guard."""

import json
import re
from pathlib import Path

from server.embedded import python_command
from tests.concurrency.rush import rush
from tests.concurrency.town import NO_LIMITS, visit
from tests.processes import ServerProcess, Stores, end, fresh_database_name, launch_server, run_server

THREE = ("--workers", "3")
SEED = 20261121


async def test_a_rush_on_a_slot_ends_exactly_right(stores: Stores, tmp_path: Path) -> None:
    environment = NO_LIMITS | stores.environment(fresh_database_name())
    with run_server(tmp_path / "data", arguments=THREE, environment=environment) as server:
        await_all(server)
        async with visit(server) as town:
            outcome = await rush(town, SEED)
        assert outcome.findings == []
        # It was a rush: places came back, people were turned away, and every process took bookings.
        assert outcome.cancellations > 20
        assert outcome.turned_away > 200
        assert outcome.looks > 10
        assert all(_bookings(server, f"worker-{index}") > 0 for index in range(3))


async def test_the_same_rush_oversells_without_the_guard(stores: Stores, tmp_path: Path) -> None:
    environment = NO_LIMITS | stores.environment(fresh_database_name())
    program = python_command("tests.concurrency.unguarded")
    server = launch_server(tmp_path / "data", arguments=THREE, environment=environment, program=program)
    try:
        server.await_ready()
        await_all(server)
        async with visit(server) as town:
            outcome = await rush(town, SEED)
    finally:
        end(server)
    assert any(re.search(r"is oversold: \d+ booked of 200 places", finding) for finding in outcome.findings)
    at_once = [re.match(r"at one instant, (\d+) of 200 were booked", finding) for finding in outcome.findings]
    assert max(int(found[1]) for found in at_once if found) > 200


def await_all(server: ServerProcess) -> None:
    """Wait for the slowest process: a crowd keeps its connections, and none of them would be its."""
    for index in range(3):
        server.await_log(f"worker-{index}", '"serving"')


def _bookings(server: ServerProcess, worker: str) -> int:
    requests = (json.loads(line) for line in server.log(worker).splitlines() if line.startswith("{"))
    return sum(one.get("route") == "/api/v1/reservations" and one.get("status") == 201 for one in requests)
