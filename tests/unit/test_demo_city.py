"""The demo city is sound, marks what is invented, and has the same ids in every process."""

import os
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from ulid import ULID

from server.demo import city as demo_city_module
from server.demo.checks import ensure_sound
from server.demo.city import (
    DemoCity,
    DemoCityError,
    DemoGate,
    DemoOutlet,
    DemoVenue,
    OpeningHours,
    demo_id,
    load_demo_city,
    parse_demo_city,
)
from services.identity.model import Role, Scope, ScopeLevel
from services.venues.model import GateUse

ROOT = Path(__file__).parents[2]

# GB/T 2260: the sixteen districts of Shanghai since Chongming became one in 2016, each with a box that
# holds it: west, east, south, north in degrees, GCJ-02, rounded outwards.
DISTRICT_BOXES = {
    "310101": (121.455, 121.515, 31.185, 31.250),
    "310104": (121.395, 121.475, 31.100, 31.225),
    "310105": (121.325, 121.445, 31.175, 31.245),
    "310106": (121.425, 121.485, 31.210, 31.335),
    "310107": (121.335, 121.455, 31.220, 31.305),
    "310109": (121.455, 121.525, 31.235, 31.315),
    "310110": (121.495, 121.590, 31.250, 31.360),
    "310112": (121.245, 121.585, 30.980, 31.260),
    "310113": (121.285, 121.510, 31.280, 31.520),
    "310114": (121.090, 121.370, 31.220, 31.500),
    "310115": (121.450, 122.000, 30.840, 31.400),
    "310116": (121.000, 121.370, 30.660, 30.940),
    "310117": (121.030, 121.370, 30.900, 31.170),
    "310118": (120.850, 121.290, 30.950, 31.300),
    "310120": (121.330, 121.780, 30.780, 31.020),
    "310151": (121.150, 122.000, 31.330, 31.880),
}

PRINT_IDS = """
from datetime import UTC, date, datetime
from server.demo.city import load_demo_city
from server.demo.slots import demo_calendar
from services.calendars.almanac import Almanac
from services.calendars.resolving import plan_slots
from services.calendars.worship import WorshipTable
from services.reservations.slot_ids import slot_id
for venue in load_demo_city().venues:
    print(venue.id, *(gate.id for gate in venue.gates))
    calendar = demo_calendar(venue, datetime(2026, 12, 1, tzinfo=UTC))
    print(*(rule.id for rule in calendar.rules))
    slots = plan_slots(calendar, date(2026, 12, 1), 3, Almanac(()), WorshipTable(()))
    print(*(slot_id(venue.id, slot.starts_at, slot.ends_at) for slot in slots))
"""


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return load_demo_city()


def example_venue(city: DemoCity) -> DemoVenue:
    return next(venue for venue in city.venues if venue.slug == "example-round-the-clock")


def test_has_all_sixteen_districts_by_their_codes(city: DemoCity) -> None:
    assert [district.id for district in city.districts] == sorted(DISTRICT_BOXES)
    assert city.id == "310000"


def test_each_place_lies_in_its_district(city: DemoCity) -> None:
    places: list[DemoVenue | DemoOutlet] = [*city.venues, *city.outlets]
    for place in places:
        west, east, south, north = DISTRICT_BOXES[place.district]
        longitude, latitude = place.position
        assert west <= longitude <= east, place.slug
        assert south <= latitude <= north, place.slug


def test_an_address_names_the_district(city: DemoCity) -> None:
    names = {district.id: district.name.removesuffix("新区") for district in city.districts}
    places: list[DemoVenue | DemoOutlet] = [*city.venues, *city.outlets]
    for place in places:
        assert place.address.startswith(names[place.district]), place.slug


def test_has_a_dozen_real_venues_of_several_kinds(city: DemoCity) -> None:
    real = [venue for venue in city.venues if not venue.example]
    assert len(real) >= 12
    assert len({venue.kind for venue in real}) >= 4
    for venue in real:
        assert "示例" not in venue.name
        assert 3 <= venue.max_party_size <= 5
        assert venue.about
        assert venue.about_en


def test_what_is_invented_says_so_in_both_languages(city: DemoCity) -> None:
    invented_venues = [venue for venue in city.venues if venue.example]
    invented_gates = [gate for venue in city.venues for gate in venue.gates if gate.example]
    assert len(city.outlets) == 6
    invented: list[DemoVenue | DemoGate | DemoOutlet] = [*invented_venues, *invented_gates, *city.outlets]
    for thing in invented:
        assert "示例" in thing.name
        assert "example" in thing.name_en.lower()
    places: list[DemoVenue | DemoOutlet] = [*invented_venues, *city.outlets]
    assert all("虚构" in place.address for place in places)
    assert all(outlet.licence.startswith("示例") for outlet in city.outlets)


def test_one_licence_ends_soon_and_one_has_ended(city: DemoCity) -> None:
    days = sorted(outlet.licence_ends_in_days for outlet in city.outlets)
    assert days[0] < 0
    assert days[1] == 20
    assert days[2] > 60


def test_the_example_venue_never_closes(city: DemoCity) -> None:
    venue = example_venue(city)
    (hours,) = venue.usual_hours
    assert hours.days == frozenset(range(1, 8))
    assert (hours.opens, hours.closes) == (timedelta(0), timedelta(hours=24))
    assert venue.example
    assert [gate.use for gate in venue.gates] == [GateUse.ENTRANCE, GateUse.ENTRANCE, GateUse.EXIT]
    assert (venue.district, venue.slot_minutes, venue.slot_capacity) == ("310101", 60, 500)


def test_the_demo_accounts_are_scoped_to_the_example(city: DemoCity) -> None:
    example = Scope(level=ScopeLevel.VENUE, id=example_venue(city).id)
    district = Scope(level=ScopeLevel.DISTRICT, id="310101")
    whole_city = Scope(level=ScopeLevel.CITY, id="310000")
    assert {account.username: (account.role, account.scopes) for account in city.accounts} == {
        "gate": (Role.GATE, (example,)),
        "manager": (Role.VENUE_MANAGER, (example,)),
        "inspector": (Role.INSPECTOR, (district,)),
        "inspector2": (Role.INSPECTOR, (district,)),
        "inspector3": (Role.INSPECTOR, (Scope(level=ScopeLevel.DISTRICT, id="310115"),)),
        "district": (Role.DISTRICT_ADMIN, (district,)),
        "admin": (Role.CITY_ADMIN, (whole_city,)),
        "auditor": (Role.AUDITOR, (whole_city,)),
    }


def test_no_two_things_share_an_id(city: DemoCity) -> None:
    places: list[DemoVenue | DemoOutlet] = [*city.venues, *city.outlets]
    ids = [place.id for place in places] + [gate.id for venue in city.venues for gate in venue.gates]
    assert len(ids) == len(set(ids))


def test_a_demo_id_is_a_prefixed_ulid_of_a_fixed_time() -> None:
    prefix, _, text = demo_id("ven", "longhua-temple").partition("_")
    assert prefix == "ven"
    assert ULID.from_str(text).datetime == datetime(2026, 1, 1, tzinfo=UTC)
    assert demo_id("ven", "longhua-temple") == f"ven_{text}"
    assert demo_id("gat", "longhua-temple") != f"gat_{text}"
    assert demo_id("ven", "jingan-temple") != f"ven_{text}"


def test_two_processes_compute_the_same_ids() -> None:
    first, second = (_ids_in_a_process_with(hash_seed) for hash_seed in ("1", "2"))
    assert first == second
    assert example_venue(load_demo_city()).id in first


def _ids_in_a_process_with(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PRINT_IDS]
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return finished.stdout


def hours(opens: float, closes: float, days: frozenset[int] = frozenset({1})) -> OpeningHours:
    return OpeningHours(days=days, opens=timedelta(hours=opens), closes=timedelta(hours=closes))


GATE = DemoGate(
    id=demo_id("gat", "any"), slug="main", name="正门", name_en="Main gate", example=False, use=GateUse.ENTRANCE
)

BAD_VENUES: dict[str, dict[str, Any]] = {
    "district 310230 is not listed": {"district": "310230"},
    "longitude 31.2 is outside": {"position": (31.2, 31.2)},
    "latitude 30.2 is outside": {"position": (121.4, 30.2)},
    "not a known kind": {"kind": "stadium"},
    "a slug has lower-case words": {"slug": "Longhua Temple"},
    "pinyin is lower-case": {"pinyin": "lóng huá sì"},
    "has a gate": {"gates": ()},
    "gate main appears twice": {"gates": (GATE, GATE)},
    "has usual hours": {"usual_hours": ()},
    "are positive": {"slot_minutes": 0},
    "a party would not fit": {"slot_capacity": 2},
    "open before they close": {"usual_hours": (hours(16, 8),)},
    "within 00:00 and 24:00": {"usual_hours": (hours(8, 25),)},
    "shorter than one slot": {"usual_hours": (hours(8, 8.5),)},
    "days are 1": {"usual_hours": (hours(8, 16, frozenset({0, 1})),)},
    "overlap on weekday 1": {"usual_hours": (hours(12, 16), hours(8, 13))},
}


@pytest.mark.parametrize("problem", BAD_VENUES)
def test_refuses_an_unsound_venue(city: DemoCity, problem: str) -> None:
    first, *others = city.venues
    with pytest.raises(DemoCityError, match=problem):
        ensure_sound(replace(city, venues=(replace(first, **BAD_VENUES[problem]), *others)))


def test_lets_hours_touch_and_share_a_clock_time_on_different_days(city: DemoCity) -> None:
    first, *others = city.venues
    touching = (hours(12, 16), hours(8, 12), hours(8, 16, frozenset({2})))
    ensure_sound(replace(city, venues=(replace(first, usual_hours=touching), *others)))


UNSOUND: dict[str, Callable[[DemoCity], DemoCity]] = {
    "slug longhua-temple appears twice": lambda city: replace(city, venues=(*city.venues, city.venues[0])),
    "slug example-outlet-1 appears twice": lambda city: replace(city, outlets=(*city.outlets, city.outlets[0])),
    "district 310101 appears twice": lambda city: replace(city, districts=(*city.districts, city.districts[0])),
    "account gate appears twice": lambda city: replace(city, accounts=(*city.accounts, city.accounts[0])),
    "310230 is not a GB/T 2260 code": lambda city: replace(
        city, districts=(*city.districts, replace(city.districts[0], id="310230"))
    ),
    "310101: pinyin is lower-case": lambda city: replace(
        city, districts=(replace(city.districts[0], pinyin="Huangpu"), *city.districts[1:])
    ),
    "cafe is not a known kind": lambda city: replace(city, outlets=(replace(city.outlets[0], kind="cafe"),)),
    "its licence is invented": lambda city: replace(city, outlets=(replace(city.outlets[0], licence="0001"),)),
    "must say so by example": lambda city: replace(city, outlets=(replace(city.outlets[0], example=False),)),
    "is not of this city's examples": lambda city: replace(
        city, accounts=(replace(city.accounts[0], scopes=(Scope(level=ScopeLevel.VENUE, id=city.venues[0].id),)),)
    ),
    "without a scope": lambda city: replace(city, accounts=(replace(city.accounts[0], scopes=()),)),
}


@pytest.mark.parametrize("problem", UNSOUND)
def test_refuses_an_unsound_city(city: DemoCity, problem: str) -> None:
    with pytest.raises(DemoCityError, match=problem):
        ensure_sound(UNSOUND[problem](city))


def documents() -> tuple[dict[str, Any], dict[str, Any]]:
    here = Path(demo_city_module.__file__).parent
    real, examples = (yaml.safe_load((here / name).read_text("utf-8")) for name in ("shanghai.yaml", "examples.yaml"))
    return deepcopy(real), deepcopy(examples)  # YAML anchors share nodes; a change must stay in one place


BAD_FIELDS: dict[str, Callable[[dict[str, Any]], object]] = {
    "'kind'": lambda venue: venue.pop("kind"),
    "'slug' is missing": lambda venue: venue.pop("slug"),
    "phone": lambda venue: venue.update(phone="1"),
    "24:30 is not a clock time": lambda venue: venue["usual_hours"][0].update(closes="24:30"),
    "8:00 is not a clock time": lambda venue: venue["usual_hours"][0].update(opens="8:00"),
    "too many values": lambda venue: venue.update(position=[1, 2, 3]),
}


@pytest.mark.parametrize("problem", BAD_FIELDS)
def test_refuses_a_misspelt_document(problem: str) -> None:
    real, examples = documents()
    BAD_FIELDS[problem](real["venues"][0])
    with pytest.raises(DemoCityError, match=problem):
        parse_demo_city(real, examples)


def test_refuses_an_account_of_an_unknown_role() -> None:
    real, examples = documents()
    examples["accounts"][0]["role"] = "caretaker"
    with pytest.raises(DemoCityError, match="caretaker"):
        parse_demo_city(real, examples)
