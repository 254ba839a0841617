"""What becomes of clients, their secrets and scopes."""

from datetime import timedelta

import pytest

from services.clients.credentials import digest_of, is_client_id, matches, new_secret
from services.clients.errors import ClientSuspended, DistrictsElsewhere, ScopeInvalid, TooManyClients
from services.clients.model import ClientScope, ClientSecret, Credentials
from services.clients.rules import (
    MOST_CLIENTS,
    ensure_districts,
    ensure_room,
    new_client,
    own_city,
    reader_of,
    resumed,
    rotated,
    scopes_granted,
    suspended,
    usable_secrets,
)
from services.common.protection import KeyedDigest
from services.identity.errors import RoleForbidden
from services.identity.model import Actor, Role, Scope, ScopeLevel
from tests.clients import ADMIN, CITY, NOW, WISH, a_client

HOUR = timedelta(hours=1)


def test_secrets_are_256_random_bits_that_scanners_of_code_know() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(one.startswith("cls_") and len(one) == 47 for one in made)


def test_a_digest_says_nothing_without_the_pepper_and_names_its_client() -> None:
    secret = new_secret()
    first, second = (Credentials(client_id=its_id, secret=secret) for its_id in ("cli_1", "cli_2"))
    pepper = KeyedDigest(b"p" * 32)
    assert digest_of(pepper, first) == digest_of(pepper, first)
    assert len({digest_of(pepper, first), digest_of(pepper, second), digest_of(KeyedDigest(b"q" * 32), first)}) == 3
    kept = (ClientSecret(digest=digest_of(pepper, first), made_at=NOW, valid_until=None),)
    assert matches(kept, digest_of(pepper, first))
    assert not matches(kept, digest_of(pepper, second))
    assert not matches((), digest_of(pepper, first))


def test_secrets_do_not_show_in_what_is_printed() -> None:
    secret = new_secret()
    assert secret not in repr(Credentials(client_id="cli_1", secret=secret))
    assert "d1" not in repr(a_client())


@pytest.mark.parametrize(
    "text", ["", "cli_", "cli_x", "cli_01JD00000000000000000000U0", "stf_01JD0000000000000000000000"]
)
def test_what_is_no_client_id(text: str) -> None:
    assert not is_client_id(text)


def test_a_new_client_is_what_was_wished() -> None:
    client = new_client("cli_1", WISH, city_id=CITY, digest="d", made_by="stf_1", now=NOW)
    assert (client.version, client.generation, client.suspended_at) == (1, 1, None)
    assert [one.digest for one in usable_secrets(client, NOW)] == ["d"]


def test_the_old_secret_counts_beside_the_new_one_until_its_time_is_over() -> None:
    client = rotated(a_client(), "d2", HOUR, NOW)
    assert [one.digest for one in usable_secrets(client, NOW + HOUR - timedelta(seconds=1))] == ["d1", "d2"]
    assert [one.digest for one in usable_secrets(client, NOW + HOUR)] == ["d2"]
    assert (client.generation, client.version) == (1, 2)


def test_no_old_secret_lives_longer_than_a_day() -> None:
    client = rotated(a_client(), "d2", timedelta(days=30), NOW)
    assert client.secrets[0].valid_until == NOW + timedelta(hours=24)


def test_a_third_secret_ends_the_first() -> None:
    client = rotated(rotated(a_client(), "d2", HOUR, NOW), "d3", HOUR, NOW)
    assert [one.digest for one in usable_secrets(client, NOW)] == ["d2", "d3"]


def test_a_secret_replaced_at_once_ends_its_tokens_too() -> None:
    client = rotated(a_client(), "d2", timedelta(0), NOW)
    assert [one.digest for one in client.secrets] == ["d2"]
    assert client.generation == 2


def test_tokens_of_a_suspended_client_are_over_for_good() -> None:
    stopped = suspended(a_client(), NOW)
    assert (stopped.generation, stopped.suspended_at) == (2, NOW)
    assert suspended(stopped, NOW + HOUR) is stopped
    back = resumed(stopped, NOW + HOUR)
    assert (back.generation, back.suspended_at, back.version) == (2, None, 3)
    assert resumed(back, NOW) is back
    with pytest.raises(ClientSuspended):
        rotated(stopped, "d2", HOUR, NOW)


@pytest.mark.parametrize("wanted", [None, ""])
def test_all_scopes_are_granted_where_none_is_named(wanted: str | None) -> None:
    assert scopes_granted(a_client(), wanted) == (ClientScope.RECORDS_READ, ClientScope.STATISTICS_READ)


def test_fewer_scopes_are_granted_where_they_are_named() -> None:
    assert scopes_granted(a_client(), "records:read") == (ClientScope.RECORDS_READ,)
    both = "statistics:read records:read statistics:read"
    assert scopes_granted(a_client(), both) == (ClientScope.RECORDS_READ, ClientScope.STATISTICS_READ)


@pytest.mark.parametrize(
    "wanted",
    ["records:write", "statistics:read", " records:read", "records:read  records:read", "records:read\n", 'a"b', "城"],
)
def test_more_scopes_than_the_clients_own_are_refused(wanted: str) -> None:
    with pytest.raises(ScopeInvalid):
        scopes_granted(a_client(scopes=(ClientScope.RECORDS_READ,)), wanted)


def test_districts_of_another_city_are_named_by_their_places() -> None:
    ensure_districts(None, {"310101"})
    ensure_districts(("310101",), {"310101"})
    with pytest.raises(DistrictsElsewhere) as refusal:
        ensure_districts(("310101", "110101", "310104"), {"310101", "310104"})
    assert [one.path for one in refusal.value.errors] == ["districts[1]"]


def test_a_city_has_no_more_clients_than_can_be_looked_after() -> None:
    ensure_room(MOST_CLIENTS - 1)
    with pytest.raises(TooManyClients):
        ensure_room(MOST_CLIENTS)


@pytest.mark.parametrize(
    "scopes",
    [
        (),
        (Scope(level=ScopeLevel.DISTRICT, id="310101"),),
        (Scope(level=ScopeLevel.CITY, id="310000"), Scope(level=ScopeLevel.CITY, id="110000")),
    ],
)
def test_only_who_answers_for_one_city_makes_clients(scopes: tuple[Scope, ...]) -> None:
    assert own_city(ADMIN) == CITY
    with pytest.raises(RoleForbidden):
        own_city(Actor(id="stf_1", role=Role.CITY_ADMIN, scopes=scopes, session_id="ses_1"))


def test_a_client_reads_what_belongs_to_its_districts() -> None:
    assert reader_of(a_client()).scopes == (Scope(level=ScopeLevel.CITY, id=CITY),)
    assert reader_of(a_client(districts=("310101", "310104"))).scopes == (
        Scope(level=ScopeLevel.DISTRICT, id="310101"),
        Scope(level=ScopeLevel.DISTRICT, id="310104"),
    )
