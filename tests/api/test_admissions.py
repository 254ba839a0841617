"""Scans at the gate: who is let in, who is not, and why."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from qr.entry_code import EntryForm
from tests.api.codes import Forge, changed, pass_of, present_step, redraw
from tests.api.conftest import REVOKED_KID
from tests.api.house import Caller, House, accepted, instant, party, refused, unique

HOUR = timedelta(hours=1)
UNKNOWN_KID = 200


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


@pytest.fixture(scope="module")
async def forge(house: House) -> Forge:
    return await Forge.of(house, REVOKED_KID)


async def visit(house: House, size: int) -> tuple[Caller, dict[str, Any]]:
    """Return a citizen with a party that may enter now."""
    citizen = await house.citizen()
    return citizen, await citizen.book((await house.running_slot())["id"], party(size))


def window(starts_in: timedelta = timedelta(0)) -> tuple[datetime, datetime]:
    starts_at = datetime.now(UTC).replace(second=0, microsecond=0) + starts_in
    return starts_at, starts_at + HOUR


def new_reservation() -> str:
    return f"rsv_{ULID()}"


async def test_a_party_walks_in_once(house: House, gate: Caller) -> None:
    citizen, booked = await visit(house, 3)
    code = await citizen.code_of(booked["id"])
    first = accepted(await gate.scan(house.entrances[0], code))
    assert first == {
        "decision": "admitted",
        "reason": None,
        "reservation_id": booked["id"],
        "admitted_now": 3,
        "admitted_count": 3,
        "party_size": 3,
        "left_now": 0,
        "left_count": 0,
        "starts_at": booked["starts_at"],
        "ends_at": booked["ends_at"],
        "scanned_at": first["scanned_at"],
    }
    assert abs(instant(first["scanned_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    second = accepted(await gate.scan(house.entrances[1], await citizen.code_of(booked["id"])))
    assert (second["decision"], second["reason"]) == ("refused", "already_admitted")
    assert (second["admitted_now"], second["admitted_count"]) == (0, 3)
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 3
    refused(await citizen.post(f"/reservations/{booked['id']}/cancel"), 409, "visit_begun")
    assert "visit.admitted" in await house.events(booked["id"])


async def test_a_party_may_come_in_parts(house: House, gate: Caller) -> None:
    citizen, booked = await visit(house, 4)

    async def enter(count: int | None) -> tuple[str, int, int]:
        code = await citizen.code_of(booked["id"])
        scan = accepted(await gate.scan(house.entrances[0], code, count=count))
        return scan["reason"] or scan["decision"], scan["admitted_now"], scan["admitted_count"]

    refused(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"]), count=5), 422, "count_too_large")
    assert await enter(1) == ("admitted", 1, 1)
    assert await enter(2) == ("admitted", 2, 3)
    refused(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"]), count=2), 422, "count_too_large")
    assert await enter(None) == ("admitted", 1, 4)
    assert await enter(1) == ("already_admitted", 0, 4)


async def test_scans_that_arrive_together_each_get_their_own_answer(house: House, gate: Caller, forge: Forge) -> None:
    citizen, cancelled = await visit(house, 2)
    code_of_cancelled = await citizen.code_of(cancelled["id"])
    accepted(await citizen.post(f"/reservations/{cancelled['id']}/cancel"))
    passes = [pass_of(new_reservation(), house.venue["id"], window()) for _ in range(2)]
    codes = [forge.code(entry_pass, datetime.now(UTC)) for entry_pass in passes]
    nonce, entrance = unique("together"), house.entrances[0]
    answers = await asyncio.gather(
        gate.scan(entrance, codes[0], nonce=nonce),
        gate.scan(entrance, codes[0], nonce=nonce),
        gate.scan(entrance, codes[0], count=3),
        gate.scan(entrance, code_of_cancelled),
        gate.scan(entrance, changed(codes[1], -76)),
        gate.scan(house.exit, codes[1]),
        gate.scan(entrance, codes[1], count=1),
        gate.scan(entrance, codes[1], count=1),
        gate.scan("gat_01JD0000000000000000000000", codes[1]),
    )
    assert accepted(answers[0]) == accepted(answers[1])
    # Of a party of two nobody lets in three, before they are inside or after.
    assert answers[2].json().get("code", answers[2].json().get("reason")) in {"count_too_large", "already_admitted"}
    assert [accepted(one)["reason"] for one in answers[3:6]] == ["cancelled", "bad_signature", "wrong_gate"]
    assert sorted(accepted(one)["admitted_count"] for one in answers[6:8]) == [1, 2]
    refused(answers[8], 404, "gate_not_found")
    refused(await gate.scan(entrance, codes[1], nonce=nonce), 409, "nonce_reused")


async def test_a_party_scanned_at_all_gates_at_once_enters_once(house: House, gate: Caller) -> None:
    citizen, booked = await visit(house, 3)
    code = await citizen.code_of(booked["id"])
    answers = await asyncio.gather(*(gate.scan(house.entrances[number % 2], code, count=1) for number in range(12)))
    decisions = [accepted(answer)["decision"] for answer in answers]
    assert decisions.count("admitted") == 3
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 3


async def test_the_same_nonce_gets_the_same_answer(house: House, gate: Caller) -> None:
    citizen, booked = await visit(house, 2)
    code, nonce = await citizen.code_of(booked["id"]), unique("again")
    answers = await asyncio.gather(*(gate.scan(house.entrances[0], code, nonce=nonce) for _ in range(6)))
    answers.append(await gate.scan(house.entrances[0], code, nonce=nonce))
    assert accepted(answers[0])["admitted_now"] == 2
    assert [accepted(answer) for answer in answers] == [answers[0].json()] * 7
    assert await house.count("scans", _id=f"{house.entrances[0]}:{nonce}") == 1


async def test_a_refusal_too_is_repeated_under_its_nonce(house: House, gate: Caller) -> None:
    nonce = unique("refused")
    first = accepted(await gate.scan(house.entrances[0], "CC1:JUNK", nonce=nonce))
    assert first["reason"] == "malformed"
    assert accepted(await gate.scan(house.entrances[0], "CC1:JUNK", nonce=nonce)) == first


async def test_a_nonce_is_for_one_code(house: House, gate: Caller) -> None:
    (citizen, booked), (other, other_booked) = await visit(house, 1), await visit(house, 1)
    nonce = unique("reused")
    accepted(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"]), nonce=nonce))
    answer = await gate.scan(house.entrances[0], await other.code_of(other_booked["id"]), nonce=nonce)
    refused(answer, 409, "nonce_reused")
    assert accepted(await other.get(f"/reservations/{other_booked['id']}"))["admitted_count"] == 0
    # At another gate it is another device's nonce.
    scan = accepted(await gate.scan(house.entrances[1], await other.code_of(other_booked["id"]), nonce=nonce))
    assert scan["decision"] == "admitted"


async def test_a_cancelled_reservation_opens_no_gate(house: House, gate: Caller) -> None:
    citizen, booked = await visit(house, 2)
    code = await citizen.code_of(booked["id"])
    accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))
    scan = accepted(await gate.scan(house.entrances[0], code))
    assert (scan["decision"], scan["reason"], scan["admitted_count"]) == ("refused", "cancelled", 0)


async def test_a_gate_that_is_a_way_out_lets_nobody_in(house: House, gate: Caller) -> None:
    citizen, booked = await visit(house, 1)
    scan = accepted(await gate.scan(house.exit, await citizen.code_of(booked["id"])))
    assert (scan["decision"], scan["reason"]) == ("refused", "wrong_gate")


async def test_another_venues_visitor_is_sent_away_and_nothing_of_the_visit_shown(house: House, gate: Caller) -> None:
    citizen = await house.citizen()
    booked = await citizen.book(await house.add_slot(starts_in=timedelta(0), lasts=HOUR), party(2))
    scan = accepted(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"])))
    assert (scan["decision"], scan["reason"]) == ("refused", "wrong_venue")
    assert (scan["reservation_id"], scan["party_size"], scan["starts_at"], scan["ends_at"]) == (None, 0, None, None)


async def test_who_comes_days_early_waits(house: House, gate: Caller) -> None:
    citizen = await house.citizen()
    booked = await citizen.book(house.later_slot(), party(1))
    scan = accepted(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"])))
    assert (scan["decision"], scan["reason"]) == ("refused", "too_early")
    assert scan["starts_at"] == booked["starts_at"]


@pytest.mark.parametrize(
    ("starts_in_min", "expected"), [(60, "too_early"), (32, "too_early"), (28, None), (-73, None), (-77, "too_late")]
)
async def test_the_gate_opens_half_an_hour_before_and_closes_a_quarter_after(
    house: House, gate: Caller, forge: Forge, starts_in_min: int, expected: str | None
) -> None:
    entry_pass = pass_of(new_reservation(), house.venue["id"], window(timedelta(minutes=starts_in_min)))
    scan = accepted(await gate.scan(house.entrances[0], forge.code(entry_pass, datetime.now(UTC))))
    assert scan["reason"] == expected


@pytest.mark.parametrize("drift", [-2, -40, 3, 240])
async def test_a_screenshot_or_a_wrong_clock_is_stale(house: House, gate: Caller, drift: int) -> None:
    citizen, booked = await visit(house, 1)
    issued = accepted(await citizen.get(f"/reservations/{booked['id']}/entry-code"))
    # Two steps back stay two or more whatever the time; ahead there is one step to spare.
    scan = accepted(await gate.scan(house.entrances[0], redraw(issued, present_step() + drift)))
    assert (scan["decision"], scan["reason"]) == ("refused", "stale_code")
    assert scan["reservation_id"] is None


# In the mac, the step, the signature's end and beginning, and the reservation id.
@pytest.mark.parametrize("place", [-1, -9, -13, -76, 5])
async def test_one_changed_bit_is_noticed(house: House, gate: Caller, place: int) -> None:
    citizen, booked = await visit(house, 1)
    scan = accepted(await gate.scan(house.entrances[0], changed(await citizen.code_of(booked["id"]), place)))
    assert (scan["decision"], scan["reason"]) == ("refused", "bad_signature")
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 0


async def test_a_strangers_signature_opens_nothing(house: House, gate: Caller, forge: Forge) -> None:
    now = datetime.now(UTC)
    entry_pass = pass_of(new_reservation(), house.venue["id"], window())
    scan = accepted(await gate.scan(house.entrances[0], forge.code_by_strangers_key(entry_pass, now)))
    assert scan["reason"] == "bad_signature"


async def test_a_key_that_was_never_ours_is_unknown(house: House, gate: Caller, forge: Forge) -> None:
    now = datetime.now(UTC)
    entry_pass = pass_of(new_reservation(), house.venue["id"], window(), kid=UNKNOWN_KID)
    scan = accepted(await gate.scan(house.entrances[0], forge.code_by_strangers_key(entry_pass, now)))
    assert scan["reason"] == "unknown_key"


async def test_a_withdrawn_key_opens_nothing_any_more(house: House, gate: Caller, forge: Forge) -> None:
    now = datetime.now(UTC)
    entry_pass = pass_of(new_reservation(), house.venue["id"], window(), kid=REVOKED_KID)
    scan = accepted(await gate.scan(house.entrances[0], forge.code_by_withdrawn_key(entry_pass, now)))
    assert scan["reason"] == "revoked"


async def test_a_paper_slip_is_not_taken_without_the_document(house: House, gate: Caller, forge: Forge) -> None:
    entry_pass = pass_of(new_reservation(), house.venue["id"], window(), form=EntryForm.PAPER)
    problem = refused(await gate.scan(house.entrances[0], forge.slip(entry_pass)), 422, "document_tail_needed")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("document_tail", "required")]


@pytest.mark.parametrize(
    "code",
    [
        "x",
        " ",
        "CC1:",
        "CC1:%%%",
        "cc1:0000",
        "https://example.org",
        "𠮷",
        "\u0000",
        "\n" * 50,
        "CC1:" + "0" * 1996,
        "０",
    ],
)
async def test_what_is_no_code_is_malformed(house: House, gate: Caller, code: str) -> None:
    scan = accepted(await gate.scan(house.entrances[0], code))
    assert (scan["decision"], scan["reason"], scan["party_size"]) == ("refused", "malformed", 0)


async def test_a_gate_outside_ones_scope_does_not_exist(house: House, gate: Caller) -> None:
    for gate_id in (house.side_venue["gates"][0]["id"], "gat_01JD0000000000000000000000"):
        refused(await gate.scan(gate_id, "CC1:JUNK"), 404, "gate_not_found")
    manager = await house.staff("manager")
    assert accepted(await manager.scan(house.entrances[0], "CC1:JUNK"))["reason"] == "malformed"
    refused(await manager.scan(house.side_venue["gates"][0]["id"], "CC1:JUNK"), 404, "gate_not_found")


@pytest.mark.parametrize("username", ["inspector", "district", "admin", "auditor"])
async def test_other_staff_scan_nothing(house: House, username: str) -> None:
    citizen, booked = await visit(house, 1)
    person = await house.staff(username)
    code = await citizen.code_of(booked["id"])
    refused(await person.scan(house.entrances[0], code), 403, "role_forbidden")
    refused(await citizen.scan(house.entrances[0], code), 403, "role_forbidden")
    refused(await house.nobody.scan(house.entrances[0], code), 401, "token_missing")
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 0
