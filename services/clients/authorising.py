"""Giving clients tokens, and judging the tokens they show."""

from services.clients.credentials import digest_of, is_client_id, matches
from services.clients.directory import ClientDirectory
from services.clients.errors import (
    ClientRefused,
    ClientUnauthorised,
    ScopeInsufficient,
    TokenRevoked,
)
from services.clients.model import Client, ClientScope, Credentials, GrantedToken
from services.clients.ports import ClientStore
from services.clients.rules import is_current, scopes_granted, usable_secrets
from services.clients.tokens import LIFE, ClientTokens
from services.common.clock import Clock, IdSource
from services.common.protection import KeyedDigest

TOKEN_PREFIX = "tok"  # noqa: S105 -- of ids of tokens


class ClientAuthorising:
    """The client credentials grant of RFC 6749, section 4.4, and what becomes of its tokens."""

    def __init__(
        self,
        *,
        store: ClientStore,
        directory: ClientDirectory,
        tokens: ClientTokens,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._directory = directory
        self._tokens = tokens
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def prove(self, credentials: Credentials) -> Client:
        """Return the client whose credentials these are; raises ClientRefused, or ClientUnauthorised if suspended."""
        # Made for unknown ids, too, so that all take equally long.
        shown = digest_of(self._digest, credentials)
        client = await self._store.find(credentials.client_id) if is_client_id(credentials.client_id) else None
        if client is None or not matches(usable_secrets(client, self._clock.now()), shown):
            raise ClientRefused
        if client.suspended_at is not None:
            raise ClientUnauthorised
        return client

    def grant(self, client: Client, wanted: str | None) -> GrantedToken:
        """Return a token for the scopes that are wanted, of a client that has proved itself; raises ScopeInvalid."""
        scopes = scopes_granted(client, wanted)
        token = self._tokens.issue(client, scopes, token_id=self._ids.new(TOKEN_PREFIX), now=self._clock.now())
        return GrantedToken(access_token=token, expires_in=int(LIFE.total_seconds()), scopes=scopes)

    async def authorise(self, token: str, scope: ClientScope) -> Client:
        """Return the client that shows a token good for `scope`.

        Raises TokenInvalid, TokenExpired, TokenRevoked or ScopeInsufficient.
        """
        claim = self._tokens.read(token, self._clock.now())
        client = await self._directory.find(claim.client_id)
        if client is None or (client.generation <= claim.generation and not is_current(client, claim)):
            # The token may be newer than what is remembered: got after a client was resumed by another process.
            client = await self._directory.look(claim.client_id)
        if client is None or not is_current(client, claim):
            raise TokenRevoked
        if scope not in claim.scopes & set(client.scopes):
            raise ScopeInsufficient(scope)
        return client
