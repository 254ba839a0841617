"""Logging in, by WeChat and as staff, and who one is then."""

import pytest

from tests.api.house import House, accepted, refused, unique

DEMO_ROLES = {
    "gate": ("gate", "venue"),
    "inspector": ("inspector", "district"),
    "manager": ("venue_manager", "venue"),
    "district": ("district_admin", "district"),
    "admin": ("city_admin", "city"),
    "auditor": ("auditor", "city"),
}


async def test_a_citizen_logs_in_and_is_the_same_person_next_time(house: House) -> None:
    first = await house.citizen("returning-visitor")
    again = await house.citizen("returning-visitor")
    other = await house.citizen()
    actor = first.tokens["actor"]
    assert actor["role"] == "citizen"
    assert actor["id"].startswith("cit_")
    assert first.tokens["token_type"] == "Bearer"
    assert first.tokens["expires_in"] == house.config.sessions.access_ttl_s
    assert again.tokens["actor"] == actor != other.tokens["actor"]
    assert again.tokens["access_token"] != first.tokens["access_token"]
    assert accepted(await first.get("/me")) == {"id": actor["id"], "role": "citizen", "scopes": []}


async def test_a_code_of_wechat_works_once(house: House) -> None:
    code = f"sandbox-once#{unique('x')[:30]}"
    accepted(await house.nobody.post("/auth/wechat", json={"code": code}))
    refused(await house.nobody.post("/auth/wechat", json={"code": code}), 401, "wechat_code_refused")


@pytest.mark.parametrize("code", ["nobody", "sandbox-", "sandbox-张", "'; drop", "sandbox-a#b#c"])
async def test_a_code_that_wechat_does_not_know_is_refused(house: House, code: str) -> None:
    refused(await house.nobody.post("/auth/wechat", json={"code": code}), 401, "wechat_code_refused")


@pytest.mark.parametrize("username", DEMO_ROLES)
async def test_demo_accounts_have_their_role_and_scope(house: House, username: str) -> None:
    person = await house.staff(username)
    role, level = DEMO_ROLES[username]
    me = accepted(await person.get("/me"))
    ids = {"venue": house.venue["id"], "district": house.venue["district_id"], "city": house.venue["city_id"]}
    assert me == {"id": person.tokens["actor"]["id"], "role": role, "scopes": [{"level": level, "id": ids[level]}]}


async def test_nobody_is_nobody(house: House) -> None:
    refused(await house.nobody.get("/me"), 401, "token_missing")
