"""Whether a condition holds on a day, and which priority a rule has of itself."""

from collections.abc import Callable, Mapping
from typing import Any

from services.calendars.almanac import DayFacts
from services.calendars.model import (
    Blocks,
    ChurchFestival,
    Closed,
    Condition,
    ConditionKind,
    Dates,
    EffectKind,
    LeapMonths,
    LunarDay,
    LunarFestival,
    MakeupWorkday,
    MissingDay,
    PublicHoliday,
    Rule,
    Sessions,
    Weekly,
    Worship,
)

# What is rarer goes before what is more frequent, and what somebody wrote for a day before all else.
DEFAULT_PRIORITY: Mapping[ConditionKind, int] = {
    ConditionKind.DATES: 900,
    ConditionKind.LUNAR_FESTIVAL: 700,
    ConditionKind.CHURCH_FESTIVAL: 700,
    ConditionKind.LUNAR_DAY: 600,
    ConditionKind.PUBLIC_HOLIDAY: 500,
    ConditionKind.MAKEUP_WORKDAY: 400,
    ConditionKind.WEEKLY: 100,
    # Worship only blocks, and blocks add up.
    ConditionKind.WORSHIP: 0,
}
KIND_OF: Mapping[type[Any], ConditionKind] = {
    Weekly: ConditionKind.WEEKLY,
    Dates: ConditionKind.DATES,
    PublicHoliday: ConditionKind.PUBLIC_HOLIDAY,
    MakeupWorkday: ConditionKind.MAKEUP_WORKDAY,
    LunarDay: ConditionKind.LUNAR_DAY,
    LunarFestival: ConditionKind.LUNAR_FESTIVAL,
    ChurchFestival: ConditionKind.CHURCH_FESTIVAL,
    Worship: ConditionKind.WORSHIP,
}
EFFECT_KIND_OF: Mapping[type[Any], EffectKind] = {
    Sessions: EffectKind.SESSIONS,
    Closed: EffectKind.CLOSED,
    Blocks: EffectKind.BLOCKS,
}


def matches(rule: Rule, facts: DayFacts) -> bool:
    """Tell whether the rule holds on a day. Of Worship this says only that the rule is valid then."""
    return rule.is_valid_on(facts.date) and _HOLDS[type(rule.when)](rule.when, facts)


def needs_holidays(condition: Condition) -> bool:
    """Tell whether the condition asks for what the State Council arranges year by year."""
    return isinstance(condition, PublicHoliday | MakeupWorkday)


def _weekly(when: Weekly, facts: DayFacts) -> bool:
    return facts.date.isoweekday() in when.days


def _dates(when: Dates, facts: DayFacts) -> bool:
    return any(one.first <= facts.date <= one.last for one in when.ranges)


def _public_holiday(when: PublicHoliday, facts: DayFacts) -> bool:
    return facts.holiday is not None and (not when.names or facts.holiday in when.names)


def _makeup_workday(_: MakeupWorkday, facts: DayFacts) -> bool:
    return facts.is_makeup_workday


def _lunar_day(when: LunarDay, facts: DayFacts) -> bool:
    lunar = facts.lunar
    if when.leap is (LeapMonths.EXCLUDE if lunar.is_leap else LeapMonths.ONLY):
        return False
    if when.months and lunar.month not in when.months:
        return False
    stands_in = when.missing is MissingDay.LAST_DAY and lunar.day == lunar.month_length and max(when.days) > lunar.day
    return lunar.day in when.days or stands_in


def _lunar_festival(when: LunarFestival, facts: DayFacts) -> bool:
    return any(name in when.names for name in facts.lunar_festivals)


def _church_festival(when: ChurchFestival, facts: DayFacts) -> bool:
    return any(name in when.names for name in facts.church_festivals)


def _worship(_: Worship, __: DayFacts) -> bool:
    return True


_HOLDS: Mapping[type[Any], Callable[[Any, DayFacts], bool]] = {
    Weekly: _weekly,
    Dates: _dates,
    PublicHoliday: _public_holiday,
    MakeupWorkday: _makeup_workday,
    LunarDay: _lunar_day,
    LunarFestival: _lunar_festival,
    ChurchFestival: _church_festival,
    Worship: _worship,
}
