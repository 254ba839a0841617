"""Finding the ids of inspectors, within one's scope."""

import pytest

from tests.api.house import House, accepted, refused


async def test_admins_find_the_inspectors_of_their_scope(house: House) -> None:
    district = accepted(await (await house.staff("district")).get("/patrol/inspectors"))["items"]
    assert [(one["username"], one["districts"]) for one in district] == [
        ("inspector", ["310101"]),
        ("inspector2", ["310101"]),
    ]
    assert district[1]["id"] == accepted(await (await house.staff("inspector2")).get("/me"))["id"]
    city = accepted(await (await house.staff("admin")).get("/patrol/inspectors"))["items"]
    assert [(one["username"], one["districts"]) for one in city] == [
        ("inspector", ["310101"]),
        ("inspector2", ["310101"]),
        ("inspector3", ["310115"]),
    ]


async def test_a_district_may_be_asked_for_within_the_scope_only(house: House) -> None:
    asked = {"district_id": "310115"}
    found = accepted(await (await house.staff("admin")).get("/patrol/inspectors", params=asked))["items"]
    assert [one["username"] for one in found] == ["inspector3"]
    refused(await (await house.staff("district")).get("/patrol/inspectors", params=asked), 404, "owner_not_found")


@pytest.mark.parametrize("who", ["inspector", "auditor", "manager"])
async def test_nobody_else_looks_at_the_roster(house: House, who: str) -> None:
    refused(await (await house.staff(who)).get("/patrol/inspectors"), 403, "role_forbidden")
