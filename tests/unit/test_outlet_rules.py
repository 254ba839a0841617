"""What must be true of outlets, decided without a database."""

from dataclasses import replace
from datetime import date

import pytest

from services.patrols.outlets import rules
from services.patrols.outlets.errors import OutletInvalid, OutletKeyTaken
from services.patrols.outlets.model import OutletKey
from services.venues.model import GeoPoint
from tests.outlets import USCC, make_details, make_licence

KEY = OutletKey(id="licence:310000:示例-0001", outlet_id="otl_1", version=3)


@pytest.mark.parametrize("text", [USCC.lower(), f" {USCC}", USCC[:-1], f"{USCC[:-1]}P", "1" * 18, "", "城" * 18])
def test_only_a_code_as_written_is_one(text: str) -> None:
    assert rules.is_uscc(USCC)
    assert not rules.is_uscc(text)


def test_all_that_is_wrong_is_named_at_once() -> None:
    details = make_details(
        uscc="x",
        licence=make_licence(valid_from=date(2026, 1, 2), valid_to=date(2026, 1, 1)),
        position=GeoPoint(lng=31.2, lat=121.5),
    )
    with pytest.raises(OutletInvalid) as refusal:
        rules.ensure_sound(details)
    assert [error.path for error in refusal.value.errors] == [
        "uscc",
        "licence.valid_to",
        "position.lng",
        "position.lat",
    ]
    one_day = make_licence(valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 1))
    rules.ensure_sound(make_details(licence=one_day, uscc=USCC))


def test_a_position_is_near_some_venue_of_its_city_or_implausible() -> None:
    venues = [GeoPoint(lng=121.45, lat=31.22), GeoPoint(lng=121.10, lat=31.10)]
    assert rules.position_fault(GeoPoint(lng=121.9, lat=31.6), venues) is None
    assert rules.position_fault(GeoPoint(lng=116.4, lat=39.9), []) is None
    fault = rules.position_fault(GeoPoint(lng=116.4, lat=39.9), venues)
    assert fault is not None
    assert (fault.path, fault.code, fault.values) == ("position", "position_implausible", ("150",))


def test_keys_change_hands_only_when_they_are_free() -> None:
    taken, free = {KEY.id: KEY}, {KEY.id: replace(KEY, outlet_id=None)}
    external = "external:310000:list-1"
    with pytest.raises(OutletKeyTaken) as refusal:
        rules.keys_after("otl_2", (), (KEY.id, external), taken | {external: replace(KEY, id=external)})
    assert [error.path for error in refusal.value.errors] == ["licence.number", "external_id"]
    assert rules.keys_after("otl_2", (), (KEY.id,), free) == (replace(KEY, outlet_id="otl_2", version=4),)
    assert rules.keys_after("otl_1", (KEY.id,), (KEY.id,), taken) == ()
    assert rules.keys_after("otl_1", (KEY.id,), ("b",), taken) == (
        replace(KEY, outlet_id=None, version=4), OutletKey(id="b", outlet_id="otl_1", version=1)
    )  # fmt: skip
