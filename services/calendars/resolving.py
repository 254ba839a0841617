"""What a calendar says of a day, and the slots that follow from it: pure."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from services.calendars.almanac import Almanac, DayFacts
from services.calendars.matching import matches
from services.calendars.model import Block, Blocks, Calendar, Rule, Session, Sessions, Worship
from services.calendars.worship import WorshipTable
from services.common.clock import CITY_OFFSET
from services.venues.model import Channel


class DayState(StrEnum):
    """Whether a venue is open on a day; UNKNOWN: no slot may be made, because something is missing."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why a day is as it is."""

    RULE = "rule"
    NO_RULE = "no_rule"
    NO_CALENDAR = "no_calendar"
    WORSHIP_TIMES_MISSING = "worship_times_missing"
    ALL_BLOCKED = "all_blocked"


@dataclass(frozen=True, kw_only=True)
class DayPlan:
    """A day of a venue: the rule that won, if any, its sessions, and the blocks, ordered and joined."""

    facts: DayFacts
    state: DayState
    why: Why
    rule: Rule | None
    sessions: tuple[Session, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class PlannedAllotment:
    """Places of a slot for one channel; unused ones are anybody's from `flows_at` on."""

    channel: Channel
    places: int
    flows_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PlannedSlot:
    """A slot that should be; `signature` digests its quota, so that a change of it can be seen."""

    venue_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    set_aside: tuple[PlannedAllotment, ...]
    last_entry_at: datetime | None
    rule_id: str
    signature: str


def resolve(calendar: Calendar, day: date, almanac: Almanac, worship: WorshipTable) -> DayPlan:
    """Return what `calendar` says of `day`.

    Of two rules of one priority, which can meet only after holidays were entered, the one that stands first wins.
    """
    facts = almanac.facts(day)
    return decide(calendar, facts, [rule for rule in calendar.rules if matches(rule, facts)], worship)


def decide(calendar: Calendar, facts: DayFacts, found: Sequence[Rule], worship: WorshipTable) -> DayPlan:
    """Return the same, of a day whose matching rules are found."""
    day = facts.date
    blocks = _joined(block for rule in found for block in _blocks_of(rule, day, worship))
    openings = [rule for rule in found if not isinstance(rule.what, Blocks)]
    winner = max(openings, key=lambda rule: rule.priority, default=None)
    sessions = winner.what.sessions if winner is not None and isinstance(winner.what, Sessions) else ()
    state, why = _state(calendar, winner, sessions, blocks)
    if state is DayState.OPEN and any(isinstance(rule.when, Worship) for rule in found) and not worship.knows(day):
        state, why = DayState.UNKNOWN, Why.WORSHIP_TIMES_MISSING
    return DayPlan(facts=facts, state=state, why=why, rule=winner, sessions=sessions, blocks=blocks)


def _state(
    calendar: Calendar, winner: Rule | None, sessions: Sequence[Session], blocks: Sequence[Block]
) -> tuple[DayState, Why]:
    if calendar.version == 0:
        return DayState.UNKNOWN, Why.NO_CALENDAR
    if winner is None:
        return DayState.CLOSED, Why.NO_RULE
    if not sessions:
        return DayState.CLOSED, Why.RULE
    if next(_spans(sessions, blocks), None) is None:
        return DayState.CLOSED, Why.ALL_BLOCKED
    return DayState.OPEN, Why.RULE


def _blocks_of(rule: Rule, day: date, worship: WorshipTable) -> Sequence[Block]:
    if not isinstance(rule.what, Blocks):
        return ()
    return worship.blocks(rule.when, day) if isinstance(rule.when, Worship) else rule.what.blocks


def _joined(blocks: Iterable[Block]) -> tuple[Block, ...]:
    found: list[Block] = []
    for one in sorted(blocks, key=lambda block: (block.starts, block.ends)):
        if found and one.starts <= found[-1].ends:
            found[-1] = Block(starts=found[-1].starts, ends=max(found[-1].ends, one.ends))
        else:
            found.append(one)
    return tuple(found)


def _spans(sessions: Sequence[Session], blocks: Sequence[Block]) -> Iterator[tuple[Session, int, int]]:
    """Yield the slots of a day in minutes: sessions in steps, without what overlaps a block or is cut short."""
    block_ends = [block.ends for block in blocks]
    for session in sessions:
        for starts in range(session.opens, session.closes - session.step + 1, session.step):
            ends = starts + session.step
            following = bisect_right(block_ends, starts)  # the first block that is not over by then
            if following == len(blocks) or blocks[following].starts >= ends:
                yield session, starts, ends


def plan_slots(
    calendar: Calendar, first_day: date, days: int, almanac: Almanac, worship: WorshipTable
) -> Sequence[PlannedSlot]:
    """Return the slots of `days` days from `first_day` on, in order of start."""
    found: list[PlannedSlot] = []
    for offset in range(days):
        plan = resolve(calendar, first_day + timedelta(days=offset), almanac, worship)
        found.extend(slots_of(calendar.venue_id, plan))
    return found


def slots_of(venue_id: str, plan: DayPlan) -> Sequence[PlannedSlot]:
    """Return the slots of one day, in order of start; none unless it is open."""
    if plan.state is not DayState.OPEN or plan.rule is None:
        return ()
    spans = sorted(_spans(plan.sessions, plan.blocks), key=lambda span: span[1])
    midnight = datetime.combine(plan.facts.date, time.min, UTC) - CITY_OFFSET
    return [_slot(venue_id, plan.rule.id, midnight, span) for span in spans]


def _slot(venue_id: str, rule_id: str, midnight: datetime, span: tuple[Session, int, int]) -> PlannedSlot:
    session, starts, ends = span
    starts_at, ends_at = midnight + timedelta(minutes=starts), midnight + timedelta(minutes=ends)
    before_end = session.last_entry_before_end_min
    last_entry_at = None if before_end is None else ends_at - timedelta(minutes=before_end)
    set_aside = tuple(
        PlannedAllotment(channel=one.channel, places=one.places, flows_at=_flows_at(starts_at, one.flows_before_min))
        for one in session.set_aside
    )
    return PlannedSlot(
        venue_id=venue_id,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=session.capacity,
        set_aside=set_aside,
        last_entry_at=last_entry_at,
        rule_id=rule_id,
        signature=_signature(session.capacity, set_aside, last_entry_at),
    )


def _flows_at(starts_at: datetime, before_min: int | None) -> datetime | None:
    return None if before_min is None else starts_at - timedelta(minutes=before_min)


def _signature(capacity: int, set_aside: Iterable[PlannedAllotment], last_entry_at: datetime | None) -> str:
    """Return a digest that is the same for the same quota, in whatever order it was written."""
    parts = sorted(f"{one.channel}:{one.places}:{_text(one.flows_at)}" for one in set_aside)
    text = "|".join([str(capacity), _text(last_entry_at), *parts])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
