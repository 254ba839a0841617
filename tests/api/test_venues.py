"""Finding a venue and a slot, as anybody may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.demo.city import load_demo_city
from services.reservations.model import SlotState
from services.venues.model import GeoPoint
from services.venues.rules import distance_m
from tests.api.house import House, accepted, instant, refused

PEOPLE_SQUARE = GeoPoint(lng=121.4752, lat=31.2304)


async def all_pages(house: House, path: str, **asked: Any) -> list[dict[str, Any]]:
    """Follow `next` to the end; each page but the last is full."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = accepted(await house.nobody.get(path, params=asked | after))
        assert set(page) == {"items", "next"}
        found += page["items"]
        if page["next"] is None:
            return found
        assert len(page["items"]) == int(asked["limit"])
        after = {"after": page["next"]}


async def test_venues_come_in_pages_each_once_in_the_order_of_pinyin(house: House) -> None:
    found = await all_pages(house, "/venues", limit=3)
    assert len(found) >= 13
    city = {venue.id: venue.pinyin for venue in load_demo_city().venues}
    assert [venue["id"] for venue in found] == sorted(city, key=lambda one: (city[one], one))


async def test_a_venue_shows_its_public_facts(house: House) -> None:
    found = accepted(await house.nobody.get("/venues", params={"q": "jing an si"}))["items"]
    assert [venue["name"] for venue in found] == ["静安寺"]
    venue = found[0]
    assert venue["district_id"] == "310106"
    assert venue["kind"] == "buddhist_temple"
    assert venue["example"] is False
    assert venue["gates"]
    assert venue["usual_hours"]
    assert accepted(await house.nobody.get(f"/venues/{venue['id']}")) == venue


@pytest.mark.parametrize("text", ["静安寺", "JING'AN", "jing an si", "jingansi", "南京西路 静安", "静安\u3000寺"])
async def test_a_search_takes_names_pinyin_and_addresses(house: House, text: str) -> None:
    found = accepted(await house.nobody.get("/venues", params={"q": text}))["items"]
    assert "静安寺" in [venue["name"] for venue in found]
    assert len(found) < 5


async def test_a_search_for_nothing_known_finds_nothing(house: House) -> None:
    assert accepted(await house.nobody.get("/venues", params={"q": "no such place"})) == {"items": [], "next": None}


async def test_a_district_holds_its_venues_only(house: House) -> None:
    districts = accepted(await house.nobody.get("/districts"))
    assert districts["next"] is None
    assert len(districts["items"]) == 16
    everything = await all_pages(house, "/venues", limit=50)
    by_district = {
        district["id"]: [v["id"] for v in await all_pages(house, "/venues", limit=50, district=district["id"])]
        for district in districts["items"]
    }
    for district_id, ids in by_district.items():
        assert ids == [venue["id"] for venue in everything if venue["district_id"] == district_id]
    assert sum(map(len, by_district.values())) == len(everything)


async def test_with_near_the_nearest_come_first_over_all_pages(house: House) -> None:
    here = f"{PEOPLE_SQUARE.lng},{PEOPLE_SQUARE.lat}"
    found = await all_pages(house, "/venues", limit=4, near=here)
    assert len(found) == len(await all_pages(house, "/venues", limit=50))
    away = [distance_m(PEOPLE_SQUARE, GeoPoint(**venue["position"])) for venue in found]
    assert away == sorted(away)
    assert away[0] < 1000 < away[-1]


async def test_slots_of_the_coming_week_come_in_order_with_the_running_one_first(house: House) -> None:
    before = datetime.now(UTC)
    found = await all_pages(house, f"/venues/{house.venue['id']}/slots", limit=50)
    assert len({slot["id"] for slot in found}) == len(found)
    starts = [instant(slot["starts_at"]) for slot in found]
    assert starts == sorted(starts)
    # By the clock, slots of one hour without a gap: the running one and those that begin within seven days. Other tests
    # add some of their own, never at the full hour.
    hourly = [slot for slot in found if instant(slot["starts_at"]).minute == 0 and slot["capacity"] == 500]
    assert 168 <= len(hourly) <= 170
    assert instant(found[0]["ends_at"]) > before
    assert starts[0] <= datetime.now(UTC)
    assert starts[-1] < datetime.now(UTC) + timedelta(days=7)
    running = hourly[0]
    always = {"id", "venue_id", "starts_at", "ends_at", "capacity", "places_left", "status"}
    assert set(running) == always | {"last_entry_at", "waiting", "releases_at"}
    assert running["venue_id"] == house.venue["id"]
    assert running["status"] == "open"
    assert 0 < running["places_left"] <= running["capacity"] == 500


async def test_a_window_holds_the_slots_that_touch_it(house: House) -> None:
    day = datetime.now(UTC).replace(hour=0, minute=30, second=0, microsecond=0) + timedelta(days=3)
    asked = {"from": day.isoformat(), "to": (day + timedelta(hours=2)).isoformat()}
    found = accepted(await house.nobody.get(f"/venues/{house.venue['id']}/slots", params=asked))
    assert [instant(slot["starts_at"]) for slot in found["items"]] == [
        day - timedelta(minutes=30) + timedelta(hours=hours) for hours in range(3)
    ]
    assert found["next"] is None


@pytest.mark.parametrize("offset", ["Z", "z", "+08:00", " 08:00", "-11:30", ".123456789Z"])
async def test_instants_may_have_any_offset(house: House, offset: str) -> None:
    # A plus sign that a client forgot to escape arrives as a space.
    since = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%dT%H:%M:%S}{offset}"
    asked = {"from": since, "limit": "1"}
    slot = accepted(await house.nobody.get(f"/venues/{house.venue['id']}/slots", params=asked))["items"][0]
    meant = datetime.fromisoformat(since.replace(" ", "+").replace("z", "Z"))
    assert instant(slot["starts_at"]) <= meant < instant(slot["ends_at"])


async def test_a_slot_says_what_can_be_done_with_it(house: House) -> None:
    minute = timedelta(minutes=1)
    made = {
        await house.add_slot(starts_in=-60 * minute, lasts=30 * minute): "ended",
        await house.add_slot(starts_in=10 * minute, lasts=30 * minute, places=0): "full",
        await house.add_slot(starts_in=10 * minute, lasts=30 * minute, state=SlotState.CLOSED): "closed",
        await house.add_slot(starts_in=10 * minute, lasts=30 * minute): "open",
    }
    since = datetime.now(UTC) - timedelta(hours=2)
    asked = {"from": since.isoformat(), "to": (since + timedelta(hours=4)).isoformat()}
    found = accepted(await house.nobody.get(f"/venues/{house.side_venue['id']}/slots", params=asked))["items"]
    assert {slot["id"]: slot["status"] for slot in found if slot["id"] in made} == made


@pytest.mark.parametrize("path", ["/venues/{}", "/venues/{}/slots"])
@pytest.mark.parametrize(
    "venue_id", ["ven_01JD0000000000000000000000", "x", "%00", "%F0%9F%92%A9", "..%2F..%2Fetc", "a" * 3000, "%20"]
)
async def test_an_unknown_venue_is_not_found(house: House, path: str, venue_id: str) -> None:
    refused(await house.nobody.get(path.format(venue_id)), 404, "venue_not_found")
