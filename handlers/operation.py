"""Operations: what an endpoint takes, gives and refuses, declared once; it validates and documents."""

import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError

from handlers.base import BaseHandler
from handlers.context import CounterAway, Limit
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
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, DomainError
from services.common.idempotency import IdempotencyKeyReused, idempotent_request
from services.common.model import IdempotentRequest
from services.identity.errors import RoleForbidden, SessionEnded, TokenExpired, TokenInvalid, TokenMissing
from services.identity.model import Actor, Role

IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")
# Whoever waits at a gate or with a phone in hand is better served by "try again" than by a longer wait.
ANSWER_WITHIN_S = 8.0
EVERY_ROLE = frozenset(Role)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. `roles` None means anyone, without logging in."""

    summary: str
    tag: str
    description: str = ""
    roles: frozenset[Role] | None = None
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    reply: type[Schema] | None = None
    media_type: str = "application/json"
    status: int = 200
    repeatable: bool = False
    log_in: bool = False
    refusals: tuple[type[DomainError], ...] = ()

    def all_refusals(self) -> tuple[type[DomainError], ...]:
        """Return what this operation may answer besides success."""
        found: list[type[DomainError]] = [*self.refusals, RateLimited, RequestMalformed, DatabaseUnavailable]
        if self.roles is not None:
            found += [TokenMissing, TokenInvalid, TokenExpired, SessionEnded]
            found += [RoleForbidden] if self.roles != EVERY_ROLE else []
        found += [FieldsInvalid, BodyUnreadable, BodyTooLarge, MediaTypeUnsupported]
        if self.repeatable:
            found += [HeaderInvalid, IdempotencyKeyReused]
        if self.log_in:
            found.append(LogInUnavailable)
        return tuple(dict.fromkeys(found))


class NoFields(WireSchema):
    """No query parameters, or no fields in the body."""


class ApiHandler(BaseHandler):
    """A handler whose methods are operations."""

    actor: Actor
    parameters: dict[str, Any]
    content: Any
    repeated: IdempotentRequest | None = None

    async def let_in(self, declared: Operation) -> None:
        """Pass when the address, the account and its role may make this request now."""
        await self.limit(Limit.ADDRESS, self.address, closed=declared.log_in)
        if declared.roles is None:
            return
        self.actor = await self.authenticate()
        await self.limit(Limit.ACCOUNT, self.actor.id, closed=False)
        if self.actor.role not in declared.roles:
            raise RoleForbidden

    def take(self, declared: Operation) -> list[Any]:
        """Return the checked body, if there is one, after checking the parameters and headers."""
        self.parameters = self.read_parameters(declared.query or NoFields)
        if declared.body is None:
            self.ensure_no_fields()
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
        if wait_s is not None:
            raise RateLimited(retry_after_s=wait_s)

    async def authenticate(self) -> Actor:
        """Return who stands behind the bearer token (RFC 6750)."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not token.strip():
            raise TokenMissing
        return await self.services.sessions.authenticate(token.strip())

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
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not IDEMPOTENCY_KEY.fullmatch(key):
            raise HeaderInvalid
        return idempotent_request(
            self.services.digest, actor_id=self.actor.id, action=action, key=key, content=self.content
        )


def checked(schema: type[Schema], given: Any) -> Any:
    """Return what `schema` makes of `given`; raises FieldsInvalid with a path and code for each fault."""
    try:
        return schema().load(given)
    except ValidationError as error:
        raise FieldsInvalid(errors=field_errors(error.messages)) from None


Answering = Callable[..., Awaitable[Any]]
Endpoint = Callable[..., Awaitable[None]]


def operation(declared: Operation) -> Callable[[Answering], Endpoint]:
    """Wrap a handler's method in what its declaration says, and keep the declaration on it."""

    def wrap(method: Answering) -> Endpoint:
        @functools.wraps(method)
        async def run(self: ApiHandler, *path: str) -> None:
            with self.services.under_way, deadline(ANSWER_WITHIN_S):
                await self.let_in(declared)
                answer = await method(self, *path, *self.take(declared))
                if declared.reply is not None:
                    self.reply(declared.reply().dump(answer), declared.status)
                elif not self._finished:
                    self.set_status(declared.status)
                    self.finish()

        run.operation = declared  # type: ignore[attr-defined]  # read by the OpenAPI generator
        return run

    return wrap
