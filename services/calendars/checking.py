"""Whether rules make sense together, looked at day by day for three years: pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.calendars.almanac import Almanac, DayFacts
from services.calendars.errors import CalendarConflict, CalendarRefused
from services.calendars.matching import matches, needs_holidays
from services.calendars.model import Blocks, Calendar, Rule
from services.calendars.resolving import Why, decide
from services.calendars.worship import WorshipTable
from services.common.errors import FieldError

HORIZON_DAYS = 3 * 365 + 1
MOST_CONFLICTS = 20


@dataclass(kw_only=True)
class _Walk:
    """What three years showed, by places in the list of rules."""

    matched: set[int] = field(default_factory=set)
    won: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    conflicts: dict[tuple[int, int], date] = field(default_factory=dict)


def ensure_sound(calendar: Calendar, today: date, almanac: Almanac) -> None:
    """Raise CalendarRefused for rules that never hold or never open, CalendarConflict for rules that contradict.

    What holds of a holiday in a year that nobody has published yet cannot be known, so it is let pass.
    """
    days = [almanac.facts(today + timedelta(days=offset)) for offset in range(HORIZON_DAYS)]
    walk = _walk(calendar, days)
    faults = [*_never_matching(calendar.rules, walk, days), *_never_opening(walk)]
    if faults:
        raise CalendarRefused(*faults)
    if walk.conflicts:
        found = list(walk.conflicts.items())[:MOST_CONFLICTS]
        raise CalendarConflict(*(fault for pair, day in found for fault in _conflict(*pair, day)))


def _walk(calendar: Calendar, days: Sequence[DayFacts]) -> _Walk:
    walk = _Walk()
    seen: set[tuple[int, ...]] = set()
    for facts in days:
        places = tuple(at for at, rule in enumerate(calendar.rules) if matches(rule, facts))
        if places not in seen:  # the same rules say the same on every day, and the first is the one to name
            seen.add(places)
            _look(calendar, facts, places, walk)
    return walk


def _look(calendar: Calendar, facts: DayFacts, places: Sequence[int], walk: _Walk) -> None:
    found = [calendar.rules[at] for at in places]
    walk.matched.update(places)
    for first, second in _contradicting(list(zip(places, found, strict=True))):
        walk.conflicts.setdefault((first, second), facts.date)
    plan = decide(calendar, facts, found, WorshipTable())
    if plan.rule is not None:
        winner = places[found.index(plan.rule)]
        walk.won.add(winner)
        if plan.why is not Why.ALL_BLOCKED:
            walk.opened.add(winner)


def _contradicting(found: Sequence[tuple[int, Rule]]) -> Iterator[tuple[int, int]]:
    equal: dict[int, list[tuple[int, Rule]]] = defaultdict(list)
    for at, rule in found:
        if not isinstance(rule.what, Blocks):
            equal[rule.priority].append((at, rule))
    for (first, rule), *others in equal.values():
        # If any two differ, one of them differs from the first.
        yield from ((first, at) for at, other in others if other.what != rule.what)


def _never_matching(rules: Sequence[Rule], walk: _Walk, days: Sequence[DayFacts]) -> Iterator[FieldError]:
    for at, rule in enumerate(rules):
        if at not in walk.matched and not _may_be_published(rule, days):
            last = days[-1].date.isoformat()
            detail = f"this holds on no day until {last}"
            yield FieldError(path=f"rules[{at}].when", code="never_matches", detail=detail, values=(last,))


def _may_be_published(rule: Rule, days: Sequence[DayFacts]) -> bool:
    return needs_holidays(rule.when) and any(not one.published and rule.is_valid_on(one.date) for one in days)


def _never_opening(walk: _Walk) -> Iterator[FieldError]:
    for at in sorted(walk.won - walk.opened):
        detail = "blocks leave nothing of its sessions"
        yield FieldError(path=f"rules[{at}].what", code="never_opens", detail=detail)


def _conflict(first: int, second: int, day: date) -> Iterator[FieldError]:
    for one, other in ((first, second), (second, first)):
        values = (f"rules[{other}]", day.isoformat())
        detail = "of the same priority as {}, and contradicts it first on {}".format(*values)
        yield FieldError(path=f"rules[{one}]", code="equal_priority", detail=detail, values=values)
