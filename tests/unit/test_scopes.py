"""Whom things belong to, and the URIs of parties, places and items."""

import pytest

from qr.item_code import ItemNumber
from services.identity.model import Actor, Owner, Role, Scope, ScopeLevel
from services.items.places import Place, is_item_epc, item_epc, item_id_of, party_uri, place_uri, read_party, read_place
from services.venues.errors import OwnerUnknown
from services.venues.scopes import covering, ensure_within, scope_name, scope_names

VENUE_ID = "ven_01JD0000000000000000000000"
VENUE = Scope(level=ScopeLevel.VENUE, id=VENUE_ID)
DISTRICT = Scope(level=ScopeLevel.DISTRICT, id="310101")
CITY = Scope(level=ScopeLevel.CITY, id="310000")
ITEM_ID = ItemNumber(kid=1, batch=1_780_000_000, serial=7).item_id


def an_actor(*scopes: Scope) -> Actor:
    return Actor(id="stf_1", role=Role.DISTRICT_ADMIN, scopes=scopes, session_id="ses_1")


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (
            Owner(city_id="310000", district_id="310101", organisation_id=None, venue_id="ven_1"),
            ["venue:ven_1", "district:310101", "city:310000"],
        ),
        (
            Owner(city_id="310000", district_id="310101", organisation_id="org_1", venue_id="ven_1"),
            ["venue:ven_1", "organisation:org_1", "district:310101", "city:310000"],
        ),
        (
            Owner(city_id="310000", district_id="310101", organisation_id=None, venue_id=None),
            ["district:310101", "city:310000"],
        ),
        (Owner(city_id="310000", district_id=None, organisation_id=None, venue_id=None), ["city:310000"]),
    ],
)
def test_a_thing_is_covered_by_its_levels_from_the_nearest_on(owner: Owner, names: list[str]) -> None:
    assert [scope_name(scope) for scope in covering(owner)] == names


def test_outside_an_actors_scopes_nothing_exists() -> None:
    owner = Owner(city_id="310000", district_id="310101", organisation_id=None, venue_id=None)
    assert scope_names(an_actor(DISTRICT, VENUE)) == ("district:310101", f"venue:{VENUE_ID}")
    for scope in (DISTRICT, CITY):
        ensure_within(an_actor(VENUE, scope), owner)
    for scopes in ((VENUE,), (Scope(level=ScopeLevel.DISTRICT, id="310104"),), ()):
        with pytest.raises(OwnerUnknown):
            ensure_within(an_actor(*scopes), owner)


@pytest.mark.parametrize(
    ("scope", "uri"),
    [
        (VENUE, f"urn:chengma:party:venue:{VENUE_ID}"),
        (DISTRICT, "urn:chengma:party:district:310101"),
        (CITY, "urn:chengma:party:city:310000"),
    ],
)
def test_a_party_is_written_and_read(scope: Scope, uri: str) -> None:
    assert party_uri(scope) == uri
    assert read_party(uri) == scope


@pytest.mark.parametrize("spot", [None, "east-hall", "3", "a" * 32])
def test_a_place_is_written_and_read(spot: str | None) -> None:
    place = Place(venue_id=VENUE_ID, spot=spot)
    uri = place_uri(place)
    assert uri == f"urn:chengma:place:{VENUE_ID}" + ("" if spot is None else f":{spot}")
    assert read_place(uri) == place


def test_an_item_is_written_and_read() -> None:
    assert item_epc(ITEM_ID) == f"urn:chengma:item:{ITEM_ID}"
    assert item_id_of(item_epc(ITEM_ID)) == ITEM_ID
    assert is_item_epc(item_epc(ITEM_ID))


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "urn:chengma:party:",
        "urn:chengma:party:venue:ven_1",
        f"urn:chengma:party:venue:{VENUE_ID}:x",
        f"urn:chengma:party:district:{VENUE_ID}",
        "urn:chengma:party:district:31010",
        "urn:chengma:party:city:３１００００",
        "urn:chengma:party:city:310000\n",
        "urn:chengma:party:organisation:org_1",
        "URN:chengma:party:city:310000",
        f"urn:chengma:place:{VENUE_ID}:",
        f"urn:chengma:place:{VENUE_ID}:East",
        f"urn:chengma:place:{VENUE_ID}:{'a' * 33}",
        f"urn:chengma:place:{VENUE_ID.lower()}",
        "urn:chengma:place:ven_81JD0000000000000000000000",
        ITEM_ID,
        "https://id.gs1.org/01/09506000134352/21/1",
    ],
)
def test_nothing_else_is_a_party_a_place_or_an_item(uri: str) -> None:
    assert (read_party(uri), read_place(uri), is_item_epc(uri)) == (None, None, False)
