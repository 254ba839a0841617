"""How venues are searched, ordered and paged."""

from dataclasses import replace

import pytest

from services.common.pages import CursorInvalid, make_cursor
from services.venues.model import GeoPoint, Venue, VenueKind, VenueSearch
from services.venues.rules import distance_m, page_of

VENUE = Venue(
    id="ven_a",
    name="示例甲",
    name_en="Example A",
    pinyin="shi li jia",
    kind=VenueKind.EXHIBITION_HALL,
    address="示例路1号",
    city_id="310000",
    district_id="310101",
    organisation_id=None,
    position=GeoPoint(lng=121.47, lat=31.23),
    usual_hours=(),
    gates=(),
    max_party_size=5,
    about="",
    about_en="",
    example=True,
)
EAST = replace(VENUE, id="ven_b", name="示例乙", name_en="Example B", pinyin="shi li yi", district_id="310115",
               position=GeoPoint(lng=121.57, lat=31.23))  # fmt: skip
FAR = replace(VENUE, id="ven_c", name="远方", name_en="Far away", pinyin="yuan fang", position=GeoPoint(lng=0, lat=0))
ALL = [FAR, EAST, VENUE]
ANY = VenueSearch(text=None, district_id=None, near=None, limit=50, after=None)


def ids(search: VenueSearch) -> list[str]:
    return [venue.id for venue in page_of(ALL, search).items]


def walk(search: VenueSearch) -> list[str]:
    found: list[str] = []
    while True:
        page = page_of(ALL, search)
        found += [venue.id for venue in page.items]
        if page.next is None:
            return found
        search = replace(search, after=page.next)


def test_venues_come_in_the_order_of_their_pinyin() -> None:
    assert ids(ANY) == ["ven_a", "ven_b", "ven_c"]


@pytest.mark.parametrize("text", ["示例", "EXAMPLE", "shili", "shi li", "路 示例"])
def test_words_are_found_in_name_pinyin_and_address(text: str) -> None:
    assert "ven_a" in ids(replace(ANY, text=text))


def test_all_words_must_be_found() -> None:
    assert ids(replace(ANY, text="example b")) == ["ven_b"]
    assert ids(replace(ANY, text="example z")) == []


def test_a_district_has_its_own_venues() -> None:
    assert ids(replace(ANY, district_id="310115")) == ["ven_b"]


def test_the_nearest_come_first() -> None:
    assert ids(replace(ANY, near=GeoPoint(lng=121.58, lat=31.23))) == ["ven_b", "ven_a", "ven_c"]


@pytest.mark.parametrize("near", [None, GeoPoint(lng=121.58, lat=31.23)])
def test_pages_of_one_give_each_venue_once(near: GeoPoint | None) -> None:
    assert walk(replace(ANY, near=near, limit=1)) == ids(replace(ANY, near=near))


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(CursorInvalid):
        page_of(ALL, replace(ANY, after=make_cursor(12.0, "ven_a")))


def test_distance_is_that_of_the_sphere() -> None:
    equator = distance_m(GeoPoint(lng=0, lat=0), GeoPoint(lng=90, lat=0))
    assert equator == pytest.approx(10_007_557, rel=1e-6)
    assert distance_m(GeoPoint(lng=121, lat=31), GeoPoint(lng=121, lat=31)) == 0
    assert distance_m(GeoPoint(lng=0, lat=90), GeoPoint(lng=180, lat=-90)) == pytest.approx(2 * equator)
