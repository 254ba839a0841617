"""What a hostile client tried once with success, and does not any more."""

import asyncio
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest

from services.common.clock import UlidSource
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from services.identity.rules import FREE_FAILURES
from tests.api.conftest import NO_LIMITS, WORKERS
from tests.api.house import API, Caller, House, accepted, refused, unique, visitor
from tests.api.plans import day
from tests.conftest import StartServer

PASSWORD = "an example password"
MOST_ERRORS = 100
BURST = 40


async def new_account(house: House) -> str:
    accounts = StaffAccounts(staff=MongoStaff(house.stores.mongo), hasher=Argon2Hasher(), ids=UlidSource())
    username = unique("hostile")[:40]
    await accounts.add(username, PASSWORD, Role.CITY_ADMIN, (Scope(level=ScopeLevel.CITY, id="310000"),))
    return username


async def test_a_long_list_is_refused_as_one_fault(house: House) -> None:
    citizen = await house.citizen()
    answer = await citizen.post("/reservations", json={"slot_id": house.later_slot(), "visitors": [{}] * 20_000})
    assert [(one["path"], one["code"]) for one in refused(answer, 422, "fields_invalid")["errors"]] == [
        ("visitors", "too_long")
    ]


async def test_no_reply_lists_more_faults_than_a_person_can_mend(house: House) -> None:
    fields = {f"f{number}": 1 for number in range(5000)}
    problem = refused(await house.nobody.post("/auth/wechat", json=fields), 422, "fields_invalid")
    assert len(problem["errors"]) == MOST_ERRORS


async def test_an_invented_method_becomes_no_label_and_no_log_line(house: House) -> None:
    method = f"INVENTED{unique('X')[-10:]}"
    answer = await house.client.request(method, "/healthz")
    assert answer.status_code == 405
    assert method not in (await house.client.get("/metrics")).text
    assert not any(method in house.server.log(f"worker-{worker}") for worker in range(WORKERS))


@pytest.mark.parametrize("action", ["dispatch", "link", "extend", "withdraw"])
async def test_a_path_that_is_no_header_is_a_finding_that_is_not_there(house: House, action: str) -> None:
    body = {"extend": {"due_on": day(7), "reason": "season"}, "withdraw": {"reason": "duplicate"}}.get(action)
    answer = await (await house.staff("admin")).post(f"/findings/%F3%BA%98%94%7F/{action}", json=body)
    refused(answer, 404, "finding_not_found")


@pytest.mark.parametrize("name", ["\U00031350", "\U0002ebf0", "某\ue000", "阿卜杜拉·示例"])
async def test_names_with_rare_characters_are_real_names(house: House, name: str) -> None:
    citizen = await house.citizen()
    booked = await citizen.book(house.later_slot(), [visitor(name=name)])
    assert booked["party_size"] == 1


async def test_a_burst_of_guesses_is_stopped_by_the_lock_that_its_first_ones_set(house: House) -> None:
    username = await new_account(house)

    async def guess(number: int) -> int:
        given = {"username": username, "password": f"wrong password {number}"}
        return (await house.nobody.post("/auth/staff", json=given)).status_code

    statuses = await asyncio.gather(*(guess(number) for number in range(BURST)))
    judged = statuses.count(401)
    # One try at a time in each process; the lock that one sets, the others see with their next try.
    assert FREE_FAILURES < judged <= FREE_FAILURES + WORKERS
    assert judged + statuses.count(429) == BURST


async def test_a_proposal_in_the_same_moment_does_not_undo_a_confirmed_second_factor(house: House) -> None:
    rounds = 10
    for _ in range(rounds):
        username = await new_account(house)
        admin = await house.staff(username, PASSWORD)
        uri = accepted(await admin.post("/me/second-factor"), 201)["otpauth_uri"]
        otp = pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).now()
        answers = await asyncio.gather(
            admin.post("/me/second-factor/confirm", json={"otp": otp}),
            *(admin.post("/me/second-factor") for _ in range(4)),
        )
        confirmed = answers[0].status_code == 204
        log_in = await house.nobody.post("/auth/staff", json={"username": username, "password": PASSWORD})
        assert log_in.status_code == (401 if confirmed else 200), [one.status_code for one in answers]


async def test_a_refused_scan_is_forgotten_after_some_days_and_an_admission_is_not(house: House) -> None:
    gate, citizen = await house.staff("gate"), await house.citizen()
    nonces = [unique("scan"), unique("scan")]
    accepted(await gate.scan(house.entrances[0], "rubbish", nonce=nonces[0]))
    slot = await house.running_slot()
    booked = await citizen.book(slot["id"], [visitor()])
    code = await citizen.code_of(booked["id"])
    assert accepted(await gate.scan(house.entrances[0], code, nonce=nonces[1]))["decision"] == "admitted"
    ids = [f"{house.entrances[0]}:{nonce}" for nonce in nonces]
    assert await house.count("scans", _id=ids[0], expires_at={"$exists": True}) == 1
    assert await house.count("scans", _id=ids[1], expires_at={"$exists": False}) == 1


async def test_a_log_out_while_redis_is_away_stays_one_when_it_is_back(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server("--workers", "2", environment=NO_LIMITS, data_dir=tmp_path / "data")
    async with httpx.AsyncClient(base_url=server.base_url, timeout=20, trust_env=False) as client:
        tokens = accepted(await client.post(f"{API}/auth/staff", json={"username": "gate", "password": "chengma-demo"}))
        for _ in range(10):
            accepted(await Caller(client, tokens).get("/me"))
        redis = server.get_child("redis")
        redis.send_signal(signal.SIGSTOP)
        try:
            ended = await Caller(client, tokens).post("/auth/logout")
        finally:
            redis.send_signal(signal.SIGCONT)
        assert ended.status_code == 204
        # The time that a retry may take; a note that says `live` would outlast it many times over.
        await asyncio.sleep(1.5)
    for _ in range(20):
        # A connection each, so that both processes answer.
        async with httpx.AsyncClient(base_url=server.base_url, timeout=20, trust_env=False) as client:
            refused(await Caller(client, tokens).get("/me"), 401, "session_ended")
