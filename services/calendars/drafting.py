"""Rules as somebody wrote them, read into rules: each fault with its path, all of them at once."""

from collections.abc import Callable, Mapping, Sequence

from services.calendars.drafted_effects import read_effect
from services.calendars.drafts import Faults, Written
from services.calendars.errors import CalendarRefused
from services.calendars.matching import DEFAULT_PRIORITY, KIND_OF
from services.calendars.model import (
    Blocks,
    ChurchFestival,
    Condition,
    ConditionKind,
    Dates,
    LeapMonths,
    LunarDay,
    LunarFestival,
    MakeupWorkday,
    MissingDay,
    PublicHoliday,
    Rule,
    Weekly,
    Worship,
)
from services.calendars.names import ChurchFestivalName, LunarFestivalName, StatutoryHoliday

LAST_WEEKDAY = 7
_Reader = Callable[[Written, Faults], Condition]


def read_rules(written: Sequence[Written], new_id: Callable[[], str]) -> tuple[Rule, ...]:
    """Return the rules; one without an id gets a new one. Raises CalendarRefused with every fault."""
    faults = Faults()
    rules = [_rule(one, faults.at(f"rules[{at}]"), new_id) for at, one in enumerate(written)]
    faults.repeated([rule.id for rule in rules], lambda at: f"rules[{at}].id")
    if faults.found:
        raise CalendarRefused(*faults.found)
    return tuple(rules)


def _rule(written: Written, faults: Faults, new_id: Callable[[], str]) -> Rule:
    when = _condition(written["when"], faults.at("when"))
    what = read_effect(written["what"], when, faults.at("what"))
    if isinstance(when, Worship) and not isinstance(what, Blocks):
        faults.add("what.kind", "not_with_worship", "times of worship can only block")
    first, last = written["valid_from"], written["valid_until"]
    if first is not None and last is not None and last < first:
        faults.add("valid_until", "never_matches", "the rule ends before it begins")
    priority = written["priority"]
    return Rule(
        id=written["id"] or new_id(),
        label=written["label"],
        when=when,
        what=what,
        priority=DEFAULT_PRIORITY[KIND_OF[type(when)]] if priority is None else priority,
        valid_from=first,
        valid_until=last,
    )


def _condition(written: Written, faults: Faults) -> Condition:
    kind = ConditionKind(written["kind"])
    needed, allowed, read = _READERS[kind]
    faults.ensure_fields(written, needed=needed, allowed=allowed)
    return read(written, faults)


def _weekly(written: Written, faults: Faults) -> Weekly:
    days = faults.distinct(written, "days")
    for at, day in enumerate(days):
        if day > LAST_WEEKDAY:
            faults.add(f"days[{at}]", "out_of_range", "from 1 to 7", "1", "7")
    return Weekly(days=days)


def _dates(written: Written, faults: Faults) -> Dates:
    ranges = tuple(written["dates"] or ())
    for at, one in enumerate(ranges):
        if one.last < one.first:
            faults.add(f"dates[{at}].to", "days_reversed", "`to` lies before `from`")
    return Dates(ranges=ranges)


def _public_holiday(written: Written, faults: Faults) -> PublicHoliday:
    return PublicHoliday(names=faults.choices(written, StatutoryHoliday))


def _makeup_workday(_: Written, __: Faults) -> MakeupWorkday:
    return MakeupWorkday()


def _lunar_day(written: Written, faults: Faults) -> LunarDay:
    return LunarDay(
        days=faults.distinct(written, "days"),
        months=faults.distinct(written, "months"),
        leap=written["leap"] or LeapMonths.INCLUDE,
        missing=written["missing"] or MissingDay.SKIP,
    )


def _lunar_festival(written: Written, faults: Faults) -> LunarFestival:
    return LunarFestival(names=faults.choices(written, LunarFestivalName))


def _church_festival(written: Written, faults: Faults) -> ChurchFestival:
    return ChurchFestival(names=faults.choices(written, ChurchFestivalName))


def _worship(written: Written, faults: Faults) -> Worship:
    return Worship(
        names=faults.distinct(written, "names"),
        minutes_before=written["minutes_before"] or 0,
        minutes_after=written["minutes_after"] or 0,
    )


# What each kind needs, what it may have besides, and how it is read.
_READERS: Mapping[ConditionKind, tuple[frozenset[str], frozenset[str], _Reader]] = {
    ConditionKind.WEEKLY: (frozenset({"days"}), frozenset(), _weekly),
    ConditionKind.DATES: (frozenset({"dates"}), frozenset(), _dates),
    ConditionKind.PUBLIC_HOLIDAY: (frozenset(), frozenset({"names"}), _public_holiday),
    ConditionKind.MAKEUP_WORKDAY: (frozenset(), frozenset(), _makeup_workday),
    ConditionKind.LUNAR_DAY: (frozenset({"days"}), frozenset({"months", "leap", "missing"}), _lunar_day),
    ConditionKind.LUNAR_FESTIVAL: (frozenset({"names"}), frozenset(), _lunar_festival),
    ConditionKind.CHURCH_FESTIVAL: (frozenset({"names"}), frozenset(), _church_festival),
    ConditionKind.WORSHIP: (frozenset(), frozenset({"names", "minutes_before", "minutes_after"}), _worship),
}
