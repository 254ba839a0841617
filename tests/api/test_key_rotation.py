"""Keys that change while codes are out and gates are open; on a server of its own, as others count on key 1."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from base45 import b45decode

from services.common.clock import SystemClock
from services.keys.book import KeyBook
from services.keys.model import Key, KeyAlgorithm, KeyPurpose, Keys, KeyState, RevocationReason
from services.keys.rotating import Rotating
from services.reservations.entry_keys import EntryKeys
from tests.api.codes import Forge, pass_of, present_step, redraw, ring
from tests.api.conftest import NO_LIMITS, REVOKED_KID, open_house
from tests.api.house import Caller, House, accepted, party
from tests.api.test_admissions import new_reservation, window
from tests.processes import Stores, fresh_database_name

ENTRY = KeyPurpose.ENTRY_SIGNING
# Both processes look every 0.75 s, and a new key signs from their second look on; the rest is for a busy machine.
PATIENCE_S = 10.0
KID_BYTE = 2
WALKING = 12


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    environment = {**stores.environment(fresh_database_name()), **NO_LIMITS}
    async with open_house(environment, tmp_path_factory.mktemp("rotation") / "data") as house:
        yield house


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


@pytest.fixture
def rotating(house: House) -> Rotating:
    return Rotating(store=house.stores.keys, clock=SystemClock())


async def booked(house: House) -> tuple[Caller, str]:
    citizen = await house.citizen()
    return citizen, (await citizen.book((await house.running_slot())["id"], party(2)))["id"]


async def drawn(citizen: Caller, reservation_id: str) -> dict[str, Any]:
    issued: dict[str, Any] = accepted(await citizen.get(f"/reservations/{reservation_id}/entry-code"))
    return issued


def kid_of(code: str) -> int:
    """Return the number of the key; below 24 it is one byte of CBOR."""
    return int(b45decode(code.removeprefix("CC1:"))[KID_BYTE])


async def until_signed_by(kid: int, citizen: Caller, reservation_id: str) -> float:
    """Wait until both processes sign with key `kid`; return the seconds that took."""
    began = time.monotonic()
    in_a_row = 0
    while in_a_row < 12:
        in_a_row = in_a_row + 1 if kid_of((await drawn(citizen, reservation_id))["code"]) == kid else 0
        assert time.monotonic() - began < PATIENCE_S
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def published(house: House) -> set[str]:
    return {key["kid"] for key in (await house.client.get("/.well-known/jwks.json")).json()["keys"]}


async def reason_of(gate: Caller, house: House, code: str) -> str | None:
    reason: str | None = accepted(await gate.scan(house.entrances[0], code))["reason"]
    return reason


async def test_a_code_of_before_a_rotation_is_good_after_it(house: House, gate: Caller, rotating: Rotating) -> None:
    citizen, reservation_id = await booked(house)
    early = await drawn(citizen, reservation_id)
    added = await rotating.rotate(ENTRY)
    await until_signed_by(added.kid, citizen, reservation_id)
    assert kid_of(early["code"]) != added.kid
    assert await reason_of(gate, house, redraw(early, present_step())) is None
    other, of_other = await booked(house)
    assert await reason_of(gate, house, (await drawn(other, of_other))["code"]) is None
    assert await published(house) >= {f"entry-{kid_of(early['code'])}", f"entry-{added.kid}"}


async def test_no_gate_meets_a_code_by_a_key_that_it_has_not_heard_of(
    house: House, gate: Caller, rotating: Rotating
) -> None:
    citizen, reservation_id = await booked(house)
    seen: set[tuple[int, str | None]] = set()

    async def walk_in_for(seconds: float) -> None:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            code = (await drawn(citizen, reservation_id))["code"]
            seen.add((kid_of(code), await reason_of(gate, house, code)))

    # Many at once, so that the process that draws a code is often not the one that reads it.
    walking = asyncio.gather(*(walk_in_for(3) for _ in range(WALKING)))
    await asyncio.sleep(0.5)
    before = {kid for kid, _ in seen}
    added = await rotating.rotate(ENTRY)
    await walking
    assert {kid for kid, _ in seen} == before | {added.kid}
    assert {reason for _, reason in seen} <= {None, "already_admitted"}


async def test_what_a_revoked_key_signed_is_refused_and_new_codes_are_good(
    house: House, gate: Caller, rotating: Rotating
) -> None:
    citizen, reservation_id = await booked(house)
    early = await drawn(citizen, reservation_id)
    kid = kid_of(early["code"])
    successor = await rotating.revoke(ENTRY, kid, RevocationReason.COMPROMISED)
    assert successor is not None
    await until_signed_by(successor.kid, citizen, reservation_id)
    for _ in range(6):
        assert await reason_of(gate, house, redraw(early, present_step())) == "revoked"
    assert await reason_of(gate, house, (await drawn(citizen, reservation_id))["code"]) is None
    names = await published(house)
    assert f"entry-{successor.kid}" in names
    assert not names & {f"entry-{kid}", f"entry-{REVOKED_KID}"}


async def test_a_key_may_be_of_sm2(house: House, gate: Caller, rotating: Rotating) -> None:
    citizen, reservation_id = await booked(house)
    early = await drawn(citizen, reservation_id)
    added = await rotating.rotate(ENTRY, KeyAlgorithm.SM2)
    await until_signed_by(added.kid, citizen, reservation_id)
    issued = await drawn(citizen, reservation_id)
    assert len(issued["code"]) == len(early["code"])
    assert await reason_of(gate, house, redraw(issued, present_step())) is None
    keys = (await house.client.get("/.well-known/jwks.json")).json()["keys"]
    assert {key["crv"] for key in keys if key["kid"] == f"entry-{added.kid}"} == {"SM2"}
    other, of_other = await booked(house)
    await rotating.rotate(ENTRY, KeyAlgorithm.ED25519)
    await until_signed_by(added.kid + 1, other, of_other)
    other_code = await drawn(other, of_other)
    assert await reason_of(gate, house, other_code["code"]) is None


async def test_codes_of_another_environment_are_none(house: House, gate: Caller) -> None:
    """A test system with keys of its own, whose numbers may be ours as well."""
    ours = {key.kid: key for key in (await house.stores.keys.load()).of(ENTRY)}
    good = [kid for kid, key in ours.items() if key.state is not KeyState.REVOKED]
    for kid, expected in ((good[0], "bad_signature"), (good[-1], "bad_signature"), (max(ours) + 1, "unknown_key")):
        forge = Forge(EntryKeys(KeyBook(foreign_keys(kid))), ring(kid, bytes(32)))
        entry_pass = pass_of(new_reservation(), house.venue["id"], window(), kid=kid)
        for code in (
            forge.code(entry_pass, datetime.now(UTC)),
            forge.code_by_withdrawn_key(entry_pass, datetime.now(UTC)),
        ):
            assert await reason_of(gate, house, code) == expected


def foreign_keys(kid: int) -> Keys:
    now = datetime.now(UTC)
    return Keys(
        all=tuple(
            Key(purpose=purpose, kid=kid, state=KeyState.ACTIVE, secret=bytes([9]) * 32, created_at=now)
            for purpose in KeyPurpose
        )
    )
