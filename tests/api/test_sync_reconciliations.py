"""Reconciling with the main system over HTTP: asked for here, done by the sync process, reported."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.commands.sync_reconcile import add_arguments, exit_code, reconcile, report_lines, wish_of
from services.sync.model import RecordKind
from services.sync.reconciling.model import Asker, Progress, State
from tests.api.conftest import NO_LIMITS, SIGNS_OF_DEFECTS, open_house
from tests.api.house import House, accepted, party, refused
from tests.processes import Stores, fresh_database_name

PATH = "/admin/sync/reconciliations"
ENDED_WITHIN_S = 120.0


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A server with its sync process, which other tests do without."""
    environment = {**stores.environment(fresh_database_name()), **NO_LIMITS, "CHENGMA_SYNC_PROCESS": "true"}
    async with open_house(environment, tmp_path_factory.mktemp("house") / "data") as house:
        yield house
        assert not [sign for sign in SIGNS_OF_DEFECTS if sign in house.server.log("sync")]


async def ended(house: House, reconciliation_id: str) -> dict[str, Any]:
    """Wait until a reconciliation has come to its end."""
    admin = await house.staff("admin")
    deadline = time.monotonic() + ENDED_WITHIN_S
    while True:
        found: dict[str, Any] = accepted(await admin.get(f"{PATH}/{reconciliation_id}"))
        if found["state"] not in {State.REQUESTED, State.RUNNING}:
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.3)


async def ask(house: House, wish: dict[str, Any]) -> dict[str, Any]:
    """Ask for a reconciliation, after those that others asked for."""
    admin = await house.staff("admin")
    deadline = time.monotonic() + ENDED_WITHIN_S
    while (answer := await admin.post(PATH, json=wish)).status_code == 409:
        assert time.monotonic() < deadline
        refused(answer, 409, "reconciliation_under_way")
        await asyncio.sleep(0.3)
    found: dict[str, Any] = accepted(answer, 202)
    assert answer.headers["Location"] == f"/api/v1{PATH}/{found['id']}"
    return found


async def test_it_is_asked_for_and_done_by_the_sync_process(house: House) -> None:
    asked = await ask(house, {"kinds": ["slot", "outlet", "slot"]})
    assert (asked["state"], asked["by"], asked["wished_kinds"]) == ("requested", "api", ["slot", "outlet"])
    assert (asked["depth"], asked["treatment"], asked["differences"]) == ("sums", "repair", [])
    done = await ended(house, asked["id"])
    assert (done["state"], done["failure"]) == ("done", None)
    assert [report["kind"] for report in done["kinds"]] == ["slot", "outlet"]
    assert all(report["left"] == 0 for report in done["kinds"])
    assert done["asked_at"] <= done["started_at"] <= done["ended_at"]


async def test_no_kinds_at_all_are_none_to_reconcile(house: House) -> None:
    answer = await (await house.staff("admin")).post(PATH, json={"kinds": []})
    problem = refused(answer, 422, "fields_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("kinds", "too_short")]


async def test_the_latest_come_first_without_their_differences(house: House) -> None:
    ids = [(await ask(house, {"kinds": ["plate"], "treatment": "report"}))["id"] for _ in range(2)]
    await ended(house, ids[-1])
    for username in ("admin", "auditor"):
        items = accepted(await (await house.staff(username)).get(PATH))["items"]
        assert [one["id"] for one in items if one["id"] in ids] == ids[::-1]
        assert all("differences" not in one for one in items)


async def test_what_was_lost_there_is_sent_again(house: House) -> None:
    citizen = await house.citizen()
    booked = await citizen.book(house.later_slot(), party(1))
    wish = {"kinds": ["reservation"], "depth": "deep"}
    [first] = (await ended(house, (await ask(house, wish))["id"]))["kinds"]
    assert (first["left"], first["records"]) == (0, 1)
    main = house.stores.mongo.client[f"{house.config.mongodb.database}_main"][RecordKind.RESERVATION.value]
    there = await main.find_one({"sender": house.config.sync.instance})
    assert there is not None, "by the relay, or as untold"
    await main.delete_one({"_id": there["_id"]})
    # Its mark is seconds old, and it takes as many more until that is believed.
    second = await ended(house, (await ask(house, wish))["id"])
    [difference] = second["differences"]
    assert (difference["id"], difference["sort"], difference["repaired"]) == (there["_id"], "missing", True)
    assert booked["id"] not in str(second)
    assert await main.find_one({"_id": there["_id"]}) is not None


async def test_only_city_admins_ask_and_auditors_look(house: House) -> None:
    for username in ("auditor", "district", "gate"):
        refused(await (await house.staff(username)).post(PATH, json={}), 403, "role_forbidden")
    refused(await (await house.staff("district")).get(PATH), 403, "role_forbidden")
    refused(await house.nobody.get(PATH), 401, "token_missing")
    refused(
        await (await house.staff("auditor")).get(f"{PATH}/rec_01JD0000000000000000000000"),
        404,
        "reconciliation_not_found",
    )


async def test_the_command_reconciles_beside_the_server(house: House) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    heard: list[Progress] = []
    found = await reconcile(house.config, wish_of(parser.parse_args(["--kind", "outlet", "--deep"])), heard.append)
    assert (found.state, found.wish.by, found.kinds[0].kind) == (State.DONE, Asker.OPERATOR, RecordKind.OUTLET)
    assert {(one.kind, one.done, one.kinds) for one in heard} == {(RecordKind.OUTLET, 0, 1)}
    assert exit_code(found) == 0
    [header, line, *_] = report_lines(found)
    assert header.split()[:3] == ["kind", "ours", "theirs"]
    assert line.split()[0] == "outlet"
    assert (await ended(house, found.id))["by"] == "operator"
