"""Staff accounts in the real database."""

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
    await staff.put([account, other])
    assert await staff.find(account.id) == account
    assert await staff.find_by_username(account.username) == account


async def test_putting_nobody_changes_nothing(staff: MongoStaff) -> None:
    await staff.put([])


async def test_nobody_is_none(staff: MongoStaff) -> None:
    assert await staff.find(new_id("stf")) is None
    assert await staff.find_by_username("nobody") is None


async def test_putting_again_replaces_all_but_the_second_factor(staff: MongoStaff) -> None:
    account = make_staff()
    await staff.put([account])
    await staff.set_second_factor(account.id, FACTOR)
    changed = replace(account, username="new-name", password_hash="new", role=Role.INSPECTOR, scopes=())
    await staff.put([changed])
    assert await staff.find(account.id) == replace(changed, second_factor=FACTOR)
    assert await staff.find_by_username(account.username) is None


async def test_a_second_factor_is_set_and_removed(staff: MongoStaff) -> None:
    account = make_staff()
    await staff.put([account])
    await staff.set_second_factor(account.id, FACTOR)
    assert await staff.find(account.id) == replace(account, second_factor=FACTOR)
    await staff.set_second_factor(account.id, None)
    assert await staff.find(account.id) == account


async def test_a_step_is_taken_once_and_never_an_earlier_one(staff: MongoStaff) -> None:
    account = make_staff()
    await staff.put([account])
    assert not await staff.claim_otp_step(account.id, 11)
    await staff.set_second_factor(account.id, FACTOR)
    assert not await staff.claim_otp_step(account.id, 10)
    assert await staff.claim_otp_step(account.id, 12)
    assert not await staff.claim_otp_step(account.id, 12)
    assert not await staff.claim_otp_step(account.id, 11)
    assert await staff.claim_otp_step(account.id, 13)
    assert await staff.find(account.id) == replace(account, second_factor=replace(FACTOR, last_step=13))


async def test_demo_accounts_go_and_the_others_stay(staff: MongoStaff) -> None:
    real, demo = make_staff(), [make_staff(demo=True) for _ in range(2)]
    await staff.put([real, *demo])
    assert set(await staff.remove_demo()) == {account.id for account in demo}
    assert [await staff.find(account.id) for account in [real, *demo]] == [real, None, None]
    assert await staff.remove_demo() == []
