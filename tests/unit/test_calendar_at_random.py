"""Random calendars: no slot touches a block or leaves its session, and however the days are cut, the slots are same."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendars.model import DAY_MINUTES, Block, Calendar, Session
from services.calendars.resolving import DayState, PlannedSlot, plan_slots, resolve
from services.calendars.worship import WorshipTable
from tests.opening import PACKAGED, calendar_of, in_city, worship_of

FIRST = date(2025, 12, 20)
DAYS = 45


def text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def spans(draw: st.DrawFn, most: int, shortest: int) -> list[tuple[int, int]]:
    """Stretches of a day that do not overlap."""
    found, at = [], 0
    for _ in range(draw(st.integers(1, most))):
        starts = at + draw(st.integers(0, 300))
        ends = starts + draw(st.integers(shortest, 600))
        if ends > DAY_MINUTES:
            break
        found.append((starts, ends))
        at = ends
    return found or [(0, DAY_MINUTES)]


@st.composite
def effects(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["sessions", "sessions", "closed", "blocks"]))
    if kind == "sessions":
        step = draw(st.sampled_from([None, 15, 20, 60]))
        places = {"capacity": draw(st.integers(1, 3))} | ({} if step is None else {"slot_minutes": step})
        hours = draw(spans(most=3, shortest=60))
        return {"kind": kind, "sessions": [{"opens": text(a), "closes": text(b)} | places for a, b in hours]}
    if kind == "blocks":
        return {"kind": kind, "blocks": [{"from": text(a), "to": text(b)} for a, b in draw(spans(3, 1))]}
    return {"kind": kind}


CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sets(st.integers(1, 7), min_size=1).map(lambda days: {"kind": "weekly", "days": sorted(days)}),
    st.sets(st.integers(1, 30), min_size=1).map(
        lambda days: {"kind": "lunar_day", "days": sorted(days), "missing": "last_day"}
    ),
    st.sampled_from([{"kind": "public_holiday"}, {"kind": "makeup_workday"}]),
    st.just({"kind": "lunar_festival", "names": ["amitabha_birthday", "laba", "buddha_enlightenment"]}),
    st.just({"kind": "church_festival", "names": ["christmas_eve", "christmas"]}),
)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"label": "示例", "when": draw(CONDITIONS), "what": draw(effects())}
    if draw(st.booleans()):
        found["priority"] = draw(st.integers(0, 1000))
    if draw(st.booleans()):
        found["valid_from"] = (FIRST + timedelta(days=draw(st.integers(0, DAYS)))).isoformat()
    return found


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, WorshipTable]:
    written = draw(st.lists(rules(), min_size=1, max_size=5))
    if draw(st.booleans()):
        margins = {"minutes_before": draw(st.integers(0, 120)), "minutes_after": draw(st.integers(0, 120))}
        written.append({"label": "示例", "when": {"kind": "worship"} | margins, "what": {"kind": "blocks"}})
    times = [
        {"date": FIRST + timedelta(days=draw(st.integers(0, DAYS))), "name": "礼", "starts": text(a), "ends": text(b)}
        for a, b in draw(spans(3, 1))
    ]
    return calendar_of(written), worship_of(times)


def minutes_of(slot: PlannedSlot) -> tuple[date, int, int]:
    starts = in_city(slot.starts_at)
    first = starts.hour * 60 + starts.minute
    return starts.date(), first, first + int((slot.ends_at - slot.starts_at).total_seconds()) // 60


def touches(block: Block, first: int, last: int) -> bool:
    return block.starts < last and first < block.ends


def holds(session: Session, slot: PlannedSlot, first: int, last: int) -> bool:
    whole = session.slot_minutes or session.closes - session.opens
    return (
        session.opens <= first
        and last <= session.closes
        and last - first == whole == session.step
        and (slot.capacity == session.capacity)
    )


@settings(max_examples=60, deadline=None)
@given(calendars())
def test_slots_lie_in_sessions_and_touch_no_block(made: tuple[Calendar, WorshipTable]) -> None:
    calendar, worship = made
    slots = plan_slots(calendar, FIRST, DAYS, PACKAGED, worship)
    assert [one.starts_at for one in slots] == sorted({one.starts_at for one in slots})
    for before, after in pairwise(slots):
        assert before.ends_at <= after.starts_at
    for slot in slots:
        day, first, last = minutes_of(slot)
        plan = resolve(calendar, day, PACKAGED, worship)
        assert plan.state is DayState.OPEN
        assert plan.rule is not None
        assert plan.rule.id == slot.rule_id
        assert not any(touches(block, first, last) for block in plan.blocks)
        assert any(holds(session, slot, first, last) for session in plan.sessions)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, DAYS))
def test_slots_are_the_same_twice_and_however_the_days_are_cut(made: tuple[Calendar, WorshipTable], cut: int) -> None:
    calendar, worship = made
    whole = list(plan_slots(calendar, FIRST, DAYS, PACKAGED, worship))
    assert list(plan_slots(calendar, FIRST, DAYS, PACKAGED, worship)) == whole
    parts = [
        *plan_slots(calendar, FIRST, cut, PACKAGED, worship),
        *plan_slots(calendar, FIRST + timedelta(days=cut), DAYS - cut, PACKAGED, worship),
    ]
    assert parts == whole


@settings(max_examples=60, deadline=None)
@given(calendars())
def test_a_day_is_open_just_when_it_has_slots(made: tuple[Calendar, WorshipTable]) -> None:
    calendar, worship = made
    slots = plan_slots(calendar, FIRST, DAYS, PACKAGED, worship)
    with_slots = {minutes_of(one)[0] for one in slots}
    days = [FIRST + timedelta(days=offset) for offset in range(DAYS)]
    open_days = {day for day in days if resolve(calendar, day, PACKAGED, worship).state is DayState.OPEN}
    assert with_slots == open_days
