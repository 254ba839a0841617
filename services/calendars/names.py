"""What rules call holidays and festivals."""

from enum import StrEnum


class StatutoryHoliday(StrEnum):
    """The holidays of the State Council's arrangement for a year; OTHER is for a single occasion."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    OTHER = "other"


class LunarFestivalName(StrEnum):
    """Festivals by the lunar calendar; their days are in `festivals.py`."""

    SPRING_FESTIVAL = "spring_festival"
    LANTERN = "lantern"
    DRAGON_BOAT = "dragon_boat"
    QIXI = "qixi"
    MID_AUTUMN = "mid_autumn"
    DOUBLE_NINTH = "double_ninth"
    LABA = "laba"
    NEW_YEARS_EVE = "new_years_eve"
    MAITREYA_BIRTHDAY = "maitreya_birthday"
    BUDDHA_RENUNCIATION = "buddha_renunciation"
    BUDDHA_NIRVANA = "buddha_nirvana"
    BUDDHA_BIRTHDAY = "buddha_birthday"
    BUDDHA_ENLIGHTENMENT = "buddha_enlightenment"
    GUANYIN_BIRTHDAY = "guanyin_birthday"
    GUANYIN_ENLIGHTENMENT = "guanyin_enlightenment"
    GUANYIN_RENUNCIATION = "guanyin_renunciation"
    SAMANTABHADRA_BIRTHDAY = "samantabhadra_birthday"
    MANJUSHRI_BIRTHDAY = "manjushri_birthday"
    ULLAMBANA = "ullambana"
    KSITIGARBHA_BIRTHDAY = "ksitigarbha_birthday"
    BHAISAJYAGURU_BIRTHDAY = "bhaisajyaguru_birthday"
    AMITABHA_BIRTHDAY = "amitabha_birthday"
    JADE_EMPEROR_BIRTHDAY = "jade_emperor_birthday"
    LAOJUN_BIRTHDAY = "laojun_birthday"
    XUANWU_BIRTHDAY = "xuanwu_birthday"
    MAZU_BIRTHDAY = "mazu_birthday"
    LYU_DONGBIN_BIRTHDAY = "lyu_dongbin_birthday"
    GUAN_DI_BIRTHDAY = "guan_di_birthday"
    UPPER_PRIMORDIAL = "upper_primordial"
    MIDDLE_PRIMORDIAL = "middle_primordial"
    LOWER_PRIMORDIAL = "lower_primordial"


class ChurchFestivalName(StrEnum):
    """Festivals of churches by the Gregorian calendar."""

    GOOD_FRIDAY = "good_friday"
    EASTER = "easter"
    CHRISTMAS_EVE = "christmas_eve"
    CHRISTMAS = "christmas"
