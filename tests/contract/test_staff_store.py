"""Staff accounts in the real database."""

import asyncio
from dataclasses import replace

import pytest

from services.common.mongo import Mongo
from services.identity.model import Role, Scope, ScopeLevel, SecondFactor
from services.identity.mongo import MongoStaff
from tests.factories import make_staff, new_id

FACTOR = SecondFactor(ciphertext=b"secret", confirmed=True, last_step=10)


@pytest.fixture
def staff(mongo: Mongo) -> MongoStaff:
    return MongoStaff(mongo)


async def test_an_account_is_found_by_id_and_by_user_name(staff: MongoStaff) -> None:
    scopes = (Scope(level=ScopeLevel.CITY, id="310000"), Scope(level=ScopeLevel.VENUE, id=new_id("ven")))
    account, other = make_staff(role=Role.AUDITOR, scopes=scopes), make_staff()
    assert [await staff.add(one) for one in (account, other)] == [True, True]
    assert await staff.find(account.id) == account
    assert await staff.find_by_username(account.username) == account


async def test_nobody_is_none(staff: MongoStaff) -> None:
    assert await staff.find(new_id("stf")) is None
    assert await staff.find_by_username("nobody") is None


async def test_a_user_name_belongs_to_one_account(staff: MongoStaff) -> None:
    account = make_staff()
    rivals = [replace(make_staff(), username=account.username) for _ in range(8)]
    added = await asyncio.gather(*(staff.add(one) for one in [account, *rivals]))
    assert added.count(True) == 1
    assert [await staff.find(one.id) is not None for one in [account, *rivals]] == added
    assert not await staff.add(replace(account, username="another-name"))


async def test_a_second_factor_is_set_and_removed(staff: MongoStaff) -> None:
    account = make_staff()
    await staff.add(account)
    assert await staff.replace_second_factor(account.id, seen=None, then=FACTOR)
    assert await staff.find(account.id) == replace(account, second_factor=FACTOR)
    assert await staff.replace_second_factor(account.id, seen=FACTOR, then=None)
    assert await staff.find(account.id) == account


async def test_a_second_factor_is_replaced_only_as_it_was_seen(staff: MongoStaff) -> None:
    account, proposed = make_staff(), replace(FACTOR, confirmed=False)
    await staff.add(account)
    assert await staff.replace_second_factor(account.id, seen=None, then=proposed)
    assert await staff.replace_second_factor(account.id, seen=proposed, then=replace(proposed, confirmed=True))
    for seen in (None, proposed, replace(FACTOR, ciphertext=b"another")):
        assert not await staff.replace_second_factor(account.id, seen=seen, then=proposed)
    assert await staff.find(account.id) == replace(account, second_factor=replace(proposed, confirmed=True))


async def test_a_step_is_taken_once_and_never_an_earlier_one(staff: MongoStaff) -> None:
    account = make_staff()
    await staff.add(account)
    assert not await staff.claim_otp_step(account.id, 11)
    assert await staff.replace_second_factor(account.id, seen=None, then=FACTOR)
    assert not await staff.claim_otp_step(account.id, 10)
    assert await staff.claim_otp_step(account.id, 12)
    assert not await staff.claim_otp_step(account.id, 12)
    assert not await staff.claim_otp_step(account.id, 11)
    assert await staff.claim_otp_step(account.id, 13)
    assert await staff.find(account.id) == replace(account, second_factor=replace(FACTOR, last_step=13))


async def test_demo_accounts_go_and_the_others_stay(staff: MongoStaff) -> None:
    real, demo = make_staff(), [make_staff(demo=True) for _ in range(2)]
    for one in (real, *demo):
        await staff.add(one)
    assert set(await staff.remove_demo()) == {account.id for account in demo}
    assert [await staff.find(account.id) for account in [real, *demo]] == [real, None, None]
    assert await staff.remove_demo() == []
    assert await staff.add(replace(make_staff(), username=demo[0].username))


async def test_the_inspectors_of_a_district_are_found(staff: MongoStaff) -> None:
    city, district, other = (Scope(level=ScopeLevel.DISTRICT, id=new_id("x")) for _ in range(3))
    namesake = Scope(level=ScopeLevel.VENUE, id=district.id)
    here = [make_staff(role=Role.INSPECTOR, scopes=scopes) for scopes in ((district,), (city,), (other, district))]
    elsewhere = [make_staff(role=Role.INSPECTOR, scopes=scopes) for scopes in ((other,), (namesake,), ())]
    for account in [*here, *elsewhere, make_staff(role=Role.DISTRICT_ADMIN, scopes=(district,))]:
        assert await staff.add(account)
    found = await staff.inspectors_within((district, city))
    assert found == sorted(here, key=lambda one: one.id)
    assert await staff.inspectors_within(()) == []
