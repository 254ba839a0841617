"""Staff passwords, lock-out, and the second factor."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest

from services.common.clock import UlidSource
from services.identity.accounts import StaffAccounts
from services.identity.inspectors import NO_PASSWORD
from services.identity.model import Role, Scope, ScopeLevel, StaffAccount
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from tests.api.house import House, accepted, refused, unique

PASSWORD = "an example password"
DISTRICT = (Scope(level=ScopeLevel.DISTRICT, id="310101"),)
STEP_S = 30
ENOUGH_S = 12


@pytest.fixture(scope="module")
def accounts(house: House) -> StaffAccounts:
    return StaffAccounts(staff=MongoStaff(house.stores.mongo), hasher=Argon2Hasher(), ids=UlidSource())


async def new_account(accounts: StaffAccounts, role: Role = Role.CITY_ADMIN) -> str:
    username = unique("example")[:40]
    await accounts.add(username, PASSWORD, role, (Scope(level=ScopeLevel.CITY, id="310000"),))
    return username


async def log_in(house: House, username: str, password: str = PASSWORD, otp: str | None = None) -> httpx.Response:
    given = {"username": username, "password": password} | ({} if otp is None else {"otp": otp})
    return await house.nobody.post("/auth/staff", json=given)


def said(answer: httpx.Response) -> tuple[int, dict[str, str]]:
    """Return all of an answer that does not name the request."""
    return answer.status_code, {name: text for name, text in answer.json().items() if name != "request_id"}


async def test_an_account_that_an_operator_made_logs_in(house: House, accounts: StaffAccounts) -> None:
    username = await new_account(accounts, Role.AUDITOR)
    tokens = accepted(await log_in(house, username))
    assert tokens["actor"]["role"] == "auditor"
    assert tokens["actor"]["id"].startswith("stf_")


@pytest.mark.parametrize("password", ["chengma-Demo", "chengma-demo ", "x", "密码"])
async def test_a_wrong_password_and_an_unknown_name_look_the_same(house: House, password: str) -> None:
    wrong, unknown = await log_in(house, "auditor", password), await log_in(house, unique("nobody"), password)
    refused(wrong, 401, "credentials_refused")
    assert said(wrong) == said(unknown)
    accepted(await log_in(house, "auditor", "chengma-demo"))


async def test_an_account_without_a_password_or_not_active_looks_like_no_account(
    house: House, accounts: StaffAccounts
) -> None:
    staff, without = MongoStaff(house.stores.mongo), unique("inspector")[:40]
    account = StaffAccount(
        id=UlidSource().new("stf"),
        username=without,
        password_hash=NO_PASSWORD,
        role=Role.INSPECTOR,
        scopes=DISTRICT,
        demo=False,
    )
    assert await staff.add(account)
    away = await new_account(accounts)
    found = await staff.find_by_username(away)
    assert found is not None
    person = await house.staff(away, PASSWORD)
    assert await staff.claim_standing(found.id, scopes=found.scopes, active=False, fence=1)
    unknown = said(await log_in(house, unique("nobody")))
    assert unknown[0] == 401
    for username, password in ((without, PASSWORD), (without, "x"), (away, PASSWORD), (away, "x")):
        assert said(await log_in(house, username, password)) == unknown
    # A session that was not ended with the account is not renewed either.
    renewal = await house.nobody.post("/auth/refresh", json={"refresh_token": person.tokens["refresh_token"]})
    refused(renewal, 401, "session_ended")

    assert await accounts.set_password(without, PASSWORD) == account.id
    assert accepted(await log_in(house, without))["actor"] == {"id": account.id, "role": "inspector"}
    assert await accounts.set_password(away, f"{PASSWORD}, another") == found.id
    refused(await log_in(house, away, f"{PASSWORD}, another"), 401, "credentials_refused")
    assert await staff.claim_standing(found.id, scopes=found.scopes, active=True, fence=2)
    accepted(await log_in(house, away, f"{PASSWORD}, another"))
    refused(await log_in(house, away), 401, "credentials_refused")


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
async def test_the_seventh_failure_waits_and_so_does_the_right_password(
    house: House, accounts: StaffAccounts, *, known: bool
) -> None:
    username = await new_account(accounts) if known else unique("nobody")[:40]
    for _ in range(6):
        refused(await log_in(house, username, "wrong"), 401, "credentials_refused")
    for password in ("wrong", PASSWORD):
        answer = await log_in(house, username, password)
        refused(answer, 429, "locked_out")
        assert 1 <= int(answer.headers["Retry-After"]) <= 31
    # Others are not locked out with them.
    accepted(await log_in(house, "auditor", "chengma-demo"))


async def test_each_lock_is_twice_as_long_and_a_success_forgets_them_all(house: House, accounts: StaffAccounts) -> None:
    username = await new_account(accounts)
    attempts = house.stores.mongo.client[house.config.mongodb.database]["log_in_attempts"]
    before = {document["_id"] async for document in attempts.find({}, {"_id": 1})}
    for _ in range(6):
        await log_in(house, username, "wrong")
    (mine,) = [document["_id"] async for document in attempts.find({}, {"_id": 1}) if document["_id"] not in before]

    async def waits_s() -> int:
        answer = await log_in(house, username)
        refused(answer, 429, "locked_out")
        return int(answer.headers["Retry-After"])

    async def the_lock_ends() -> None:
        await attempts.update_one({"_id": mine}, {"$set": {"locked_until": datetime.now(UTC) - timedelta(seconds=1)}})

    for longest in (30, 60, 120, 240):
        assert longest - 5 <= await waits_s() <= longest + 1
        await the_lock_ends()
        refused(await log_in(house, username, "wrong"), 401, "credentials_refused")
    await the_lock_ends()
    accepted(await log_in(house, username))
    for _ in range(5):
        refused(await log_in(house, username, "wrong"), 401, "credentials_refused")
    accepted(await log_in(house, username))


async def test_failures_at_once_are_all_counted(house: House, accounts: StaffAccounts) -> None:
    username = await new_account(accounts)
    answers = await asyncio.gather(*(log_in(house, username, "wrong") for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {401, 429}
    refused(await log_in(house, username), 429, "locked_out")


async def early_in_a_step() -> None:
    """Wait until a step has begun lately, so that all that follows lies in one."""
    left_s = STEP_S - time.time() % STEP_S
    if left_s < ENOUGH_S:
        await asyncio.sleep(left_s)


def otp_at(uri: str, drift: int = 0) -> str:
    """Return the code that an authenticator shows, `drift` steps from now."""
    code: str = pyotp.TOTP(secret_in(uri)).at(int(time.time()) + drift * STEP_S)
    return code


def secret_in(uri: str) -> str:
    return parse_qs(urlsplit(uri).query)["secret"][0]


async def test_a_second_factor_from_proposal_to_removal(house: House, accounts: StaffAccounts) -> None:
    await early_in_a_step()
    username = await new_account(accounts)
    person = await house.staff(username, PASSWORD)
    refused(await person.post("/me/second-factor/confirm", json={"otp": "000000"}), 409, "second_factor_absent")
    refused(await person.post("/me/second-factor/remove", json={"otp": "000000"}), 409, "second_factor_absent")

    uri = accepted(await person.post("/me/second-factor"), 201)["otpauth_uri"]
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert re.fullmatch(r"[A-Z2-7]{32}", secret_in(uri))
    assert parse_qs(parts.query)["issuer"] == ["Chengma"]
    accepted(await log_in(house, username))  # it does not count yet

    wrong = f"{(int(otp_at(uri)) + 500_000) % 1_000_000:06}"
    refused(await person.post("/me/second-factor/confirm", json={"otp": wrong}), 401, "otp_refused")
    # The code of the step before leaves the present and the next one for what follows.
    confirmed = await person.post("/me/second-factor/confirm", json={"otp": otp_at(uri, -1)})
    assert (confirmed.status_code, confirmed.content) == (204, b"")
    refused(await person.post("/me/second-factor"), 409, "second_factor_present")
    refused(await person.post("/me/second-factor/confirm", json={"otp": otp_at(uri)}), 409, "second_factor_present")

    refused(await log_in(house, username), 401, "otp_required")
    refused(await log_in(house, username, otp=wrong), 401, "otp_refused")
    refused(await log_in(house, username, password="wrong", otp=otp_at(uri)), 401, "credentials_refused")
    used = otp_at(uri)
    accepted(await log_in(house, username, otp=used))
    refused(await log_in(house, username, otp=used), 401, "otp_refused")

    refused(await person.post("/me/second-factor/remove", json={"otp": used}), 401, "otp_refused")
    removed = await person.post("/me/second-factor/remove", json={"otp": otp_at(uri, 1)})
    assert (removed.status_code, removed.content) == (204, b"")
    accepted(await log_in(house, username))


async def test_a_code_is_taken_once_by_those_who_send_it_at_once(house: House, accounts: StaffAccounts) -> None:
    await early_in_a_step()
    username = await new_account(accounts)
    person = await house.staff(username, PASSWORD)
    uri = accepted(await person.post("/me/second-factor"), 201)["otpauth_uri"]
    assert (await person.post("/me/second-factor/confirm", json={"otp": otp_at(uri, -1)})).status_code == 204
    otp = otp_at(uri, 1)
    answers = await asyncio.gather(*(log_in(house, username, otp=otp) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_a_proposal_can_be_made_anew_and_the_old_one_is_void(house: House, accounts: StaffAccounts) -> None:
    person = await house.staff(await new_account(accounts), PASSWORD)
    old = accepted(await person.post("/me/second-factor"), 201)["otpauth_uri"]
    new = accepted(await person.post("/me/second-factor"), 201)["otpauth_uri"]
    assert old != new
    refused(await person.post("/me/second-factor/confirm", json={"otp": otp_at(old)}), 401, "otp_refused")
    assert (await person.post("/me/second-factor/confirm", json={"otp": otp_at(new)})).status_code == 204


async def test_a_secret_is_kept_encrypted(house: House, accounts: StaffAccounts) -> None:
    username = await new_account(accounts)
    person = await house.staff(username, PASSWORD)
    uri = accepted(await person.post("/me/second-factor"), 201)["otpauth_uri"]
    kept = await house.stores.mongo.client[house.config.mongodb.database]["staff"].find_one({"username": username})
    assert kept is not None
    assert secret_in(uri).encode() not in kept["second_factor"]["ciphertext"]
    assert PASSWORD not in str(kept)


async def test_citizens_have_no_second_factor(house: House) -> None:
    citizen = await house.citizen()
    for path in ("", "/confirm", "/remove"):
        answer = await citizen.post(f"/me/second-factor{path}", json={"otp": "000000"} if path else None)
        refused(answer, 403, "role_forbidden")
