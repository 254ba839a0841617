"""Entry codes: signed once, redrawn every 15 seconds on a screen or printed once, checked at a gate.

`docs/codes.md` gives the layout to the byte. Whether the slot is now, and whether this gate may admit
it, are rules of the admission service: a code only proves what was booked.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, NewType

from qr import gate_keys
from qr.codec import decode_text, encode_text
from qr.entry_pass import EPOCH, EntryForm, EntryPass, RawPass, decode_pass, decode_raw, encode_pass
from qr.errors import BadSignature, MalformedCode, StaleCode, WrongVenue
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
    "prove_at_venue",
    "read_entry_code",
    "screen_code",
    "sign_entry_pass",
    "step_at",
    "venue_tag",
    "verify_at_venue",
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
RawDayKeyOf = Callable[[RawPass], bytes | None]
EPOCH_DAY = EPOCH.date()
_STEP = timedelta(seconds=ROTATION_SECONDS)
_SCREEN = bytes((EntryForm.SCREEN.value,))


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
    stepped = signed.body + step_at(now).to_bytes(STEP_BYTES, "big")
    return EntryCode(encode_text(PREFIX, stepped + _mac(rotation_key, stepped)))


def paper_code(signed: SignedPass) -> EntryCode:
    """Return the text to print; raises ValueError for a pass signed for the screen."""
    _ensure_form(signed, EntryForm.PAPER)
    return EntryCode(encode_text(PREFIX, signed.body))


def read_entry_code(text: str, keyring: PublicKeyring) -> ReadCode:
    """Return what `text` says, its signature verified and its rotation not yet: see ensure_fresh.

    Raises MalformedCode, UnknownKey, RevokedKey or BadSignature.
    """
    read = _read(text, keyring)
    signed_end = len(read.body) - (0 if read.raw.is_paper else ROTATION_BYTES)
    payload_end = signed_end - SIGNATURE_BYTES
    return ReadCode(
        entry_pass=read.raw.as_pass(),
        signed=SignedPass(payload=read.body[:payload_end], signature=read.body[payload_end:signed_end]),
        rotation=_read_rotation(read.body[signed_end:]),
    )


def ensure_fresh(read: ReadCode, *, venue_day_key: bytes, now: datetime) -> None:
    """Pass if the code was drawn by its reservation's phone, at `now` (aware) give or take a step.

    `venue_day_key` is the 32-byte key of the pass's venue and of the day of its start. A paper code has
    nothing that could grow stale, and passes: the gate asks for the document instead.
    Raises BadSignature if the mac was not made with the reservation's key, StaleCode if it was but the
    step lies more than DRIFT_STEPS away from now, either way.
    """
    if read.rotation is None:
        return
    body = read.signed.body + read.rotation.step.to_bytes(STEP_BYTES, "big") + read.rotation.mac
    _ensure_drawn(body, gate_keys.rotation_key(venue_day_key, read.entry_pass.reservation_id), step_at(now))


def verify_entry_code(
    text: str, *, keyring: PublicKeyring, venue_day_key_for: VenueDayKeyFor, now: datetime
) -> EntryPass:
    """Return the pass behind `text`, its signature and its rotation step proven at `now` (aware), of any venue.

    `venue_day_key_for(venue_tag, day)` returns the day key of any venue, as a server can derive it; it is
    called for screen codes only, after the signature was found good, and what it raises passes through.
    Raises MalformedCode, UnknownKey, RevokedKey, BadSignature or StaleCode.
    """
    return _prove(_read(text, keyring), _by_pass(venue_day_key_for), step_at(now)).as_pass()


def verify_at_venue(
    text: str, *, keyring: PublicKeyring, venue_tag: bytes, venue_day_key_for: VenueDayKeyFor, now: datetime
) -> EntryPass:
    """Return the pass behind `text`, as verify_entry_code does, if it is for the venue with this tag.

    Raises WrongVenue in the place that it has at a gate without network: after the signature, before mac and step.
    """
    day_key_of = _by_pass(venue_day_key_for)
    return prove_at_venue(
        text, keyring=keyring, venue_tag=venue_tag, day_key_of=day_key_of, step=step_at(now)
    ).as_pass()


def prove_at_venue(
    text: str, *, keyring: PublicKeyring, venue_tag: bytes, day_key_of: RawDayKeyOf, step: int
) -> RawPass:
    """Return a code's pass in its own bytes: what verify_at_venue, online, and qr.gate_verifier, offline, share.

    `day_key_of(raw)` may return None for a day whose key is not at hand. Then mac and step are NOT proven, and the
    caller must let nobody in: a gate calls that too early or too late, see docs/codes.md.
    """
    read = _read(text, keyring)
    if read.raw.venue_tag != venue_tag:
        raise WrongVenue
    return _prove(read, day_key_of, step)


def step_at(now: datetime) -> int:
    """Return the 15-second step of an aware instant."""
    return (now - EPOCH) // _STEP


class _Read(NamedTuple):
    """A code whose signature is good: its pass, and its bytes."""

    raw: RawPass
    body: bytes


def _read(text: str, keyring: PublicKeyring) -> _Read:
    """Cut the parts of a code apart and check its signature.

    The form, at its fixed place, tells how long the last part is; what is too long or too short for its form leaves a
    payload that decode_raw refuses.
    """
    body = decode_text(PREFIX, text)
    payload_end = len(body) - SIGNATURE_BYTES
    if body[1:2] == _SCREEN:
        payload_end -= ROTATION_BYTES
    if payload_end < 0:
        raise MalformedCode
    payload = body[:payload_end]
    raw = decode_raw(payload)
    signature = body[payload_end : payload_end + SIGNATURE_BYTES]
    verify(keyring.find(raw.kid), context=SIGNING_CONTEXT, message=payload, signature=signature)
    return _Read(raw, body)


def _by_pass(venue_day_key_for: VenueDayKeyFor) -> RawDayKeyOf:
    return lambda raw: venue_day_key_for(raw.venue_tag, EPOCH_DAY + timedelta(days=raw.day_number))


def _prove(read: _Read, day_key_of: RawDayKeyOf, step: int) -> RawPass:
    if not read.raw.is_paper:
        day_key = day_key_of(read.raw)
        if day_key is not None:
            _ensure_drawn(read.body, gate_keys.raw_rotation_key(day_key, read.raw.raw_id), step)
    return read.raw


def _ensure_drawn(body: bytes, rotation_key: bytes, step: int) -> None:
    stepped, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
    if not hmac.compare_digest(_mac(rotation_key, stepped), mac):
        raise BadSignature
    if abs(int.from_bytes(stepped[-STEP_BYTES:], "big") - step) > DRIFT_STEPS:
        raise StaleCode


def _read_rotation(tail: bytes) -> Rotation | None:
    if not tail:
        return None
    return Rotation(step=int.from_bytes(tail[:STEP_BYTES], "big"), mac=tail[STEP_BYTES:])


def _mac(key: bytes, stepped: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) cut to its first 8 bytes: a guess must hit within half a minute, online."""
    return hmac.digest(key, stepped, "sha256")[:MAC_BYTES]


def _ensure_form(signed: SignedPass, form: EntryForm) -> None:
    if signed.form is not form:
        raise ValueError(f"signed for another form than {form.name.lower()}")
