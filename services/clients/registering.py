"""Making and changing clients, by whoever answers for their city."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.clients.credentials import digest_of, new_secret
from services.clients.directory import ClientDirectory
from services.clients.errors import ClientChanged, ClientMadeBefore, ClientUnknown
from services.clients.model import Client, ClientWish, Credentials
from services.clients.ports import ClientStore, Districts
from services.clients.rules import (
    cities_of,
    ensure_districts,
    ensure_room,
    new_client,
    own_city,
    resumed,
    rotated,
    suspended,
)
from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.common.protection import KeyedDigest
from services.identity.model import Actor

PREFIX = "cli"
TRIES = 5


class ClientRegister:
    """Writes the register of clients."""

    def __init__(
        self,
        *,
        store: ClientStore,
        directory: ClientDirectory,
        districts: Districts,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._directory = directory
        self._districts = districts
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def make(
        self, actor: Actor, wish: ClientWish, request: IdempotentRequest | None
    ) -> tuple[Client, Credentials]:
        """Make a client, and return it with its secret, which nobody can read again.

        Raises RoleForbidden, DistrictsElsewhere, TooManyClients, and ClientMadeBefore for a repeated request.
        """
        city_id = own_city(actor)
        await self._ensure_first(request)
        districts = {one.id for one in await self._districts.districts() if one.city_id == city_id}
        ensure_districts(wish.districts, districts)
        ensure_room(len(await self._store.of_cities([city_id])))
        credentials = Credentials(client_id=self._ids.new(PREFIX), secret=new_secret())
        client = new_client(
            credentials.client_id,
            wish,
            city_id=city_id,
            digest=digest_of(self._digest, credentials),
            made_by=actor.id,
            now=self._clock.now(),
        )
        if not await self._store.add(client, request):
            await self._ensure_first(request)
            raise ClientChanged
        return client, credentials

    async def _ensure_first(self, request: IdempotentRequest | None) -> None:
        if (made := await self._store.first_answer(request)) is not None:
            raise ClientMadeBefore(made)

    async def all(self, actor: Actor) -> Sequence[Client]:
        """Return the clients of the actor's cities, newest first."""
        return sorted(await self._store.of_cities(cities_of(actor)), key=lambda one: one.id, reverse=True)

    async def get(self, actor: Actor, client_id: str) -> Client:
        """Return the client as it is now; raises ClientUnknown."""
        client = await self._store.find(client_id)
        if client is None or client.city_id not in cities_of(actor):
            raise ClientUnknown
        return client

    async def rotate(self, actor: Actor, client_id: str, overlap: timedelta) -> tuple[Client, Credentials]:
        """Give the client a new secret, beside which the one before counts for `overlap` more.

        Raises ClientUnknown, ClientSuspended, ClientChanged.
        """
        credentials = Credentials(client_id=client_id, secret=new_secret())
        digest = digest_of(self._digest, credentials)
        changed = await self._change(actor, client_id, lambda client, now: rotated(client, digest, overlap, now))
        return changed, credentials

    async def suspend(self, actor: Actor, client_id: str) -> Client:
        """Refuse the client and its tokens from now on; raises ClientUnknown, ClientChanged."""
        return await self._change(actor, client_id, suspended)

    async def resume(self, actor: Actor, client_id: str) -> Client:
        """Let the client get tokens again; raises ClientUnknown, ClientChanged."""
        return await self._change(actor, client_id, resumed)

    async def delete(self, actor: Actor, client_id: str) -> None:
        """Remove the client; raises ClientUnknown."""
        await self.get(actor, client_id)
        await self._store.remove(client_id)
        self._directory.forget(client_id)

    async def _change(self, actor: Actor, client_id: str, decide: Callable[[Client, datetime], Client]) -> Client:
        for _ in range(TRIES):
            client = await self.get(actor, client_id)
            then = decide(client, self._clock.now())
            if then is client or await self._store.claim_change(then):
                self._directory.forget(client_id)
                return then
        raise ClientChanged
