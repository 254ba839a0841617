"""The live view over HTTP: told at once, told when it changes, and nothing is lost by looking away."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.gates import new_device, revoke
from tests.api.house import Caller, House, accepted, party, refused
from tests.api.screens import watching

NOWHERE = "ven_01JD0000000000000000000000"


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


async def admit(house: House, gate: Caller, size: int, gate_id: str | None = None) -> None:
    """Let a party in that books now."""
    citizen = await house.citizen()
    made = await citizen.book(str((await house.running_slot())["id"]), party(size))
    scan = accepted(await gate.scan(gate_id or house.entrances[0], await citizen.code_of(made["id"])))
    assert scan["decision"] == "admitted"


async def occupancy(house: House, caller: Caller) -> dict[str, Any]:
    state: dict[str, Any] = accepted(await caller.get(f"/venues/{house.venue['id']}/occupancy"))
    return state


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two states have the same totals; bookings of other tests go on."""
    return all(one[name] == other[name] for name in ("version", "admitted", "left", "inside", "gates"))


async def test_a_screen_is_told_at_once_and_again_when_somebody_enters(house: House, gate: Caller) -> None:
    async with watching(gate, house.venue["id"]) as screen:
        first = await screen.event()
        assert first is not None
        assert first.fields == {"retry": "2000"}
        before = await screen.state()
        assert [one["gate_id"] for one in before["gates"]] == [one["id"] for one in house.venue["gates"]]
        await admit(house, gate, 2)
        after = await screen.until(lambda state: state["admitted"] == before["admitted"] + 2)
        assert after["inside"] == before["inside"] + 2
        assert after["version"] > before["version"]
        counted = {one["gate_id"]: one["admitted"] for one in before["gates"]}
        now_counted = {one["gate_id"]: one["admitted"] for one in after["gates"]}
        assert now_counted[house.entrances[0]] == counted[house.entrances[0]] + 2
        slot_id = (await house.running_slot())["id"]
        [slot] = [one for one in after["slots"] if one["slot_id"] == slot_id]
        assert slot["booked"] >= slot["admitted"] >= 2
        assert same(await occupancy(house, gate), after)


async def test_what_was_missed_is_told_on_coming_back(house: House, gate: Caller) -> None:
    async with watching(gate, house.venue["id"]) as screen:
        before = await screen.state()
    await admit(house, gate, 1)
    await admit(house, gate, 3, house.entrances[1])
    expected = await occupancy(house, gate)
    assert expected["admitted"] == before["admitted"] + 4
    for headers in ({}, {"Last-Event-ID": str(before["version"])}):
        async with watching(gate, house.venue["id"], **headers) as screen:
            assert same(await screen.until(lambda state: state["version"] >= expected["version"]), expected)


async def test_all_who_watch_are_told_the_same_by_all_processes(house: House, gate: Caller) -> None:
    async def follow(version: int) -> Mapping[str, Any]:
        async with watching(gate, house.venue["id"]) as screen:
            return await screen.until(lambda state: state["version"] > version)

    version = (await occupancy(house, gate))["version"]
    screens = [asyncio.create_task(follow(version)) for _ in range(6)]
    await asyncio.sleep(0.5)
    await admit(house, gate, 1)
    expected = await occupancy(house, gate)
    assert all(same(state, expected) for state in await asyncio.gather(*screens))


async def test_expected_are_those_who_have_booked_and_not_come(house: House, gate: Caller) -> None:
    before = await occupancy(house, gate)
    citizen = await house.citizen()
    made = await citizen.book(str((await house.running_slot())["id"]), party(3))
    async with watching(gate, house.venue["id"]) as screen:
        await screen.until(lambda state: state["expected_now"] >= before["expected_now"] + 3)
        await gate.scan(house.entrances[0], await citizen.code_of(made["id"]), count=1)
        await screen.until(lambda state: state["admitted"] == before["admitted"] + 1)


async def test_a_session_that_ends_ends_the_stream(house: House) -> None:
    leaver = await house.staff("gate")
    async with watching(leaver, house.venue["id"]) as screen:
        await screen.state()
        assert (await leaver.post("/auth/logout")).status_code == 204
        assert await screen.end() == "session_ended"
    refused(await leaver.get(f"/venues/{house.venue['id']}/live"), 401, "session_ended")


async def test_a_revoked_device_is_told_no_more(house: House) -> None:
    manager = await house.staff("manager")
    device = await new_device(house, manager)
    async with watching(device, house.venue["id"]) as screen:
        state = await screen.until(lambda state: device.id in {one["id"] for one in state["devices"]})
        assert {"name", "queued", "skew_ms", "last_seen_at"} <= state["devices"][0].keys()
        accepted(await revoke(manager, device.id))
        assert await screen.end() == "session_ended"


async def test_who_loses_the_role_is_told_no_more(house: House) -> None:
    database = house.stores.mongo.client[house.config.mongodb.database]
    loser = await house.staff("manager")
    async with watching(loser, house.venue["id"]) as screen:
        await screen.state()
        staff = {"_id": loser.tokens["actor"]["id"]}
        await database["staff"].update_one(staff, {"$set": {"active": False}})
        try:
            assert await screen.end() == "session_ended"
        finally:
            await database["staff"].update_one(staff, {"$set": {"active": True}})


async def test_the_view_is_for_staff_of_the_venue(house: House, gate: Caller) -> None:
    citizen, auditor = await house.citizen(), await house.staff("auditor")
    for path in ("live", "occupancy"):
        own = f"/venues/{house.venue['id']}/{path}"
        refused(await house.nobody.get(own), 401, "token_missing")
        refused(await citizen.get(own), 403, "role_forbidden")
        refused(await auditor.get(own), 403, "role_forbidden")
        refused(await gate.get(f"/venues/{house.side_venue['id']}/{path}"), 404, "venue_not_found")
        refused(await gate.get(f"/venues/{NOWHERE}/{path}"), 404, "venue_not_found")
        refused(await gate.get(own, params={"since": "1"}), 422, "fields_invalid")
        head = await gate.ask("HEAD", own)
        assert (head.status_code, head.content) == (200, b"")


async def test_an_account_has_only_so_many_screens(house: House) -> None:
    watcher = await house.staff("manager")
    async with asyncio.timeout(60):
        open_ones = [watching(watcher, house.venue["id"]) for _ in range(25)]
        problems = []
        entered = []
        for one in open_ones:
            try:
                screen = await one.__aenter__()
            except AssertionError as error:
                problems.append(str(error))
            else:
                entered.append((one, screen))
        # Ten a process, and there are two.
        assert 10 <= len(entered) <= 20
        assert all("streams_too_many" in problem for problem in problems)
        for one, screen in entered:
            await screen.state()
            await one.__aexit__(None, None, None)
    async with asyncio.timeout(20):
        while True:
            try:
                async with watching(watcher, house.venue["id"]) as screen:
                    await screen.state()
                    return
            except AssertionError:
                await asyncio.sleep(0.2)
