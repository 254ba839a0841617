"""What goes into offline packs, and who asks for one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from qr.gate_pack import PackSlot
from services.identity.model import Actor
from services.reservations.model import Slot


@dataclass(frozen=True, kw_only=True)
class PackWish:
    """A gate wants the pack of a day; None means today. `known` are tags of packs that it has."""

    actor: Actor
    gate_id: str
    day: date | None
    known: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class PartyMoved:
    """Somebody of a party was let in, or an entry was taken back: then `admitted_now` is negative."""

    reservation_id: str
    party_size: int
    admitted_now: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class PartyInside:
    """How many of a party have been let in, of how many."""

    admitted: int
    party_size: int


@dataclass(frozen=True, kw_only=True)
class PartyMarks:
    """Parties as packs know them: by the marks of `qr.gate_pack`."""

    cancelled: frozenset[bytes] = field(repr=False)
    revoked: frozenset[bytes] = field(repr=False)
    admitted: frozenset[bytes] = field(repr=False)
    partly_admitted: Mapping[bytes, int] = field(repr=False)
    tails: frozenset[bytes] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class DayReading:
    """What was read of a venue's day from `read_at` on; `people_inside` may be negative, `tails` are marks."""

    venue_id: str
    day: date
    read_at: datetime
    slots: Sequence[Slot]
    moved: Sequence[PartyMoved] = field(repr=False)
    freed: Collection[str] = field(repr=False)
    revoked: Collection[str] = field(repr=False)
    tails: Collection[bytes] = field(repr=False)
    people_inside: int
    ceiling: int | None


@dataclass(frozen=True, kw_only=True)
class VenueDayFacts:
    """What all gates of a venue must know of a day: all that was kept before `gathered_at` is in it.

    Instants are on whole seconds. `digest` stands for all of it but `gathered_at`.
    """

    venue_id: str
    day: date
    gathered_at: datetime
    expires_at: datetime
    slots: tuple[PackSlot, ...]
    parties: PartyMarks
    inside: int
    ceiling: int | None
    digest: bytes


@dataclass(frozen=True, kw_only=True)
class IssuedPack:
    """A signed pack, None for whoever has one that says the same, and what stands for what it says."""

    content: bytes | None = field(repr=False)
    tag: str
