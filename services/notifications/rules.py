"""The rules of notices: which there are, when they are due, and what an accept is worth."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from services.common.clock import CITY_OFFSET, city_day
from services.notifications.errors import Backoff
from services.notifications.model import AcceptGiven, Fact, Notice, NoticeCall, NoticeKind

# How many accepts of one kind a person can have in store: as many as anybody can use, and no more.
MOST_ACCEPTS = 50
REMIND_AT = time(19, 0)
HOLD = timedelta(minutes=2)
VISITS_OF = frozenset({NoticeKind.BOOKING_CONFIRMED, NoticeKind.BOOKING_CHANGED})
DECIDED = frozenset({NoticeKind.DRAW_RESULT, NoticeKind.GROUP_DECIDED})

Chance = Callable[[], float]  # from 0 to 1


def notices_of(call: NoticeCall, now: datetime, new_id: Callable[[], str]) -> Sequence[Notice]:
    """Return what a call becomes: its notice, and the reminder of the visit that it gives somebody."""
    # Never in the past: who looks for what is due need not look far behind.
    due_at = max(call.due_at or now, now)
    first = _notice(call, notice_key(call), due_at, now, new_id())
    reminder = reminder_of(call, now)
    if reminder is None or reminder.due_at is None:
        return (first,)
    return first, _notice(reminder, notice_key(reminder), reminder.due_at, now, new_id())


def notice_key(call: NoticeCall) -> str:
    """Return the name of a call's notice: the same fact told twice has one name."""
    parts = [call.kind.value, call.subject_id]
    if Fact.ROUND in call.facts:
        parts.append(call.facts[Fact.ROUND])
    elif call.due_at is not None:
        parts.append(call.due_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
    return ":".join(parts)


def reminder_of(call: NoticeCall, now: datetime) -> NoticeCall | None:
    """Return the reminder of the visit that the call gives somebody, if its evening is still ahead."""
    visit_id, starts_at = visit_of(call.kind, call.subject_id, call.facts), instant_in(call.facts, Fact.STARTS_AT)
    if visit_id is None or starts_at is None or call.kind not in VISITS_OF | DECIDED:
        return None
    due_at = evening_before(starts_at)
    if due_at <= now:
        return None
    told = (Fact.STARTS_AT, Fact.PARTY_SIZE)
    return NoticeCall(
        kind=NoticeKind.VISIT_REMINDER,
        subject_id=visit_id,
        citizen_id=call.citizen_id,
        venue_id=call.venue_id,
        facts={name: call.facts[name] for name in told if name in call.facts},
        due_at=due_at,
        expires_at=starts_at,
    )


def visit_of(kind: NoticeKind, subject_id: str, facts: Mapping[str, str]) -> str | None:
    """Return the reservation that a notice is about; None where there is none (yet)."""
    named = facts.get(Fact.RESERVATION_ID)
    if named is not None or kind in DECIDED or kind is NoticeKind.WAITLIST_OFFER:
        return named
    return subject_id


def evening_before(starts_at: datetime) -> datetime:
    """Return 19:00, city time, of the day before a visit."""
    evening = datetime.combine(city_day(starts_at) - timedelta(days=1), REMIND_AT, tzinfo=UTC)
    return evening - CITY_OFFSET


def instant_in(facts: Mapping[str, str], name: str) -> datetime | None:
    """Return an instant among the facts; None when there is none that can be read, or it lacks its offset."""
    try:
        found = datetime.fromisoformat(facts.get(name, ""))
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(UTC)


def _notice(call: NoticeCall, key: str, due_at: datetime, now: datetime, notice_id: str) -> Notice:
    return Notice(
        id=notice_id,
        key=key,
        kind=call.kind,
        subject_id=call.subject_id,
        citizen_id=call.citizen_id,
        venue_id=call.venue_id,
        facts=call.facts,
        made_at=now,
        due_at=due_at,
        expires_at=call.expires_at,
    )


def left_of(counts: Mapping[str, int]) -> Mapping[NoticeKind, int]:
    """Return what is left by kind, of counts as they are kept."""
    return {kind: counts[kind.value] for kind in NoticeKind if kind.value in counts}


def granted(left: Mapping[NoticeKind, int], accepts: Iterable[AcceptGiven]) -> Mapping[NoticeKind, int]:
    """Return what is left of the kinds that were accepted, once each; a `no` takes nothing away."""
    kinds = {one.kind for one in accepts if one.accepted}
    return {kind: max(left.get(kind, 0), min(left.get(kind, 0) + 1, MOST_ACCEPTS)) for kind in kinds}


def rest_after(failures: int, backoff: Backoff, chance: Chance) -> timedelta:
    """Return how long to rest after so many failures in a row: twice as long each time, up to half less by chance."""
    longest_s = min(backoff.first_s * 2.0 ** min(failures - 1, 20), backoff.longest_s)
    return timedelta(seconds=longest_s * (1 - chance() / 2))
