"""Decisions about clients, free of input and output."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.clients.errors import ClientSuspended, DistrictsElsewhere, ScopeInvalid, TooManyClients
from services.clients.model import Client, ClientClaim, ClientScope, ClientSecret, ClientWish
from services.identity.errors import RoleForbidden
from services.identity.model import Actor, Role, Scope, ScopeLevel

MOST_CLIENTS = 200
LONGEST_OVERLAP = timedelta(hours=24)
# RFC 6749, appendix A.4.
SCOPE_TEXT = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")


def cities_of(actor: Actor) -> tuple[str, ...]:
    """Return the cities that an actor answers for."""
    return tuple(sorted({scope.id for scope in actor.scopes if scope.level is ScopeLevel.CITY}))


def own_city(actor: Actor) -> str:
    """Return the actor's city; raises RoleForbidden for who does not answer for just one."""
    cities = cities_of(actor)
    if len(cities) != 1:
        raise RoleForbidden
    return cities[0]


def ensure_room(clients: int) -> None:
    """Raise TooManyClients where a city has as many as it may."""
    if clients >= MOST_CLIENTS:
        raise TooManyClients


def ensure_districts(wanted: Sequence[str] | None, known: Collection[str]) -> None:
    """Raise DistrictsElsewhere, with the place of each, unless all `wanted` are known."""
    if elsewhere := tuple(place for place, one in enumerate(wanted or ()) if one not in known):
        raise DistrictsElsewhere(elsewhere)


def new_client(client_id: str, wish: ClientWish, *, city_id: str, digest: str, made_by: str, now: datetime) -> Client:
    """Return a client with its first secret."""
    return Client(
        id=client_id,
        city_id=city_id,
        name=wish.name,
        scopes=tuple(sorted(set(wish.scopes))),
        districts=None if wish.districts is None else tuple(sorted(set(wish.districts))),
        requests_per_minute=wish.requests_per_minute,
        requests_per_day=wish.requests_per_day,
        secrets=(ClientSecret(digest=digest, made_at=now, valid_until=None),),
        generation=1,
        version=1,
        made_by=made_by,
        made_at=now,
        changed_at=now,
        suspended_at=None,
    )


def rotated(client: Client, digest: str, overlap: timedelta, now: datetime) -> Client:
    """Return the client with a new secret; the one before counts for `overlap` more, older ones no more.

    Without overlap the old secret may have been stolen, so the tokens that were got with it are over, too.
    Raises ClientSuspended.
    """
    if client.suspended_at is not None:
        raise ClientSuspended
    new = ClientSecret(digest=digest, made_at=now, valid_until=None)
    if not overlap:
        return _changed(replace(client, secrets=(new,), generation=client.generation + 1), now)
    old = replace(client.secrets[-1], valid_until=now + min(overlap, LONGEST_OVERLAP))
    return _changed(replace(client, secrets=(old, new)), now)


def suspended(client: Client, now: datetime) -> Client:
    """Return the client suspended: no token of it counts any more, not even once it is resumed."""
    if client.suspended_at is not None:
        return client
    return _changed(replace(client, suspended_at=now, generation=client.generation + 1), now)


def resumed(client: Client, now: datetime) -> Client:
    """Return the client with its secrets back in force."""
    return client if client.suspended_at is None else _changed(replace(client, suspended_at=None), now)


def _changed(client: Client, now: datetime) -> Client:
    return replace(client, version=client.version + 1, changed_at=now)


def is_current(client: Client, claim: ClientClaim) -> bool:
    """Tell whether a genuine token of the client was not revoked."""
    return client.suspended_at is None and client.generation == claim.generation


def reader_of(client: Client) -> Actor:
    """Return the client as one who reads what belongs to its districts, for domains that know nothing of clients."""
    if client.districts is None:
        scopes: tuple[Scope, ...] = (Scope(level=ScopeLevel.CITY, id=client.city_id),)
    else:
        scopes = tuple(Scope(level=ScopeLevel.DISTRICT, id=one) for one in client.districts)
    return Actor(id=client.id, role=Role.INTEGRATOR, scopes=scopes, session_id="")


def usable_secrets(client: Client, now: datetime) -> tuple[ClientSecret, ...]:
    """Return the secrets that count now."""
    return tuple(one for one in client.secrets if one.valid_until is None or one.valid_until > now)


def scopes_granted(client: Client, wanted: str | None) -> tuple[ClientScope, ...]:
    """Return the scopes of a token: all the client's where none are `wanted`; raises ScopeInvalid."""
    if not wanted:
        return client.scopes
    if not SCOPE_TEXT.fullmatch(wanted):
        raise ScopeInvalid
    names = set(wanted.split(" "))
    if not names <= set(client.scopes):
        raise ScopeInvalid
    return tuple(scope for scope in client.scopes if scope in names)
