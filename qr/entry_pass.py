"""What an entry code says, and its one spelling in CBOR."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import cbor2

from qr.errors import MalformedCode
from qr.identifiers import VENUE_TAG_BYTES, reservation_id_bytes, reservation_id_text
from qr.keyring import MAX_KID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# With MAX_KID, these keep a payload within 40 bytes, and so a screen code within QR version 7; of groups of more than
# 255, which are rare, within 41 bytes and version 8.
MAX_STARTS_AT_MINUTES = 2**31 - 1  # in the year 6053: any instant up to it is one that Python can hold
MAX_SLOT_MINUTES = 2**16 - 1
MAX_PARTY_SIZE = 1000

# The seven heads that a payload may have. It stands before the CBOR decoder, so that tags, nested or
# indefinite items, big numbers and false lengths from a stranger never reach it.
_SMALL = rb"(?:[\x00-\x17]|\x18.)"
_NUMBER = rb"(?:[\x00-\x17]|\x18.|\x19..|\x1a.{4})"
_SHAPE = re.compile(
    rb"\x87" + _SMALL + _SMALL + rb"\x50.{16}" + rb"\x48.{8}" + _NUMBER + _NUMBER + _NUMBER,
    re.DOTALL,
)


class EntryForm(Enum):
    """How the code is carried; it is signed, so one form cannot be passed off as the other."""

    SCREEN = 1
    PAPER = 2


@dataclass(frozen=True, kw_only=True)
class EntryPass:
    """What a code says about one reservation; verified when it comes out of `qr.entry_code`.

    `kid` names the signing key; `venue_tag` is 8 bytes (see `qr.identifiers.venue_tag`); `starts_at`
    and `ends_at` are aware instants on whole minutes, 1 to 65,535 minutes apart; `party_size` is 1 to
    1,000. Raises ValueError for anything else.
    """

    form: EntryForm
    kid: int
    reservation_id: str
    venue_tag: bytes
    starts_at: datetime
    ends_at: datetime
    party_size: int

    def __post_init__(self) -> None:
        reservation_id_bytes(self.reservation_id)
        if len(self.venue_tag) != VENUE_TAG_BYTES:
            raise ValueError(f"a venue tag has {VENUE_TAG_BYTES} bytes")
        _ensure_within("kid", self.kid, 0, MAX_KID)
        _ensure_within("party_size", self.party_size, 1, MAX_PARTY_SIZE)
        starts = _whole_minutes("starts_at", self.starts_at - EPOCH)
        _ensure_within("starts_at", starts, 0, MAX_STARTS_AT_MINUTES)
        length = _whole_minutes("ends_at", self.ends_at - self.starts_at)
        _ensure_within("the slot's minutes", length, 1, MAX_SLOT_MINUTES)


def encode_pass(entry_pass: EntryPass) -> bytes:
    """Return the payload: canonical CBOR (RFC 8949, section 4.2.1), at most 41 bytes.

    It is the array [form, kid, reservation id, venue tag, starts_at, minutes, party_size]; starts_at
    counts minutes since the Unix epoch, minutes is the slot's length.
    """
    return cbor2.dumps(
        [
            entry_pass.form.value,
            entry_pass.kid,
            reservation_id_bytes(entry_pass.reservation_id),
            entry_pass.venue_tag,
            (entry_pass.starts_at - EPOCH) // MINUTE,
            (entry_pass.ends_at - entry_pass.starts_at) // MINUTE,
            entry_pass.party_size,
        ],
        canonical=True,
    )


def decode_pass(payload: bytes) -> EntryPass:
    """Return what `payload` says, still unverified.

    Raises MalformedCode for anything that encode_pass does not write, to the last bit.
    """
    if not _SHAPE.fullmatch(payload):
        raise MalformedCode
    form, kid, raw_id, tag, starts, minutes, party_size = cbor2.loads(payload)
    if starts > MAX_STARTS_AT_MINUTES or minutes > MAX_SLOT_MINUTES:  # would overflow below
        raise MalformedCode
    starts_at = EPOCH + starts * MINUTE
    try:
        entry_pass = EntryPass(
            form=EntryForm(form),
            kid=kid,
            reservation_id=reservation_id_text(raw_id),
            venue_tag=tag,
            starts_at=starts_at,
            ends_at=starts_at + minutes * MINUTE,
            party_size=party_size,
        )
    except ValueError:
        raise MalformedCode from None
    if encode_pass(entry_pass) != payload:  # numbers in more bytes than they need
        raise MalformedCode
    return entry_pass


def _whole_minutes(name: str, span: timedelta) -> int:
    minutes, rest = divmod(span, MINUTE)
    if rest:
        raise ValueError(f"{name} is not on a whole minute")
    return minutes


def _ensure_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} lies between {least} and {most}")
