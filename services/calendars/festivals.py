"""On which days festivals fall: a table for the lunar ones, a computation for Easter."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from services.calendars.lunar import LunarDate
from services.calendars.names import ChurchFestivalName, LunarFestivalName

_L, _C = LunarFestivalName, ChurchFestivalName
# Name, month and day. The 30th is the last day of a month of 29 days. New year's eve is the last day of the year,
# whatever its month and number, and is not in this table.
LUNAR_DAYS: Mapping[LunarFestivalName, tuple[str, int, int]] = {
    _L.SPRING_FESTIVAL: ("春节", 1, 1),
    _L.MAITREYA_BIRTHDAY: ("弥勒菩萨圣诞", 1, 1),
    _L.JADE_EMPEROR_BIRTHDAY: ("玉皇大帝圣诞", 1, 9),
    _L.LANTERN: ("元宵节", 1, 15),
    _L.UPPER_PRIMORDIAL: ("上元天官圣诞", 1, 15),
    _L.BUDDHA_RENUNCIATION: ("释迦牟尼佛出家", 2, 8),
    _L.BUDDHA_NIRVANA: ("释迦牟尼佛涅槃", 2, 15),
    _L.LAOJUN_BIRTHDAY: ("太上老君圣诞", 2, 15),
    _L.GUANYIN_BIRTHDAY: ("观音菩萨圣诞", 2, 19),
    _L.SAMANTABHADRA_BIRTHDAY: ("普贤菩萨圣诞", 2, 21),
    _L.XUANWU_BIRTHDAY: ("真武大帝圣诞", 3, 3),
    _L.MAZU_BIRTHDAY: ("妈祖圣诞", 3, 23),
    _L.MANJUSHRI_BIRTHDAY: ("文殊菩萨圣诞", 4, 4),
    _L.BUDDHA_BIRTHDAY: ("佛诞（浴佛节）", 4, 8),
    _L.LYU_DONGBIN_BIRTHDAY: ("吕祖圣诞", 4, 14),
    _L.DRAGON_BOAT: ("端午节", 5, 5),
    _L.GUANYIN_ENLIGHTENMENT: ("观音菩萨成道", 6, 19),
    _L.GUAN_DI_BIRTHDAY: ("关圣帝君圣诞", 6, 24),
    _L.QIXI: ("七夕", 7, 7),
    _L.ULLAMBANA: ("盂兰盆节", 7, 15),
    _L.MIDDLE_PRIMORDIAL: ("中元地官圣诞", 7, 15),
    _L.KSITIGARBHA_BIRTHDAY: ("地藏菩萨圣诞", 7, 30),
    _L.MID_AUTUMN: ("中秋节", 8, 15),
    _L.DOUBLE_NINTH: ("重阳节", 9, 9),
    _L.GUANYIN_RENUNCIATION: ("观音菩萨出家", 9, 19),
    _L.BHAISAJYAGURU_BIRTHDAY: ("药师佛圣诞", 9, 30),
    _L.LOWER_PRIMORDIAL: ("下元水官圣诞", 10, 15),
    _L.AMITABHA_BIRTHDAY: ("阿弥陀佛圣诞", 11, 17),
    _L.LABA: ("腊八节", 12, 8),
    _L.BUDDHA_ENLIGHTENMENT: ("释迦牟尼佛成道", 12, 8),
}
NEW_YEARS_EVE_TITLE = "除夕"
CHURCH_TITLES: Mapping[ChurchFestivalName, str] = {
    _C.GOOD_FRIDAY: "耶稣受难日",
    _C.EASTER: "复活节",
    _C.CHRISTMAS_EVE: "平安夜",
    _C.CHRISTMAS: "圣诞节",
}


def lunar_festivals_on(day: LunarDate) -> tuple[LunarFestivalName, ...]:
    """Return the festivals that fall on `day`; none does in a leap month, but for the last day of a year."""
    found = [] if day.is_leap else [name for name, its in LUNAR_DAYS.items() if _falls(its, day)]
    return tuple([*found, LunarFestivalName.NEW_YEARS_EVE] if day.ends_year else found)


def _falls(festival: tuple[str, int, int], day: LunarDate) -> bool:
    _, month, nth = festival
    return day.month == month and day.day == min(nth, day.month_length)


def title_of(name: LunarFestivalName | ChurchFestivalName) -> str:
    """Return what a festival is called in Chinese."""
    if isinstance(name, ChurchFestivalName):
        return CHURCH_TITLES[name]
    return NEW_YEARS_EVE_TITLE if name is LunarFestivalName.NEW_YEARS_EVE else LUNAR_DAYS[name][0]


def church_festivals_on(day: date) -> tuple[ChurchFestivalName, ...]:
    """Return the festivals of churches on `day`."""
    its = _church_days(day.year)
    return tuple(name for name in ChurchFestivalName if its[name] == day)


@lru_cache(maxsize=64)
def _church_days(year: int) -> Mapping[ChurchFestivalName, date]:
    sunday = easter(year)
    return {
        _C.GOOD_FRIDAY: sunday - timedelta(days=2),
        _C.EASTER: sunday,
        _C.CHRISTMAS_EVE: date(year, 12, 24),
        _C.CHRISTMAS: date(year, 12, 25),
    }


def easter(year: int) -> date:
    """Return Easter Sunday by the Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
