"""Operations: what an endpoint takes, gives and refuses, declared once; it validates and documents."""

import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError

from handlers.client_door import ClientDoor
from handlers.context import CounterAway, Limit, Standing
from handlers.problems import (
    BodyTooLarge,
    BodyUnreadable,
    FieldsInvalid,
    HeaderInvalid,
    LogInUnavailable,
    MediaTypeUnsupported,
    RateLimited,
    RequestMalformed,
)
from handlers.schemas.fields import WireSchema, field_errors
from services.clients.errors import QuotaExhausted, ScopeInsufficient, TokenRevoked
from services.clients.model import ClientScope
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, DomainError
from services.common.idempotency import IdempotencyKeyReused, idempotent_request
from services.common.model import IdempotentRequest
from services.identity.errors import RoleForbidden, SessionEnded, TokenExpired, TokenInvalid, TokenMissing
from services.identity.model import Actor, Role
from services.identity.rules import is_device

IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")
# Whoever waits at a gate or with a phone in hand is better served by "try again" than by a longer wait.
ANSWER_WITHIN_S = 8.0
EVERY_ROLE = frozenset(Role)

Answering = Callable[..., Awaitable[Any]]
Endpoint = Callable[..., Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path.

    `roles` None means anyone, without logging in, unless `client_scope` says that it is for machine clients alone, and
    what their tokens must allow. A `token_endpoint` refuses as RFC 6749 says. Gate devices have the role of a gate and
    may do only what is for `devices`: who steals one reads no lists of people.
    """

    summary: str
    tag: str
    description: str = ""
    roles: frozenset[Role] | None = None
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    # The media type of a body that is a file: the method gets its bytes, and `body` only documents them.
    file: str | None = None
    reply: type[Schema] | None = None
    media_type: str = "application/json"
    status: int = 200
    repeatable: bool = False
    log_in: bool = False
    devices: bool = False
    client_scope: ClientScope | None = None
    token_endpoint: bool = False
    refusals: tuple[type[DomainError], ...] = ()

    def all_refusals(self) -> tuple[type[DomainError], ...]:
        """Return what this operation may answer besides success."""
        if self.token_endpoint:
            return (*self.refusals, RateLimited, BodyTooLarge, DatabaseUnavailable)
        found: list[type[DomainError]] = [*self.refusals, RateLimited, RequestMalformed, DatabaseUnavailable]
        if self.client_scope is not None:
            found += [TokenMissing, TokenInvalid, TokenExpired, TokenRevoked, ScopeInsufficient, QuotaExhausted]
        if self.roles is not None:
            found += [TokenMissing, TokenInvalid, TokenExpired, SessionEnded]
            found += [RoleForbidden] if self.roles != EVERY_ROLE or not self.devices else []
        found += [FieldsInvalid, BodyUnreadable, BodyTooLarge, MediaTypeUnsupported]
        if self.repeatable:
            found += [HeaderInvalid, IdempotencyKeyReused]
        if self.log_in:
            found.append(LogInUnavailable)
        return tuple(dict.fromkeys(found))


class NoFields(WireSchema):
    """No query parameters, or no fields in the body."""


class ApiHandler(ClientDoor):
    """A handler whose methods are operations."""

    actor: Actor
    parameters: dict[str, Any]
    content: Any
    repeated: IdempotentRequest | None = None

    async def carry_out(self, declared: Operation, method: Answering, path: tuple[str, ...]) -> None:
        """Let the request in, take it, and answer with what `method` makes of it."""
        await self.let_in(declared)
        answer = await method(self, *path, *self.take(declared))
        if self._finished:
            return  # it wrote its own answer; `reply` only documents it
        if declared.reply is not None:
            self.reply(made(declared.reply).dump(answer), declared.status)
        else:
            self.set_status(declared.status)
            self.finish()

    async def let_in(self, declared: Operation) -> None:
        """Pass when the address, the account and its role may make this request now."""
        if declared.roles is None:
            await self.limit(Limit.ADDRESS, self.address, closed=declared.log_in)
            if declared.client_scope is not None:
                await self.let_client_in(declared.client_scope)
            return
        token = self.bearer_token()
        actor = self.services.sessions.recall(token)
        if actor is not None and not declared.log_in:
            standing = await self.standing(actor, self.address)
        else:
            # A signature costs more to check than a request to count: first the address.
            await self.limit(Limit.ADDRESS, self.address, closed=declared.log_in)
            if not token:
                raise TokenMissing
            actor = self.services.sessions.read(token)
            standing = await self.standing(actor, None)
        await self.ensure_good(standing, actor)
        self.actor = actor
        if actor.role not in declared.roles or (is_device(actor) and not declared.devices):
            raise RoleForbidden

    async def standing(self, actor: Actor, address: str | None) -> Standing:
        """Return what is known of the actor, counting this request; nothing with the counter away."""
        digest = self.services.digest
        try:
            return await self.services.limiter.claim_together(
                address=None if address is None else digest.of("rate-limit", address),
                session_id=actor.session_id,
                account=digest.of("rate-limit", actor.id),
            )
        except CounterAway:
            return Standing(None, None, None)

    async def ensure_good(self, standing: Standing, actor: Actor) -> None:
        """Raise RateLimited or SessionEnded where the standing says so, or else the database."""
        ensure_no_wait(standing.address_wait_s)
        await self.services.sessions.ensure_live(actor, standing.live)
        ensure_no_wait(standing.account_wait_s)
        if standing.live is None:
            await self.limit(Limit.ACCOUNT, actor.id, closed=False)

    def take(self, declared: Operation) -> list[Any]:
        """Return the checked body, if there is one, after checking the parameters and headers."""
        self.parameters = self.read_parameters(declared.query or NoFields)
        if declared.file is not None:
            return [self.read_bytes()]
        if declared.body is None:
            self.ensure_no_fields()
            self.content = {}
            self.repeated = self.read_repeatable(declared.summary) if declared.repeatable else None
            return []
        self.content = self.read_body()
        command = checked(declared.body, self.content)
        if declared.repeatable:
            self.repeated = self.read_repeatable(declared.summary)
        return [command]

    async def limit(self, limit: Limit, who: str, *, closed: bool) -> None:
        """Count this request; raises RateLimited. With the counter away, `closed` limits refuse."""
        try:
            wait_s = await self.services.limiter.claim(limit, self.services.digest.of("rate-limit", who))
        except CounterAway:
            if closed:
                raise LogInUnavailable(retry_after_s=5) from None
            return
        ensure_no_wait(wait_s)

    def bearer_token(self) -> str:
        """Return the bearer token (RFC 6750), empty when there is none."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.casefold() == "bearer" else ""

    def read_parameters(self, schema: type[Schema]) -> dict[str, Any]:
        """Return the checked query parameters; each may come once."""
        given: dict[str, Any] = {}
        for name, raw in self.request.query_arguments.items():
            # Not by get_query_arguments, which turns control characters into blanks.
            values = [self.decode_argument(value, name) for value in raw]
            given[name] = values[0] if len(values) == 1 else values
        parameters: dict[str, Any] = checked(schema, given)
        return parameters

    def ensure_no_fields(self) -> None:
        """Pass unless the client sent fields to an operation that takes none; they would be lost unnoticed."""
        if self.has_body:
            checked(NoFields, self.read_body())

    def read_repeatable(self, action: str) -> IdempotentRequest | None:
        """Return what the Idempotency-Key header makes of this request, if it came."""
        keys = self.request.headers.get_list("Idempotency-Key")
        if not keys:
            return None
        key = keys[0]
        if len(keys) > 1 or not IDEMPOTENCY_KEY.fullmatch(key):
            raise HeaderInvalid
        return idempotent_request(
            self.services.digest, actor_id=self.actor.id, action=action, key=key, content=self.content
        )


def ensure_no_wait(seconds: int | None) -> None:
    """Raise RateLimited unless there is nothing to wait for."""
    if seconds is not None:
        raise RateLimited(retry_after_s=seconds)


# Making a schema copies its fields, which costs more than using it.
@functools.cache
def made(schema: type[Schema]) -> Schema:
    """Return the one instance of `schema`; it keeps nothing of what it reads and writes."""
    return schema()


def checked(schema: type[Schema], given: Any) -> Any:
    """Return what `schema` makes of `given`; raises FieldsInvalid with a path and code for each fault."""
    try:
        return made(schema).load(given)
    except ValidationError as error:
        raise FieldsInvalid(errors=field_errors(error.messages)) from None


def operation(declared: Operation) -> Callable[[Answering], Endpoint]:
    """Wrap a handler's method in what its declaration says, and keep the declaration on it."""

    def wrap(method: Answering) -> Endpoint:
        @functools.wraps(method)
        async def run(self: ApiHandler, *path: str) -> None:
            with self.services.under_way, deadline(ANSWER_WITHIN_S):
                await self.while_listened_to(self.carry_out(declared, method, path))

        run.operation = declared  # type: ignore[attr-defined]  # read by the OpenAPI generator
        return run

    return wrap
