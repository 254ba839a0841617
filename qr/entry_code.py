"""Entry codes: signed once, redrawn every 15 seconds on a screen or printed once, checked at a gate.

`docs/codes.md` gives the layout to the byte. Whether the slot is now, and whether this gate may admit
it, are rules of the admission service: a code only proves what was booked.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NewType

from qr import gate_keys
from qr.codec import decode_text, encode_text
from qr.entry_pass import EPOCH, EntryForm, EntryPass, decode_pass, encode_pass
from qr.errors import BadSignature, MalformedCode, StaleCode
from qr.identifiers import venue_tag
from qr.keyring import Keyring, PublicKeyring
from qr.signing import SIGNATURE_BYTES, sign, verify

__all__ = [
    "DRIFT_STEPS",
    "PREFIX",
    "ROTATION_SECONDS",
    "EntryCode",
    "EntryForm",
    "EntryPass",
    "ReadCode",
    "Rotation",
    "SignedPass",
    "ensure_fresh",
    "paper_code",
    "read_entry_code",
    "screen_code",
    "sign_entry_pass",
    "venue_tag",
    "verify_entry_code",
]

PREFIX = "CC1:"
SIGNING_CONTEXT = b"chengma-entry-1"
ROTATION_SECONDS = 15
DRIFT_STEPS = 1
STEP_BYTES = 4
MAC_BYTES = 8
ROTATION_BYTES = STEP_BYTES + MAC_BYTES

EntryCode = NewType("EntryCode", str)
VenueDayKeyFor = Callable[[bytes, date], bytes]


@dataclass(frozen=True, kw_only=True)
class SignedPass:
    """A pass's payload (CBOR) and its 64-byte signature: what stays the same while a code rotates."""

    payload: bytes
    signature: bytes

    @property
    def body(self) -> bytes:
        """The bytes that a code begins with, in either form."""
        return self.payload + self.signature

    @property
    def form(self) -> EntryForm:
        """The form that was signed."""
        return decode_pass(self.payload).form


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """The moving part of a screen code: `step` counts 15 seconds since the Unix epoch, `mac` has 8 bytes."""

    step: int
    mac: bytes


@dataclass(frozen=True, kw_only=True)
class ReadCode:
    """A code whose signature is good; `rotation` is still unproven, and None on paper only."""

    entry_pass: EntryPass
    signed: SignedPass
    rotation: Rotation | None


def sign_entry_pass(entry_pass: EntryPass, keyring: Keyring) -> SignedPass:
    """Sign with the ring's active key; raises ValueError if the pass names another kid."""
    if entry_pass.kid != keyring.active.kid:
        raise ValueError("the pass names another key than the one that signs")
    payload = encode_pass(entry_pass)
    return SignedPass(payload=payload, signature=sign(keyring.active, context=SIGNING_CONTEXT, message=payload))


def screen_code(signed: SignedPass, rotation_key: bytes, now: datetime) -> EntryCode:
    """Return the text to draw during the 15-second step that `now` (aware) falls in.

    `rotation_key` is the reservation's, 32 bytes. Raises ValueError for a pass signed for paper.
    """
    _ensure_form(signed, EntryForm.SCREEN)
    step = _step_at(now)
    tail = step.to_bytes(STEP_BYTES, "big") + _mac(rotation_key, signed, step)
    return EntryCode(encode_text(PREFIX, signed.body + tail))


def paper_code(signed: SignedPass) -> EntryCode:
    """Return the text to print; raises ValueError for a pass signed for the screen."""
    _ensure_form(signed, EntryForm.PAPER)
    return EntryCode(encode_text(PREFIX, signed.body))


def read_entry_code(text: str, keyring: PublicKeyring) -> ReadCode:
    """Return what `text` says, its signature verified and its rotation not yet: see ensure_fresh.

    Enough for a gate to tell that a code belongs to another venue, whose day key it does not hold.
    Raises MalformedCode, UnknownKey, RevokedKey or BadSignature.
    """
    signed, rotation = _split(decode_text(PREFIX, text))
    entry_pass = decode_pass(signed.payload)
    key = keyring.find(entry_pass.kid)
    verify(key, context=SIGNING_CONTEXT, message=signed.payload, signature=signed.signature)
    return ReadCode(entry_pass=entry_pass, signed=signed, rotation=rotation)


def ensure_fresh(read: ReadCode, *, venue_day_key: bytes, now: datetime) -> None:
    """Pass if the code was drawn by its reservation's phone, at `now` (aware) give or take a step.

    `venue_day_key` is the 32-byte key of the pass's venue and of the day of its start. A paper code has
    nothing that could grow stale, and passes: the gate asks for the document instead.
    Raises BadSignature if the mac was not made with the reservation's key, StaleCode if it was but the
    step lies more than DRIFT_STEPS away from now, either way.
    """
    if read.rotation is None:
        return
    key = gate_keys.rotation_key(venue_day_key, read.entry_pass.reservation_id)
    if not hmac.compare_digest(_mac(key, read.signed, read.rotation.step), read.rotation.mac):
        raise BadSignature
    if abs(read.rotation.step - _step_at(now)) > DRIFT_STEPS:
        raise StaleCode


def verify_entry_code(
    text: str, *, keyring: PublicKeyring, venue_day_key_for: VenueDayKeyFor, now: datetime
) -> EntryPass:
    """Return the pass behind `text`, its signature and its rotation step proven at `now` (aware).

    `venue_day_key_for(venue_tag, day)` returns the day key of any venue, as a server can derive it; it is
    called for screen codes only, after the signature was found good, and what it raises passes through.
    A gate that holds one venue's keys calls read_entry_code, compares the venue, then ensure_fresh.
    Raises MalformedCode, UnknownKey, RevokedKey, BadSignature or StaleCode.
    """
    read = read_entry_code(text, keyring)
    if read.rotation is not None:
        entry_pass = read.entry_pass
        day_key = venue_day_key_for(entry_pass.venue_tag, gate_keys.venue_day(entry_pass.starts_at))
        ensure_fresh(read, venue_day_key=day_key, now=now)
    return read.entry_pass


def _split(body: bytes) -> tuple[SignedPass, Rotation | None]:
    """Cut the three parts apart; the form, at its fixed place, tells how long the last one is.

    What is too long or too short for its form leaves a payload that decode_pass refuses.
    """
    tail_bytes = ROTATION_BYTES if body[1:2] == bytes([EntryForm.SCREEN.value]) else 0
    signature_end = len(body) - tail_bytes
    payload_end = signature_end - SIGNATURE_BYTES
    if payload_end < 0:
        raise MalformedCode
    signed = SignedPass(payload=body[:payload_end], signature=body[payload_end:signature_end])
    return signed, _read_rotation(body[signature_end:])


def _read_rotation(tail: bytes) -> Rotation | None:
    if not tail:
        return None
    return Rotation(step=int.from_bytes(tail[:STEP_BYTES], "big"), mac=tail[STEP_BYTES:])


def _mac(key: bytes, signed: SignedPass, step: int) -> bytes:
    """HMAC-SHA256 (RFC 2104) cut to its first 8 bytes: a guess must hit within half a minute, online."""
    return hmac.digest(key, signed.body + step.to_bytes(STEP_BYTES, "big"), "sha256")[:MAC_BYTES]


def _step_at(now: datetime) -> int:
    return (now - EPOCH) // timedelta(seconds=ROTATION_SECONDS)


def _ensure_form(signed: SignedPass, form: EntryForm) -> None:
    if signed.form is not form:
        raise ValueError(f"signed for another form than {form.name.lower()}")
