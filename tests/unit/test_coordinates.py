"""Positions between WGS 84 and GCJ-02, on figures that other open implementations publish in their tests."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.venues.coordinates import EAST, NORTH, SOUTH, WEST, to_gcj02, to_wgs84
from services.venues.model import GeoPoint
from services.venues.rules import distance_m

# Longitude and latitude in WGS 84, and in GCJ-02.
KNOWN = [
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]
# Away from the edges, where the shift begins all at once.
WITHIN = some.tuples(some.floats(WEST + 0.1, EAST - 0.1), some.floats(SOUTH + 0.1, NORTH - 0.1))


@pytest.mark.parametrize(("wgs84", "gcj02"), KNOWN)
def test_known_figures(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    found = to_gcj02(*wgs84)
    assert (found.lng, found.lat) == pytest.approx(gcj02, abs=1e-9)
    assert to_wgs84(*gcj02) == pytest.approx(wgs84, abs=1e-8)


@given(WITHIN)
def test_there_and_back_is_less_than_a_decimetre(place: tuple[float, float]) -> None:
    there = to_gcj02(*place)
    back = to_wgs84(there.lng, there.lat)
    assert distance_m(GeoPoint(lng=place[0], lat=place[1]), GeoPoint(lng=back[0], lat=back[1])) < 0.1


@given(WITHIN)
def test_the_shift_is_some_hundred_metres(place: tuple[float, float]) -> None:
    moved = distance_m(GeoPoint(lng=place[0], lat=place[1]), to_gcj02(*place))
    assert 1 < moved < 1500
    assert math.isfinite(moved)


@pytest.mark.parametrize(
    "place", [(0.0, 0.0), (-0.1276, 51.5072), (139.6917, 35.6895), (72.003, 30.0), (100.0, 55.9), (180.0, -90.0)]
)
def test_outside_china_both_are_one(place: tuple[float, float]) -> None:
    assert to_gcj02(*place) == GeoPoint(lng=place[0], lat=place[1])
    assert to_wgs84(*place) == place
