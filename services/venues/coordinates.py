"""Positions between WGS 84, which satellites give, and GCJ-02, the system of all maps in China.

The figures are those of the transformation that was published as source code in 2010 and has been used by open software
since: Krasovsky's ellipsoid of 1940 and a sum of sines around (105° E, 35° N). It is not published officially.
"""

import math

from services.venues.model import GeoPoint

# Krasovsky 1940: semi-major axis in metres, and eccentricity squared.
AXIS_M = 6_378_245.0
ECCENTRICITY_2 = 0.006_693_421_622_965_943_23
CENTRE_LNG, CENTRE_LAT = 105.0, 35.0
# Where the transformation is applied: the rectangle around China that all its users take.
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
# A tenth of a millimetre: each round leaves less than a hundredth of the error of the one before.
CLOSE_ENOUGH_DEG = 1e-9
MOST_ROUNDS = 12


def to_gcj02(lng: float, lat: float) -> GeoPoint:
    """Return a position in degrees of WGS 84 as GCJ-02; outside China, where they are one, it stays as it is."""
    if not _in_china(lng, lat):
        return GeoPoint(lng=lng, lat=lat)
    shift_lng, shift_lat = _shift(lng, lat)
    return GeoPoint(lng=lng + shift_lng, lat=lat + shift_lat)


def to_wgs84(lng: float, lat: float) -> tuple[float, float]:
    """Return a position in degrees of GCJ-02 as longitude and latitude in WGS 84, right to less than a decimetre.

    The inverse has no closed form: it is the fixed point of subtracting the shift at the position looked for.
    """
    if not _in_china(lng, lat):
        return lng, lat
    found_lng, found_lat = lng, lat
    for _ in range(MOST_ROUNDS):
        shift_lng, shift_lat = _shift(found_lng, found_lat)
        off_lng, off_lat = found_lng + shift_lng - lng, found_lat + shift_lat - lat
        found_lng, found_lat = found_lng - off_lng, found_lat - off_lat
        if max(abs(off_lng), abs(off_lat)) < CLOSE_ENOUGH_DEG:
            break
    return found_lng, found_lat


def _in_china(lng: float, lat: float) -> bool:
    return WEST <= lng <= EAST and SOUTH <= lat <= NORTH


def _shift(lng: float, lat: float) -> tuple[float, float]:
    """Return what is added to a position in WGS 84, in degrees of longitude and latitude."""
    x, y = lng - CENTRE_LNG, lat - CENTRE_LAT
    radians = math.radians(lat)
    flattened = 1 - ECCENTRICITY_2 * math.sin(radians) ** 2
    metres_a_radian_lat = AXIS_M * (1 - ECCENTRICITY_2) / flattened**1.5
    metres_a_radian_lng = AXIS_M / math.sqrt(flattened) * math.cos(radians)
    return (
        math.degrees(_east_m(x, y) / metres_a_radian_lng),
        math.degrees(_north_m(x, y) / metres_a_radian_lat),
    )


def _east_m(x: float, y: float) -> float:
    waves = _wave(x, (20, 6), (20, 2)) + _wave(x, (20, 1), (40, 1 / 3)) + _wave(x, (150, 1 / 12), (300, 1 / 30))
    return 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves * 2 / 3


def _north_m(x: float, y: float) -> float:
    waves = _wave(x, (20, 6), (20, 2)) + _wave(y, (20, 1), (40, 1 / 3)) + _wave(y, (160, 1 / 12), (320, 1 / 30))
    return -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves * 2 / 3


def _wave(angle: float, *parts: tuple[float, float]) -> float:
    """Return the sum of sines of `angle` times pi, each given by its height in metres and its frequency."""
    return sum(height * math.sin(frequency * angle * math.pi) for height, frequency in parts)
