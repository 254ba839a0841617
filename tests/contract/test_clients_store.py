"""Clients in the real database, and what becomes of their secrets and tokens."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.clients.authorising import ClientAuthorising
from services.clients.directory import KNOWN_FOR, ClientDirectory
from services.clients.errors import (
    ClientMadeBefore,
    ClientRefused,
    ClientUnauthorised,
    ClientUnknown,
    DistrictsElsewhere,
    ScopeInsufficient,
    TokenRevoked,
)
from services.clients.model import Client, ClientScope, Credentials
from services.clients.mongo import MongoClients
from services.clients.registering import ClientRegister
from services.common.clock import UlidSource
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Scope, ScopeLevel
from services.venues.model import District
from tests.clients import ADMIN, CITY, NOW, WISH, a_client, tokens_of
from tests.contract.documents import Documents
from tests.factories import make_district, new_id

HOUR = timedelta(hours=1)
ELSEWHERE = replace(ADMIN, scopes=(Scope(level=ScopeLevel.CITY, id="110000"),))


class Hand:
    """A clock that stands still until it is put on."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class TwoDistricts:
    async def districts(self) -> Sequence[District]:
        return make_district(id="310101", city_id=CITY), make_district(id="110101", city_id="110000")


class Office:
    """Everything about clients, as one process has it."""

    def __init__(self, mongo: Mongo) -> None:
        self.clock = Hand()
        self.store = MongoClients(mongo)
        directory = ClientDirectory(store=self.store, clock=self.clock)
        shared: dict[str, Any] = {
            "store": self.store,
            "directory": directory,
            "digest": KeyedDigest(b"p" * 32),
            "clock": self.clock,
        }
        self.register = ClientRegister(districts=TwoDistricts(), ids=UlidSource(), **shared)
        self.authorising = ClientAuthorising(tokens=tokens_of(), ids=UlidSource(), **shared)

    async def token(self, credentials: Credentials, wanted: str | None = None) -> str:
        client = await self.authorising.prove(credentials)
        return self.authorising.grant(client, wanted).access_token

    async def made(self) -> Credentials:
        return (await self.register.make(ADMIN, WISH, None))[1]


@pytest.fixture
def office(mongo: Mongo) -> Office:
    return Office(mongo)


@pytest.fixture
def elsewhere(mongo: Mongo) -> Office:
    """Another process."""
    return Office(mongo)


def a_request(fingerprint: str = "f") -> IdempotentRequest:
    return IdempotentRequest(id=new_id("req"), fingerprint=fingerprint)


@pytest.mark.parametrize("districts", [None, ("310101", "310104")])
async def test_what_is_kept_is_found_again(office: Office, districts: tuple[str, ...] | None) -> None:
    client = a_client(districts=districts, suspended_at=NOW)
    assert await office.store.add(client, None)
    assert await office.store.find(client.id) == client
    assert client in await office.store.of_cities([CITY])
    assert client not in await office.store.of_cities(["110000"])


async def test_of_two_changes_one_counts(office: Office) -> None:
    client = a_client()
    await office.store.add(client, None)
    changes = [replace(client, version=2, name=name) for name in ("甲", "乙")]
    assert sorted(await asyncio.gather(*map(office.store.claim_change, changes))) == [False, True]


async def test_no_secret_is_kept_in_the_clear(office: Office, documents: Documents) -> None:
    client, credentials = await office.register.make(ADMIN, WISH, a_request())
    await office.register.rotate(ADMIN, client.id, HOUR)
    everything = [await documents.find(name) for name in ("clients", "requests")]
    assert credentials.secret.removeprefix("cls_") not in str(everything)


async def test_a_repeated_request_makes_no_second_client(office: Office) -> None:
    request = a_request()
    client, _ = await office.register.make(ADMIN, WISH, request)
    with pytest.raises(ClientMadeBefore) as refusal:
        await office.register.make(ADMIN, WISH, request)
    assert refusal.value.extra == {"client_id": client.id}
    with pytest.raises(IdempotencyKeyReused):
        await office.register.make(ADMIN, WISH, replace(request, fingerprint="other"))


async def test_of_one_request_sent_many_times_at_once_one_makes_a_client(office: Office) -> None:
    request, before = a_request(), len(await office.store.of_cities([CITY]))
    outcomes = await asyncio.gather(
        *(office.register.make(ADMIN, WISH, request) for _ in range(8)), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(ClientMadeBefore) == 7
    assert len(await office.store.of_cities([CITY])) == before + 1


async def test_outside_ones_city_no_client_exists_and_no_district(office: Office) -> None:
    client, _ = await office.register.make(ADMIN, WISH, None)
    assert client not in await office.register.all(ELSEWHERE)
    for attempt in (
        office.register.get(ELSEWHERE, client.id),
        office.register.rotate(ELSEWHERE, client.id, HOUR),
        office.register.suspend(ELSEWHERE, client.id),
        office.register.delete(ELSEWHERE, client.id),
        office.register.get(ADMIN, new_id("cli")),
    ):
        with pytest.raises(ClientUnknown):
            await attempt
    assert await office.register.get(ADMIN, client.id) == client
    with pytest.raises(DistrictsElsewhere):
        await office.register.make(ADMIN, replace(WISH, districts=("110101",)), None)


async def test_a_client_gets_tokens_for_its_secret_alone(office: Office) -> None:
    mine, other = await office.made(), await office.made()
    client = await office.authorising.authorise(await office.token(mine), ClientScope.RECORDS_READ)
    assert client.id == mine.client_id
    wrong = (
        replace(mine, secret=other.secret),
        replace(mine, secret=mine.secret[:-1]),
        replace(mine, secret=""),
        replace(mine, client_id=new_id("cli")),
        replace(mine, client_id="stf_1"),
        replace(mine, client_id="\x00"),
    )
    for credentials in wrong:
        with pytest.raises(ClientRefused):
            await office.authorising.prove(credentials)


async def test_a_token_allows_what_it_was_got_for(office: Office) -> None:
    token = await office.token(await office.made(), "statistics:read")
    assert await office.authorising.authorise(token, ClientScope.STATISTICS_READ)
    with pytest.raises(ScopeInsufficient):
        await office.authorising.authorise(token, ClientScope.RECORDS_READ)


async def test_the_old_secret_lives_as_long_as_it_was_said(office: Office) -> None:
    old = await office.made()
    token = await office.token(old)
    changed, new = await office.register.rotate(ADMIN, old.client_id, HOUR)
    assert changed.secrets[0].valid_until == NOW + HOUR
    assert await office.token(old)
    assert await office.token(new)
    assert await office.authorising.authorise(token, ClientScope.RECORDS_READ)
    office.clock.at += HOUR
    with pytest.raises(ClientRefused):
        await office.token(old)
    assert await office.token(new)


async def test_a_secret_that_was_stolen_is_over_with_its_tokens(office: Office) -> None:
    old = await office.made()
    token = await office.token(old)
    _, new = await office.register.rotate(ADMIN, old.client_id, timedelta(0))
    with pytest.raises(ClientRefused):
        await office.token(old)
    with pytest.raises(TokenRevoked):
        await office.authorising.authorise(token, ClientScope.RECORDS_READ)
    assert await office.authorising.authorise(await office.token(new), ClientScope.RECORDS_READ)


async def refused_everywhere(office: Office, elsewhere: Office, token: str) -> None:
    with pytest.raises(TokenRevoked):
        await office.authorising.authorise(token, ClientScope.RECORDS_READ)
    elsewhere.clock.at += KNOWN_FOR
    with pytest.raises(TokenRevoked):
        await elsewhere.authorising.authorise(token, ClientScope.RECORDS_READ)


async def test_a_suspended_client_is_refused_here_at_once_and_elsewhere_in_two_seconds(
    office: Office, elsewhere: Office
) -> None:
    credentials = await office.made()
    token = await office.token(credentials)
    assert await elsewhere.authorising.authorise(token, ClientScope.RECORDS_READ)
    await office.register.suspend(ADMIN, credentials.client_id)
    await refused_everywhere(office, elsewhere, token)
    with pytest.raises(ClientUnauthorised):
        await office.token(credentials)
    with pytest.raises(ClientRefused):  # nobody else hears that it is suspended
        await office.token(replace(credentials, secret="cls_x"))
    await office.register.resume(ADMIN, credentials.client_id)
    fresh = await office.token(credentials)
    for process in (office, elsewhere):  # the other one remembers that it was suspended
        assert await process.authorising.authorise(fresh, ClientScope.RECORDS_READ)
    await refused_everywhere(office, elsewhere, token)


async def test_a_deleted_client_is_gone(office: Office, elsewhere: Office) -> None:
    credentials = await office.made()
    token = await office.token(credentials)
    assert await elsewhere.authorising.authorise(token, ClientScope.RECORDS_READ)
    await office.register.delete(ADMIN, credentials.client_id)
    await refused_everywhere(office, elsewhere, token)
    with pytest.raises(ClientRefused):
        await office.token(credentials)
    with pytest.raises(ClientUnknown):
        await office.register.delete(ADMIN, credentials.client_id)


async def test_changes_at_once_all_take_effect(office: Office) -> None:
    credentials = await office.made()
    steps = [office.register.rotate(ADMIN, credentials.client_id, HOUR) for _ in range(3)]
    made = await asyncio.gather(*steps)
    client: Client = await office.register.get(ADMIN, credentials.client_id)
    assert client.version == 4
    assert len(client.secrets) == 2
    assert len({secret.secret for _, secret in made}) == 3
