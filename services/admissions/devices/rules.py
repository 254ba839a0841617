"""Decisions about gate devices, free of input and output."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from nacl.bindings import crypto_core_ed25519_is_valid_point

from qr.keyring import Keyring, KeyState, VerifyKey
from services.admissions.devices.errors import (
    DeviceKeyUnusable,
    EnrolmentCodeExpired,
    EnrolmentCodeRefused,
    EnrolmentCodeUsed,
    TooManyDevices,
)
from services.admissions.devices.model import MOST_DEVICES, DeviceState, GateDevice

# Crockford's base32: no I, L, O or U, so that a code can be read aloud and typed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
CODE_CHARACTERS = 10  # 50 random bits
HALF = CODE_CHARACTERS // 2
CODE_LASTS = timedelta(minutes=30)
# A pending device that nobody enrolled is forgotten then.
FORGET_PENDING = timedelta(days=1)
# Beyond this a clock wants setting: codes change every 30 s, and the gate takes one step more on each side.
CLOCK_WRONG_BY_MS = 30_000
KEY_BYTES = 32


def new_code() -> str:
    """Return ten characters in two halves, such as `K7QF2-9MXTB`."""
    characters = [secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS)]
    return "".join([*characters[:HALF], "-", *characters[HALF:]])


def code_as_kept(typed: str) -> str:
    """Return a code as its digest is taken: without blanks and hyphens, in capitals, misread letters put right."""
    return typed.upper().translate(MISREAD)


def skew_ms(now: datetime, device_time: datetime) -> int:
    """Return the server's time minus the device's in milliseconds: what the device must add to its clock."""
    return round((now - device_time) / timedelta(milliseconds=1))


def is_clock_wrong(skew: int) -> bool:
    """Tell whether a clock is so far off that somebody should set it."""
    return abs(skew) > CLOCK_WRONG_BY_MS


def trusted(keyring: Keyring) -> tuple[VerifyKey, ...]:
    """Return the keys that a pack may be signed with."""
    return tuple(key for key in keyring.verify_keys.values() if key.state is not KeyState.REVOKED)


def ensure_key(public_key: bytes) -> None:
    """Raise DeviceKeyUnusable unless these are a point of the right order (RFC 8032, section 5.1.3)."""
    if len(public_key) != KEY_BYTES or not crypto_core_ed25519_is_valid_point(public_key):
        raise DeviceKeyUnusable


def ensure_enrollable(device: GateDevice | None, now: datetime) -> GateDevice:
    """Return the device behind a code that is good now.

    Raises EnrolmentCodeRefused, EnrolmentCodeUsed or EnrolmentCodeExpired: which one is only said to who has the code.
    """
    if device is None or (device.state is DeviceState.REVOKED and device.enrolled_at is None):
        raise EnrolmentCodeRefused
    if device.state is not DeviceState.PENDING:
        raise EnrolmentCodeUsed
    if device.code_expires_at <= now:
        raise EnrolmentCodeExpired
    return device


def ensure_room(devices: Sequence[GateDevice]) -> None:
    """Raise TooManyDevices when a venue has as many as it may have, not counting those that were revoked."""
    if sum(device.state is not DeviceState.REVOKED for device in devices) >= MOST_DEVICES:
        raise TooManyDevices
