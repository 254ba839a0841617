"""What an entry code says, and its one spelling in CBOR."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import cbor2

from qr.errors import MalformedCode
from qr.identifiers import VENUE_TAG_BYTES, reservation_id_bytes, reservation_id_text
from qr.keyring import MAX_KID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
CITY_MINUTES = 8 * 60  # UTC+8 all year, see qr.gate_keys

# With MAX_KID, these keep a payload within 40 bytes, and so a screen code within QR version 7; of groups of more than
# 255, which are rare, within 41 bytes and version 8.
MAX_STARTS_AT_MINUTES = 2**31 - 1  # in the year 6053: any instant up to it is one that Python can hold
MAX_SLOT_MINUTES = 2**16 - 1
MAX_PARTY_SIZE = 1000

# All that a payload may look like, each number in its shortest form. It stands in for a CBOR decoder: tags, nested or
# indefinite items, big numbers and false lengths from a stranger meet no code that could follow them.
_SMALL = rb"([\x00-\x17]|\x18[\x18-\xff])"
_NUMBER = _SMALL[:-1] + rb"|\x19(?!\x00)..|\x1a(?!\x00\x00)....)"
_SHAPE = re.compile(
    rb"\x87([\x01\x02])" + _SMALL + rb"\x50(.{16})" + rb"\x48(.{8})" + _NUMBER + _NUMBER + _NUMBER,
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


class RawPass(NamedTuple):
    """A pass as its bytes and numbers: all that a gate needs until it has something to say.

    `is_paper` tells the form; `starts` counts minutes since the Unix epoch, `minutes` is the slot's length.
    """

    is_paper: bool
    kid: int
    raw_id: bytes
    venue_tag: bytes
    starts: int
    minutes: int
    party_size: int

    @property
    def day_number(self) -> int:
        """The city's calendar day of the slot's start, in days since 1970-01-01."""
        return (self.starts + CITY_MINUTES) // DAY_MINUTES

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """When the slot starts and ends."""
        return _instants(self.starts, self.minutes)

    def as_pass(self) -> EntryPass:
        """Return the same in full."""
        starts_at, ends_at = self.instants
        entry_pass = object.__new__(EntryPass)
        # Past the checks of EntryPass, which decode_raw has made: they cost as much as a quarter of a signature.
        entry_pass.__dict__.update(
            form=EntryForm.PAPER if self.is_paper else EntryForm.SCREEN,
            kid=self.kid,
            reservation_id=reservation_id_text(self.raw_id),
            venue_tag=self.venue_tag,
            starts_at=starts_at,
            ends_at=ends_at,
            party_size=self.party_size,
        )
        return entry_pass


def decode_pass(payload: bytes) -> EntryPass:
    """Return what `payload` says, still unverified.

    Raises MalformedCode for anything that encode_pass does not write, to the last bit.
    """
    return decode_raw(payload).as_pass()


def decode_raw(payload: bytes) -> RawPass:
    """Return what `payload` says, still unverified and in its own bytes; raises MalformedCode as decode_pass does."""
    found = _SHAPE.fullmatch(payload)
    if found is None:
        raise MalformedCode
    form, kid, raw_id, tag, starts, minutes, party_size = found.groups()
    raw = RawPass(form == b"\x02", _number(kid), raw_id, tag, _number(starts), _number(minutes), _number(party_size))
    if raw.starts > MAX_STARTS_AT_MINUTES:
        raise MalformedCode
    if not (1 <= raw.minutes <= MAX_SLOT_MINUTES and 1 <= raw.party_size <= MAX_PARTY_SIZE):
        raise MalformedCode
    return raw


@lru_cache(maxsize=1024)
def _instants(starts: int, minutes: int) -> tuple[datetime, datetime]:
    """Return a slot's instants: many come to a gate with the same few."""
    starts_at = EPOCH + timedelta(minutes=starts)
    return starts_at, starts_at + timedelta(minutes=minutes)


def _number(item: bytes) -> int:
    """Return the value of an unsigned integer of CBOR: in the head itself up to 23, else in what follows it."""
    return int.from_bytes(item[1:] or item, "big")


def _whole_minutes(name: str, span: timedelta) -> int:
    minutes, rest = divmod(span, MINUTE)
    if rest:
        raise ValueError(f"{name} is not on a whole minute")
    return minutes


def _ensure_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} lies between {least} and {most}")
