"""Gate devices: codes that can be read aloud, keys that are keys, clocks, and who reads."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from services.admissions.devices.errors import (
    DeviceKeyUnusable,
    EnrolmentCodeExpired,
    EnrolmentCodeRefused,
    EnrolmentCodeUsed,
)
from services.admissions.devices.model import DeviceState, GateDevice
from services.admissions.devices.rules import (
    ALPHABET,
    CODE_LASTS,
    code_as_kept,
    ensure_enrollable,
    ensure_key,
    is_clock_wrong,
    new_code,
    skew_ms,
)
from services.admissions.readers import reader_of
from services.identity.model import Actor, Role
from services.identity.rules import is_device
from tests.factories import NOW


def device(**changes: object) -> GateDevice:
    fields: dict[str, object] = {
        "id": "dev_1",
        "venue_id": "ven_1",
        "name": "示例",
        "state": DeviceState.PENDING,
        "created_at": NOW,
        "created_by": "stf_1",
        "code_expires_at": NOW + CODE_LASTS,
    }
    return GateDevice(**(fields | changes))  # type: ignore[arg-type]  # as the store reads them


def actor(actor_id: str, role: Role = Role.GATE) -> Actor:
    return Actor(id=actor_id, role=role, scopes=(), session_id="ses_1")


def test_codes_are_fifty_random_bits_without_look_alikes() -> None:
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert len(ALPHABET) == 32
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code) for code in codes)
    assert {character for code in codes for character in code} == {*ALPHABET, "-"}


@given(st.text(alphabet=ALPHABET, min_size=10, max_size=10))
def test_however_a_code_is_typed_it_is_the_same(code: str) -> None:
    typed = f" {code[:5].lower()}-{code[5:]} ".replace("0", "O").replace("1", "l")
    assert code_as_kept(typed) == code


def test_a_code_is_good_once_and_for_a_time() -> None:
    assert ensure_enrollable(device(), NOW) == device()
    with pytest.raises(EnrolmentCodeRefused):
        ensure_enrollable(None, NOW)
    with pytest.raises(EnrolmentCodeRefused):
        ensure_enrollable(device(state=DeviceState.REVOKED), NOW)
    with pytest.raises(EnrolmentCodeUsed):
        ensure_enrollable(device(state=DeviceState.ENROLLED, enrolled_at=NOW), NOW)
    with pytest.raises(EnrolmentCodeUsed):
        ensure_enrollable(device(state=DeviceState.REVOKED, enrolled_at=NOW), NOW)
    with pytest.raises(EnrolmentCodeExpired):
        ensure_enrollable(device(), NOW + CODE_LASTS)


@pytest.mark.parametrize("key", [b"", b"\x00" * 32, b"\x01" + b"\x00" * 31, b"\xff" * 32, b"x" * 33])
def test_what_is_no_key(key: bytes) -> None:
    with pytest.raises(DeviceKeyUnusable):
        ensure_key(key)


def test_what_devices_make_is_a_key() -> None:
    for _ in range(50):
        ensure_key(bytes(SigningKey.generate().verify_key))


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_the_skew_puts_a_clock_right(off: timedelta) -> None:
    theirs = NOW + off
    assert abs(theirs + timedelta(milliseconds=skew_ms(NOW, theirs)) - NOW) <= timedelta(milliseconds=1)


def test_a_clock_is_wrong_beyond_thirty_seconds() -> None:
    assert [is_clock_wrong(skew) for skew in (-30_001, -30_000, 0, 30_000, 30_001)] == [True, False, False, False, True]


def test_a_device_reads_for_itself_and_staff_by_session() -> None:
    assert reader_of(actor("dev_1")) == reader_of(actor("dev_1"))
    assert (reader_of(actor("dev_1")).id, reader_of(actor("dev_1")).device_id) == ("dev_1", "dev_1")
    assert (reader_of(actor("stf_1")).id, reader_of(actor("stf_1")).device_id) == ("ses_1", None)


def test_only_gates_are_devices() -> None:
    assert is_device(actor("dev_1"))
    assert not is_device(actor("dev_1", Role.CITY_ADMIN))
    assert not is_device(actor("stf_1"))
