"""Calendars, opening days, holiday years and times of worship."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import identifier, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, Items, OneOf, Part, Text, WireSchema
from services.calendars.model import ConditionKind, DayOff, DayRange, EffectKind, HolidaySource, LeapMonths, MissingDay
from services.calendars.names import ChurchFestivalName, LunarFestivalName, StatutoryHoliday
from services.calendars.resolving import DayState, Why
from services.venues.model import Channel

MOST_RULES = 60
MOST_CAPACITY = 100_000
LONGEST_WINDOW_DAYS = 62


def clock(**kwargs: Any) -> Text:
    """Return a field for a time of day, `HH:MM` up to 24:00."""
    metadata = {"examples": ["07:00"]}
    pattern = r"(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
    return Text(longest=5, shortest=5, pattern=pattern, metadata=metadata, **kwargs)


class DayRangeSchema(WireSchema):
    """Days from `from` to `to`, both included; without `to`, one day."""

    first = Day(data_key="from", required=True)
    last = Day(data_key="to", load_default=None)

    def make(self, values: dict[str, Any]) -> Any:
        """Return the range."""
        return DayRange(first=values["first"], last=values["last"] or values["first"])


class OpeningConditionSchema(WireSchema):
    """When a rule holds. Which fields go with which kind: docs/calendars.md; any other is refused."""

    kind = OneOf(ConditionKind, required=True)
    days = Items(
        Count(least=1, most=30),
        most=30,
        least=1,
        load_default=None,
        metadata={"description": "`weekly`: ISO weekdays, 1 is Monday. `lunar_day`: days of the month, 1 to 30."},
    )
    dates = Items(Part(DayRangeSchema), most=100, least=1, load_default=None, metadata={"description": "`dates`"})
    names = Items(
        Text(longest=40),
        most=60,
        least=1,
        load_default=None,
        metadata={
            "description": f"`public_holiday`: {', '.join(StatutoryHoliday)}; none: all. "
            f"`lunar_festival`: {', '.join(LunarFestivalName)}. `church_festival`: {', '.join(ChurchFestivalName)}. "
            "`worship`: names of the imported table; none: all."
        },
    )
    months = Items(
        Count(least=1, most=12), most=12, least=1, load_default=None, metadata={"description": "`lunar_day`"}
    )
    leap = OneOf(LeapMonths, load_default=None, metadata={"description": "`lunar_day`; default `include`."})
    missing = OneOf(
        MissingDay,
        load_default=None,
        metadata={"description": "`lunar_day`: the 30th in a month of 29 days; default `skip`."},
    )
    minutes_before = Count(least=0, most=720, load_default=None, metadata={"description": "`worship`; default 0."})
    minutes_after = Count(least=0, most=720, load_default=None, metadata={"description": "`worship`; default 0."})


class SessionSetAsideSchema(WireSchema):
    """Places of each slot for one channel, not `individual`."""

    channel = OneOf(Channel, required=True)
    places = Count(least=1, most=MOST_CAPACITY, required=True, metadata={"examples": [50]})
    flows_before_min = Count(
        least=0,
        most=30 * 24 * 60,
        load_default=None,
        metadata={"description": "From so many minutes before the start on, unused places are anybody's; none: never."},
    )


class OpeningSessionSchema(WireSchema):
    """An opening within a day, in slots of `slot_minutes`; without it, one slot for all of it."""

    opens = clock(required=True)
    closes = clock(required=True)
    slot_minutes = Count(least=5, most=24 * 60, load_default=None, metadata={"examples": [60]})
    capacity = Count(least=1, most=MOST_CAPACITY, required=True, metadata={"examples": [500]})
    set_aside = Items(Part(SessionSetAsideSchema), most=3, load_default=None)
    last_entry_before_end_min = Count(
        least=0, most=24 * 60, load_default=None, metadata={"description": "Minutes before each slot's end."}
    )


class BlockedTimeSchema(WireSchema):
    """A stretch of a day that no slot may touch."""

    starts = clock(data_key="from", required=True)
    ends = clock(data_key="to", required=True)


class OpeningEffectSchema(WireSchema):
    """What a rule does: `sessions` replace the day's opening, `closed` ends it, `blocks` are cut out of what wins."""

    kind = OneOf(EffectKind, required=True)
    sessions = Items(Part(OpeningSessionSchema), most=24, least=1, load_default=None)
    blocks = Items(Part(BlockedTimeSchema), most=24, least=1, load_default=None)


class OpeningRuleSchema(WireSchema):
    """A rule of opening."""

    id = identifier("rul", load_default=None)
    label = Text(longest=60, required=True, metadata={"examples": ["初一、十五"]})
    when = Part(OpeningConditionSchema, required=True)
    what = Part(OpeningEffectSchema, required=True)
    priority = Count(
        least=0, most=1000, load_default=None, metadata={"description": "Default: by the kind of condition."}
    )
    valid_from = Day(load_default=None)
    valid_until = Day(load_default=None, metadata={"description": "The last day, included."})


EXAMPLE_RULES = [
    {
        "label": "平日",
        "when": {"kind": "weekly", "days": [1, 2, 3, 4, 5, 6, 7]},
        "what": {
            "kind": "sessions",
            "sessions": [{"opens": "07:00", "closes": "16:30", "slot_minutes": 30, "capacity": 300}],
        },
    },
    {
        "label": "初一、十五",
        "when": {"kind": "lunar_day", "days": [1, 15]},
        "what": {
            "kind": "sessions",
            "sessions": [{"opens": "05:00", "closes": "17:00", "slot_minutes": 30, "capacity": 600}],
        },
    },
]


class NewVenueCalendarSchema(WireSchema):
    """All of a calendar; `version` is the one that was read, 0 where there is none."""

    version = Count(least=0, most=10**9, required=True, metadata={"examples": [0]})
    plan_days_ahead = Count(
        least=1,
        most=120,
        load_default=None,
        metadata={"description": "Days to make slots for; left out: as many as now, 30 at first.", "examples": [30]},
    )
    rules = Items(Part(OpeningRuleSchema), most=MOST_RULES, required=True, metadata={"examples": [EXAMPLE_RULES]})


class VenueCalendarSchema(WireSchema):
    """A venue's calendar; version 0 where there is none yet."""

    venue_id = shown_id("ven")
    version = shown(1)
    plan_days_ahead = shown(30)
    rules = Items(Part(OpeningRuleSchema), most=MOST_RULES, required=True)
    changed_at = Instant(required=True, allow_none=True)


class OpeningDaysQuery(WireSchema):
    """Which days, both ends included."""

    first = Day(data_key="from", load_default=None, metadata={"description": "Default: today."})
    last = Day(data_key="to", load_default=None, metadata={"description": "Default: 13 days after `from`."})


class LunarDateSchema(WireSchema):
    """A day by the lunar calendar."""

    text = shown("农历十月初四")
    year = shown(2026)
    month = shown(10)
    day = shown(4)
    leap = fields.Boolean(required=True, metadata={"examples": [False]})


class DayFestivalSchema(WireSchema):
    """A festival: its name in rules, and in Chinese."""

    name = shown("buddha_birthday")
    title = shown("佛诞（浴佛节）")


class AppliedRuleSchema(WireSchema):
    """The rule that won."""

    id = shown_id("rul")
    label = shown("初一、十五")


class OpeningDaySchema(WireSchema):
    """A day of a venue."""

    date = Day(required=True)
    weekday = shown(7)
    lunar = Part(LunarDateSchema, required=True)
    festivals = Items(Part(DayFestivalSchema), most=20, required=True)
    public_holiday = OneOf(StatutoryHoliday, required=True, allow_none=True)
    makeup_workday = fields.Boolean(required=True, metadata={"examples": [False]})
    state = OneOf(DayState, required=True)
    why = OneOf(Why, required=True)
    rule = Part(AppliedRuleSchema, required=True, allow_none=True)
    sessions = Items(Part(OpeningSessionSchema), most=24, required=True)
    blocks = Items(Part(BlockedTimeSchema), most=720, required=True)


class OpeningDaysSchema(WireSchema):
    """Days, and the years among them whose holidays nobody has published here."""

    items = Items(Part(OpeningDaySchema), most=LONGEST_WINDOW_DAYS, required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null.", "examples": [None]})
    unpublished_years = Items(
        fields.Integer(),
        most=5,
        required=True,
        metadata={"description": "In these, rules for holidays and make-up workdays hold on no day."},
    )


class DayOffSchema(WireSchema):
    """A day off."""

    date = Day(required=True)
    name = OneOf(StatutoryHoliday, required=True)

    def make(self, values: dict[str, Any]) -> Any:
        """Return the day."""
        return DayOff(**values)


class NewHolidayYearSchema(WireSchema):
    """A year's holidays as the State Council's notice has them; replaces all that the city entered before."""

    version = Count(least=0, most=10**9, required=True, metadata={"examples": [0]})
    days_off = Items(Part(DayOffSchema), most=60, least=1, required=True)
    makeup_workdays = Items(Day(), most=30, required=True)


class HolidayYearSchema(WireSchema):
    """A year's holidays; version 0 where the city has entered none."""

    year = shown(2027)
    version = shown(1)
    source = OneOf(HolidaySource, required=True)
    days_off = Items(Part(DayOffSchema), most=60, required=True)
    makeup_workdays = Items(Day(), most=30, required=True)


class ImportedTimesSchema(WireSchema):
    """What was taken of a table."""

    rows = shown(150)
    months = Items(
        fields.String(),
        most=24,
        required=True,
        metadata={"description": "They say from now on what the table says.", "examples": [["2026-11"]]},
    )
