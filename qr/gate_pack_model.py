"""What an offline pack tells one gate for one day; `docs/codes.md` says how it is written."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from qr.gate_keys import KEY_BYTES
from qr.identifiers import reservation_id_bytes
from qr.keyring import PublicKeyring

MARK_BYTES = 8
TAIL_LABEL = b"chengma slip tail 1\x00"
TAIL_CHARACTERS = 4
TAIL_MARK_BYTES = MARK_BYTES + 1
MAX_PARTLY_ADMITTED = 2**16 - 1


class PackGateUse(StrEnum):
    """What the gate is for."""

    ENTRANCE = "entrance"
    EXIT = "exit"


@dataclass(frozen=True, kw_only=True)
class PackSlot:
    """A slot of the day, for the gate's screen: aware instants, places. None of it decides about a code."""

    id: str
    starts_at: datetime
    ends_at: datetime
    last_entry_at: datetime | None
    capacity: int
    booked: int
    walk_in_left: int


@dataclass(frozen=True, kw_only=True)
class PackLease:
    """Walk-in places of a slot that this gate may give away: `places` in all, `used` before the pack was issued."""

    id: str
    slot_id: str
    places: int
    used: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class GatePack:
    """All that one gate needs to decide without network, for the slots that start on `day` (the city's).

    Instants are aware and on whole seconds. `cancelled`, `revoked` and `admitted` (whole parties) hold marks (see
    mark_of), `partly_admitted` how many are in by mark, `tails` tail marks (see tail_mark). `keys` verify entry codes;
    `kid` names the key that signs the pack, of another purpose. `ceiling` and `inside` count people in the venue.
    Raises ValueError for keys, marks and counts that the format cannot hold.
    """

    kid: int
    venue_id: str
    gate_id: str
    gate_use: PackGateUse
    device_id: str | None
    day: date
    issued_at: datetime
    expires_at: datetime
    venue_day_key: bytes = field(repr=False)
    keys: PublicKeyring
    opens_before: timedelta
    closes_after: timedelta
    ceiling: int | None
    inside: int
    slots: tuple[PackSlot, ...] = ()
    leases: tuple[PackLease, ...] = ()
    cancelled: frozenset[bytes] = frozenset()
    revoked: frozenset[bytes] = frozenset()
    admitted: frozenset[bytes] = frozenset()
    partly_admitted: Mapping[bytes, int] = field(default_factory=dict)
    tails: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        if len(self.venue_day_key) != KEY_BYTES:
            raise ValueError(f"a venue-day key has {KEY_BYTES} bytes")
        for marks in (self.cancelled, self.revoked, self.admitted, self.partly_admitted):
            if any(len(mark) != MARK_BYTES for mark in marks):
                raise ValueError(f"a mark has {MARK_BYTES} bytes")
        if any(len(one) != TAIL_MARK_BYTES for one in self.tails):
            raise ValueError(f"a tail mark has {TAIL_MARK_BYTES} bytes")
        if not all(1 <= count <= MAX_PARTLY_ADMITTED for count in self.partly_admitted.values()):
            raise ValueError(f"of a party that is partly in, 1 to {MAX_PARTLY_ADMITTED} are")


def mark_of(reservation_id: str) -> bytes:
    """Return the 8 bytes that stand for a reservation in a pack; raises ValueError for another text.

    They are random bits of its ULID: two of one venue's day are alike once in 10^11 days of 20,000 bookings.
    """
    return reservation_id_bytes(reservation_id)[-MARK_BYTES:]


def tail_mark(venue_day_key: bytes, reservation_id: str, tail: str) -> bytes:
    """Return the 9 bytes by which a pack knows one document of a party on paper: the mark, and one byte of a MAC.

    `tail` is the document's last four characters. One byte is enough for a gate to ask again, and too little for a
    thief who has the pack to learn the four. Raises ValueError for another length, or what is not ASCII.
    """
    raw = reservation_id_bytes(reservation_id)
    return raw[-MARK_BYTES:] + tail_byte(venue_day_key, raw, tail)


def tail_byte(venue_day_key: bytes, raw_id: bytes, tail: str) -> bytes:
    """Return the one byte of tail_mark's MAC, for the 16 bytes of a reservation's id."""
    if len(tail) != TAIL_CHARACTERS or not tail.isascii():
        raise ValueError(f"a document's tail has {TAIL_CHARACTERS} characters of ASCII")
    return hmac.digest(venue_day_key, TAIL_LABEL + raw_id + tail.upper().encode(), "sha256")[:1]
