"""Rules of opening: when they hold, what they do; holidays that the city entered; times of worship.

Times of a day are whole minutes after midnight in the city, 0 to 1440; 1440 is the midnight that ends the day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.calendars.names import ChurchFestivalName, LunarFestivalName, StatutoryHoliday
from services.venues.model import Channel

DAY_MINUTES = 24 * 60
DEFAULT_DAYS_AHEAD = 30


class LeapMonths(StrEnum):
    """Whether a lunar day counts in a leap month."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    ONLY = "only"


class MissingDay(StrEnum):
    """What stands for the 30th in a month of 29 days: nothing, or its last day."""

    SKIP = "skip"
    LAST_DAY = "last_day"


class ConditionKind(StrEnum):
    """The kinds of conditions."""

    WEEKLY = "weekly"
    DATES = "dates"
    PUBLIC_HOLIDAY = "public_holiday"
    MAKEUP_WORKDAY = "makeup_workday"
    LUNAR_DAY = "lunar_day"
    LUNAR_FESTIVAL = "lunar_festival"
    CHURCH_FESTIVAL = "church_festival"
    WORSHIP = "worship"


class EffectKind(StrEnum):
    """The kinds of effects."""

    SESSIONS = "sessions"
    CLOSED = "closed"
    BLOCKS = "blocks"


@dataclass(frozen=True, kw_only=True)
class DayRange:
    """Days from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """On these ISO weekdays (1 is Monday)."""

    days: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Dates:
    """On these days."""

    ranges: tuple[DayRange, ...]


@dataclass(frozen=True, kw_only=True)
class PublicHoliday:
    """On the days off of these statutory holidays, of all of them if none is named; weekends inside count too."""

    names: tuple[StatutoryHoliday, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MakeupWorkday:
    """On weekend days that are worked for a holiday (调休上班日)."""


@dataclass(frozen=True, kw_only=True)
class LunarDay:
    """On these days of lunar months, of all twelve if none is named."""

    days: tuple[int, ...]
    months: tuple[int, ...] = ()
    leap: LeapMonths = LeapMonths.INCLUDE
    missing: MissingDay = MissingDay.SKIP


@dataclass(frozen=True, kw_only=True)
class LunarFestival:
    """On these festivals, which fall in regular months and never in a leap month."""

    names: tuple[LunarFestivalName, ...]


@dataclass(frozen=True, kw_only=True)
class ChurchFestival:
    """On these festivals of churches."""

    names: tuple[ChurchFestivalName, ...]


@dataclass(frozen=True, kw_only=True)
class Worship:
    """At the imported times of these names, of all names if none is given, with margins around them."""

    names: tuple[str, ...] = ()
    minutes_before: int = 0
    minutes_after: int = 0


Condition = Weekly | Dates | PublicHoliday | MakeupWorkday | LunarDay | LunarFestival | ChurchFestival | Worship


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """Places of each slot for one channel; from `flows_before_min` before its start on, unused ones are anybody's."""

    channel: Channel
    places: int
    flows_before_min: int | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """Open from `opens` to `closes`, in slots of `slot_minutes`; None: one slot for all of it."""

    opens: int
    closes: int
    capacity: int
    slot_minutes: int | None = None
    set_aside: tuple[SetAside, ...] = ()
    last_entry_before_end_min: int | None = None

    @property
    def step(self) -> int:
        """Return the minutes of a slot."""
        return self.closes - self.opens if self.slot_minutes is None else self.slot_minutes


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """These sessions are the day's opening."""

    sessions: tuple[Session, ...]


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The whole day is closed."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Nobody visits from `starts` to `ends`."""

    starts: int
    ends: int


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """These are cut out of whatever opening wins; with Worship there are none, because its times are the blocks."""

    blocks: tuple[Block, ...] = ()


Effect = Sessions | Closed | Blocks


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When `when` holds, and the day lies within the validity, `what` is the case. The highest priority wins."""

    id: str
    label: str
    when: Condition
    what: Effect
    priority: int
    valid_from: date | None = None
    valid_until: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Tell whether `day` lies within the validity, both ends included."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """A venue's opening. Version 0 stands for a venue that has no calendar yet."""

    venue_id: str
    version: int
    rules: tuple[Rule, ...]
    plan_days_ahead: int
    changed_at: datetime | None = None
    changed_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class DayOff:
    """A day that is off, and for which holiday."""

    date: date
    name: StatutoryHoliday


class HolidaySource(StrEnum):
    """Who knows a year's holidays: the city entered it, the package has it, or nobody does."""

    ENTERED = "entered"
    PACKAGE = "package"
    UNPUBLISHED = "unpublished"


@dataclass(frozen=True, kw_only=True)
class HolidayYear:
    """The arrangement of one year's holidays, as its notice says: its days may begin in December before.

    Version 0: the city has not entered it.
    """

    year: int
    version: int
    days_off: tuple[DayOff, ...]
    makeup_workdays: tuple[date, ...]
    source: HolidaySource = HolidaySource.ENTERED
    changed_at: datetime | None = None
    changed_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class WorshipTime:
    """One time of worship."""

    date: date
    name: str
    starts: int
    ends: int


@dataclass(frozen=True, kw_only=True)
class WorshipMonth:
    """All times of worship of a venue in a month, which is named `2026-11`."""

    venue_id: str
    month: str
    times: tuple[WorshipTime, ...]
