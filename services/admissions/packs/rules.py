"""Decisions about packs, free of input and output."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from qr.gate_pack import PackLease, PackSlot, mark_of, tail_mark
from qr.gate_pack_model import TAIL_CHARACTERS
from services.admissions.packs.errors import PackDayRefused
from services.admissions.packs.model import DayReading, PartyInside, PartyMarks, PartyMoved, VenueDayFacts
from services.common.clock import city_day, day_bounds
from services.reservations.leases.model import Lease
from services.reservations.leases.rules import walk_in_left
from services.reservations.model import Slot
from services.reservations.rules import ENTRY_CLOSES_AFTER, ENTRY_OPENS_BEFORE, entry_ends_at, entry_window

ONE_DAY = timedelta(days=1)
# Staff still let people out, undo and look things up when the last ones are in.
AFTER_THE_LAST_ENTRY = timedelta(hours=1)
# What a lost device can do ends with its pack.
LONGEST_LIFE = timedelta(hours=30)
# Codes whose time has passed are refused without a look at the party, so that nothing needs to be said of it; by
# devices whose clocks are not wrong by more than this.
SKEWED_BY = timedelta(hours=1)


def pack_day(wished: date | None, now: datetime) -> date:
    """Return the day of a pack, by default today in the city; raises PackDayRefused unless today or tomorrow."""
    today = city_day(now)
    day = today if wished is None else wished
    if not today <= day <= today + ONE_DAY:
        raise PackDayRefused
    return day


def pack_ends_at(slots: Iterable[Slot], issued_at: datetime) -> datetime:
    """Return when a pack ends: an hour after the last entry of the day, at least an hour and at most 30 after issue."""
    closing = [entry_window(slot.starts_at, entry_ends_at(slot))[1] for slot in slots]
    wished = max([issued_at, *closing]) + AFTER_THE_LAST_ENTRY
    return whole(min(wished, issued_at + LONGEST_LIFE))


def scanned_between(slots: Sequence[Slot], first: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return in what time the people of a day are scanned: some come before it begins, or after it has ended."""
    last = max([end, *(slot.ends_at for slot in slots)])
    return first - ENTRY_OPENS_BEFORE - SKEWED_BY, last + ENTRY_CLOSES_AFTER + SKEWED_BY


def still_entered(ends_at: datetime, now: datetime) -> bool:
    """Tell whether anything about the parties of a slot can still decide anything."""
    return ends_at + ENTRY_CLOSES_AFTER + SKEWED_BY > now


def day_facts(reading: DayReading) -> VenueDayFacts:
    """Return what the gates of a venue must know of a day."""
    first, end = day_bounds(reading.day)
    today = [one for one in reading.moved if first <= one.starts_at < end]
    parties = party_marks(
        cancelled=reading.freed,
        revoked=reading.revoked,
        inside=parties_inside(today, reading.read_at),
        tails=reading.tails,
    )
    slots = tuple(pack_slot(one, reading.read_at) for one in reading.slots)
    expires_at = pack_ends_at(reading.slots, reading.read_at)
    inside = max(0, reading.people_inside)  # exits may be counted where entries are not
    return VenueDayFacts(
        venue_id=reading.venue_id,
        day=reading.day,
        gathered_at=reading.read_at,
        expires_at=expires_at,
        slots=slots,
        parties=parties,
        inside=inside,
        ceiling=reading.ceiling,
        digest=digest_of(parties, reading.venue_id, reading.day, expires_at, slots, inside, reading.ceiling),
    )


def parties_inside(moved: Iterable[PartyMoved], now: datetime) -> Mapping[str, PartyInside]:
    """Return the parties of which somebody was let in, less what was undone, unless their time has passed."""
    admitted: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for one in moved:
        if still_entered(one.ends_at, now):
            key = one.reservation_id
            admitted[key] = admitted.get(key, 0) + one.admitted_now
            sizes[key] = max(one.party_size, sizes.get(key, 0))
    return {key: PartyInside(admitted=count, party_size=sizes[key]) for key, count in admitted.items() if count > 0}


def party_marks(
    *,
    cancelled: Collection[str],
    revoked: Collection[str],
    inside: Mapping[str, PartyInside],
    tails: Collection[bytes],
) -> PartyMarks:
    """Return reservations as packs know them; whoever let more in than a party has, let all of it in."""
    return PartyMarks(
        cancelled=frozenset(mark_of(one) for one in cancelled),
        revoked=frozenset(mark_of(one) for one in revoked),
        admitted=frozenset(mark_of(key) for key, party in inside.items() if party.admitted >= party.party_size),
        partly_admitted={
            mark_of(key): party.admitted for key, party in inside.items() if party.admitted < party.party_size
        },
        tails=frozenset(tails),
    )


def tail_marks(reservation_id: str, tails: Sequence[str], venue_day_key: bytes) -> Collection[bytes]:
    """Return what stands for the documents behind a slip; one without four characters of ASCII opens no gate."""
    return [
        tail_mark(venue_day_key, reservation_id, tail)
        for tail in tails
        if len(tail) == TAIL_CHARACTERS and tail.isascii()
    ]


def pack_slot(slot: Slot, now: datetime) -> PackSlot:
    """Return a slot as a pack holds it."""
    return PackSlot(
        id=slot.id,
        starts_at=whole(slot.starts_at),
        ends_at=whole(slot.ends_at),
        last_entry_at=None if slot.last_entry_at is None else whole(slot.last_entry_at),
        capacity=slot.capacity,
        booked=slot.capacity - slot.places_left,
        walk_in_left=walk_in_left(slot, now),
    )


def pack_lease(lease: Lease) -> PackLease:
    """Return a lease as a pack holds it."""
    return PackLease(
        id=lease.id,
        slot_id=lease.slot_id,
        places=lease.places,
        used=lease.used,
        starts_at=whole(lease.starts_at),
        ends_at=whole(lease.ends_at),
        expires_at=whole(lease.expires_at),
    )


def digest_of(parties: PartyMarks, *said: object) -> bytes:
    """Return what stands for all of this, whatever the order of what has none."""
    digest = hashlib.sha256(repr(said).encode())
    for several in (parties.cancelled, parties.revoked, parties.admitted, parties.tails):
        digest.update(b"".join(sorted(several)) + b"/")
    digest.update(repr(sorted(parties.partly_admitted.items())).encode())
    return digest.digest()


def tag_of(facts: VenueDayFacts, *of_the_gate: object) -> str:
    """Return what stands for all that a gate's pack says, but when it was issued."""
    digest = hashlib.sha256(facts.digest + repr(of_the_gate).encode()).digest()
    return urlsafe_b64encode(digest[:18]).decode()


def whole(instant: datetime) -> datetime:
    """Return the last whole second."""
    return instant.replace(microsecond=0)
