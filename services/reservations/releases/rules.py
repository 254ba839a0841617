"""Decisions about releases, free of input and output."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from ulid import ULID

from services.common.clock import CITY_OFFSET, city_day
from services.common.errors import FieldError
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.reservations.releases.errors import (
    ChoiceRefused,
    ReleaseRefused,
    RequestsClosed,
    RequestsNotOpen,
)
from services.reservations.releases.model import DrawRequest, MakeRelease, Release, ReleaseState

PREFIX, REQUEST_PREFIX = "rel", "drq"
# For so long at least the pool is public before the seed is.
POOL_PUBLIC_FOR = timedelta(minutes=10)
# So long a draw waits for what nobody could foresee; then it is made without, and says so.
BEACON_WITHIN = timedelta(hours=2)
# Between draw and visit there is time to hear of it, also when the draw had to wait.
HEARD_BEFORE = timedelta(hours=4)
LONGEST_AHEAD = timedelta(days=366)
# Each request passes one of these, and they are shut before the pool is read.
GATES = 32
# After the visit nobody asks any more what became of a request.
KEEP_REQUESTS = timedelta(days=30)
_RELEASE_CONTEXT = "chengma release 1"
_REQUEST_CONTEXT = "chengma release request 1"
_RESERVATION_CONTEXT = "chengma release reservation 1"
_TIME_BYTES, _RANDOM_BYTES = 6, 10


def day_starts_at(day: date) -> datetime:
    """Return the instant at which a day begins in the city."""
    return datetime.combine(day, time.min, UTC) - CITY_OFFSET


def day_ends_at(day: date) -> datetime:
    """Return the instant at which the next day begins in the city."""
    return day_starts_at(day + timedelta(days=1))


def release_id(venue_id: str, day: date) -> str:
    """Return the id of the one release that a venue and a day can have: a second draw of the same day is none."""
    return _derived(PREFIX, day_starts_at(day), _RELEASE_CONTEXT, venue_id, day.isoformat())


def request_id(of_release: str, citizen_id: str) -> str:
    """Return the id of the one request that an account can have in a release."""
    moment = datetime.fromtimestamp(int.from_bytes(ULID.from_str(of_release[4:]).bytes[:_TIME_BYTES]) / 1000, UTC)
    return _derived(REQUEST_PREFIX, moment, _REQUEST_CONTEXT, of_release, citizen_id)


def reservation_id(request: DrawRequest, drawn_at: datetime) -> str:
    """Return the id of the reservation that a winner gets: whoever makes it again makes the same."""
    return _derived("rsv", drawn_at, _RESERVATION_CONTEXT, request.id, request.ticket)


def _derived(prefix: str, at: datetime, *parts: str) -> str:
    milliseconds = round(at.timestamp() * 1000)
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"{prefix}_{ULID.from_bytes(milliseconds.to_bytes(_TIME_BYTES) + digest[:_RANDOM_BYTES])}"


def gate_of(ticket: str) -> int:
    """Return which gate a request passes."""
    return int(ticket[:8], 16) % GATES


def ensure_times(wish: MakeRelease, now: datetime) -> None:
    """Raise ReleaseRefused unless the times follow each other, far enough apart, before the day of the visit."""
    errors = list(_faults(wish, now))
    if errors:
        raise ReleaseRefused(errors=tuple(errors))


def _faults(wish: MakeRelease, now: datetime) -> Iterator[FieldError]:
    opens, closes, drawn, visit = (
        wish.requests_open_at,
        wish.requests_close_at,
        wish.draw_at,
        day_starts_at(wish.visit_on),
    )
    if visit > now + LONGEST_AHEAD:
        yield _fault("visit_on", "too_far_ahead", "at most a year ahead")
    if closes <= max(opens, now):
        yield _fault("requests_close_at", "close_too_early", "after the opening, and in the future")
    if drawn < closes + POOL_PUBLIC_FOR:
        yield _fault("draw_at", "draw_too_early", "at least 10 minutes after the close: the pool is public before")
    if drawn + HEARD_BEFORE > visit:
        yield _fault("draw_at", "draw_too_late", "at least 4 hours before the day of the visit")
    if wish.source is not None and not city_day(closes) < wish.source.announced_on <= city_day(drawn):
        yield _fault(
            "public_source.announced_on", "day_not_between", "on a day after the close, and not after the draw"
        )


def _fault(path: str, code: str, detail: str) -> FieldError:
    return FieldError(path=path, code=code, detail=detail)


def ensure_taking(release: Release, now: datetime) -> None:
    """Raise RequestsNotOpen or RequestsClosed unless requests come and go at this moment."""
    if now < release.requests_open_at:
        raise RequestsNotOpen
    if release.state is not ReleaseState.OPEN or now >= release.requests_close_at:
        raise RequestsClosed


def ensure_choices(choices: Sequence[str], slots: Sequence[Slot]) -> Slot:
    """Return the slot that is wished for most; raises ChoiceRefused unless all are drawn ones of `slots`, each once."""
    drawn = {slot.id: slot for slot in slots if slot.state is SlotState.DRAWN}
    wrong = [at for at, one in enumerate(choices) if one not in drawn or one in choices[:at]]
    if wrong:
        raise ChoiceRefused(wrong)
    return drawn[choices[0]]


def booked_in_all(slots: Sequence[Slot]) -> int:
    """Return how many places of these slots are taken."""
    return sum(slot.capacity - slot.places_left for slot in slots)


def is_markable(slot: Slot) -> bool:
    """Tell whether the slot becomes a drawn one: it is open, and nobody has a place in it or waits for one."""
    return slot.state is SlotState.OPEN and slot.places_left == slot.capacity and not slot.waiting


def reservation_of(request: DrawRequest, slot: Slot, drawn_at: datetime) -> Reservation:
    """Return the reservation of a winner; it has no places yet."""
    return Reservation(
        id=reservation_id(request, drawn_at),
        citizen_id=request.citizen_id,
        venue_id=slot.venue_id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        last_entry_at=slot.last_entry_at,
        party_size=request.party_size,
        status=ReservationStatus.BOOKED,
        created_at=drawn_at,
        cancelled_at=None,
        visitors=request.visitors,
        contact_phone=request.contact_phone,
    )
