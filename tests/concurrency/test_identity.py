"""Log-ins and sessions at the same moment: what may happen once happens once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from services.common.mongo import Mongo
from services.identity.model import Attempts, SecondFactor
from services.identity.mongo import CITIZENS, MongoAttempts, MongoCitizens, MongoSessions, MongoStaff
from tests.concurrency.naive import NaiveAttempts, NaiveCitizens, NaiveSessions, NaiveStaff
from tests.concurrency.town import DEMO_PASSWORD, Answer, Town
from tests.factories import NOW, make_session, make_staff, new_id

ROUNDS = 10
MANY = 20
NONE = Attempts(failures=0, locked_until=None)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """One kind of store in each of two processes."""

    sessions: Sequence[MongoSessions]
    citizens: Sequence[MongoCitizens]
    staff: Sequence[MongoStaff]
    attempts: Sequence[MongoAttempts]


@pytest.fixture(params=["naive", "guarded"])
def stores_at_once(request: pytest.FixtureRequest, pair: tuple[Mongo, Mongo]) -> tuple[Stores, int]:
    """The stores, and how many of two that act at the same moment succeed."""
    if request.param == "naive":
        both = asyncio.Barrier(2)
        naive = Stores(
            sessions=[NaiveSessions(mongo, both) for mongo in pair],
            citizens=[NaiveCitizens(mongo, both) for mongo in pair],
            staff=[NaiveStaff(mongo, both) for mongo in pair],
            attempts=[NaiveAttempts(mongo, both) for mongo in pair],
        )
        return naive, 2
    guarded = Stores(
        sessions=[MongoSessions(mongo) for mongo in pair],
        citizens=[MongoCitizens(mongo) for mongo in pair],
        staff=[MongoStaff(mongo) for mongo in pair],
        attempts=[MongoAttempts(mongo) for mongo in pair],
    )
    return guarded, 1


async def test_a_generation_is_used_once(stores_at_once: tuple[Stores, int]) -> None:
    stores, winners = stores_at_once
    for _ in range(ROUNDS):
        session = make_session()
        await stores.sessions[0].add(session)
        claims = await asyncio.gather(*(store.claim_generation(session.id, 1) for store in stores.sessions))
        assert sum(claims) == winners


async def test_a_step_is_used_once(stores_at_once: tuple[Stores, int]) -> None:
    stores, winners = stores_at_once
    account = make_staff()
    await stores.staff[0].add(account)
    factor = SecondFactor(ciphertext=b"secret", confirmed=True, last_step=0)
    await stores.staff[0].replace_second_factor(account.id, seen=None, then=factor)
    for step in range(1, ROUNDS):
        claims = await asyncio.gather(*(store.claim_otp_step(account.id, step) for store in stores.staff))
        assert sum(claims) == winners


async def test_failures_are_counted_one_by_one(stores_at_once: tuple[Stores, int]) -> None:
    stores, winners = stores_at_once
    for _ in range(ROUNDS):
        digest, one = new_id("digest"), Attempts(failures=1, locked_until=None)
        tomorrow = NOW + timedelta(days=1)
        claims = await asyncio.gather(
            *(store.claim(digest, seen=NONE, then=one, expires_at=tomorrow) for store in stores.attempts)
        )
        assert sum(claims) == winners


async def test_a_newcomer_becomes_one_citizen(stores_at_once: tuple[Stores, int], pair: tuple[Mongo, Mongo]) -> None:
    stores, citizens = stores_at_once
    for _ in range(ROUNDS):
        digest = new_id("digest")
        ids = await asyncio.gather(
            *(
                store.get_or_add(openid_digest=digest, openid=digest.encode(), new_id=new_id("cit"), now=NOW)
                for store in stores.citizens
            )
        )
        assert len(set(ids)) == citizens
        assert await pair[0].collection(CITIZENS).count_documents({"openid": digest.encode()}) == citizens


async def test_a_refresh_token_used_at_once_works_for_one_at_most_and_ends_the_session(town: Town) -> None:
    for users in (2, 5, 2, 5):
        citizen = await town.citizen()
        body = {"refresh_token": citizen.tokens["refresh_token"]}
        answers = await asyncio.gather(*(town.line.ask("POST", "/auth/refresh", {}, body) for _ in range(users)))
        renewed = [answer.body for answer in answers if answer.status == 200]
        assert [answer.status for answer in answers].count(401) == users - len(renewed)
        assert len(renewed) <= 1
        for tokens in [citizen.tokens, *renewed]:
            dead = {"refresh_token": tokens["refresh_token"]}
            assert (await town.line.ask("POST", "/auth/refresh", {}, dead)).code == "session_ended"
            bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
            assert (await town.line.ask("GET", "/me", bearer)).code == "session_ended"


async def test_a_first_log_in_on_many_phones_at_once_makes_one_citizen(town: Town) -> None:
    before = await town.database["citizens"].count_documents({})
    people = await asyncio.gather(*(town.citizen("everywhere-at-once") for _ in range(MANY)))
    assert len({person.id for person in people}) == 1
    assert await town.database["citizens"].count_documents({}) == before + 1
    assert {(await person.ask("GET", "/me")).body["id"] for person in people} == {people[0].id}


async def test_a_one_time_password_used_at_once_lets_in_one(town: Town) -> None:
    admin = await town.staff("admin")
    proposed = await admin.ask("POST", "/me/second-factor")
    totp = pyotp.TOTP(parse_qs(urlsplit(proposed.body["otpauth_uri"]).query)["secret"][0])
    assert (await admin.ask("POST", "/me/second-factor/confirm", {"otp": totp.now()})).status == 204
    # A clock half a minute fast is accepted, and its password was not used yet.
    early = totp.at(datetime.now(UTC) + timedelta(seconds=totp.interval))
    proof = {"username": "admin", "password": DEMO_PASSWORD, "otp": early}
    answers = await asyncio.gather(*(town.line.ask("POST", "/auth/staff", {}, proof) for _ in range(4)))
    assert sorted(answer.code for answer in answers) == ["", "otp_refused", "otp_refused", "otp_refused"]


async def test_wrong_passwords_at_once_are_all_counted(town: Town) -> None:
    proof = {"username": "nobody-of-that-name", "password": "wrong"}
    answers: list[Answer] = []
    for _ in range(2):
        answers += await asyncio.gather(*(town.line.ask("POST", "/auth/staff", {}, proof) for _ in range(10)))
    refused = [answer.code for answer in answers].count("credentials_refused")
    locked = [answer.code for answer in answers].count("locked_out")
    assert refused + locked == len(answers)
    assert locked >= 10
    failures = [one["failures"] async for one in town.database["log_in_attempts"].find({})]
    assert max(failures) == refused
    assert town.line.faults == []
