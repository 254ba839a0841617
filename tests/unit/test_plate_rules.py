"""Plates begin and end, and one that hangs elsewhere is known by its place."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.patrols.plates.errors import PlateOver, PlateSiteClosed
from services.patrols.plates.model import PlateEnd, PlateState, SitePlate
from services.patrols.plates.rules import (
    ensure_active,
    ensure_current,
    new_plate,
    place_verdict,
    pointed,
    replaced,
    revoked,
)
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.venues.model import GeoPoint

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HERE = GeoPoint(lng=121.4752, lat=31.2304)
SITE = Site(
    id="otl_01K0000000EXAMP7E000000004",
    kind=SiteKind.OUTLET,
    name="示例面馆",
    name_en="Example noodles",
    address="示例路1号",
    position=HERE,
    city_id="310000",
    district_id="310101",
    seen_by=("district:310101", "city:310000"),
    state=SiteState.ACTIVE,
)


def north(metres: float) -> GeoPoint:
    return replace(HERE, lat=HERE.lat + metres / 111_195)


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "elsewhere"),
    [
        (0, None, False),
        (399, None, False),
        (402, None, True),
        (299, 0, False),
        (302, 0, True),
        (302, 50, False),
        (352, 50, True),
        (799, 5000, False),
        (802, 5000, True),
        (302, -50, True),
        (1_000_000, 1_000_000, True),
    ],
)
def test_a_plate_is_elsewhere_beyond_what_place_and_phone_excuse(
    metres: float, accuracy_m: float | None, *, elsewhere: bool
) -> None:
    verdict = place_verdict(HERE, north(metres), accuracy_m)
    assert verdict.elsewhere is elsewhere
    assert verdict.distance_m == pytest.approx(metres, abs=1 + metres / 1000)


def plate(**changes: Any) -> Any:
    return replace(new_plate("plt_1", SITE, kid=1, issued_by="stf_1", now=NOW), **changes)


def test_a_new_plate_is_the_sites_own() -> None:
    made = plate()
    assert (made.state, made.version, made.site_kind, made.seen_by) == (
        PlateState.CURRENT, 1, SiteKind.OUTLET, SITE.seen_by
    )  # fmt: skip
    ensure_current(made)


def test_a_plate_ends_once() -> None:
    over = replaced(plate(), by="plt_2", end=PlateEnd.DAMAGED, now=NOW)
    assert (over.state, over.replaced_by, over.end, over.ended_at, over.version) == (
        PlateState.REPLACED, "plt_2", PlateEnd.DAMAGED, NOW, 2
    )  # fmt: skip
    gone = revoked(plate(), end=PlateEnd.STOLEN, now=NOW)
    assert (gone.state, gone.replaced_by, gone.end, gone.version) == (PlateState.REVOKED, None, PlateEnd.STOLEN, 2)
    for one in (over, gone):
        with pytest.raises(PlateOver):
            ensure_current(one)


@pytest.mark.parametrize("state", [SiteState.CLOSED, SiteState.MERGED])
def test_a_closed_outlet_gets_none(state: SiteState) -> None:
    ensure_active(SITE)
    with pytest.raises(PlateSiteClosed):
        ensure_active(replace(SITE, state=state))


def test_the_pointer_counts_its_changes() -> None:
    first = pointed(None, SITE.id, "plt_1")
    assert first == SitePlate(id=SITE.id, plate_id="plt_1", version=1)
    assert pointed(first, SITE.id, None) == SitePlate(id=SITE.id, plate_id=None, version=2)
