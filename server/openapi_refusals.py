"""What the OpenAPI document says of refusals: each answer once, under a name that operations share."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from handlers.messages import MESSAGES
from handlers.problems import CONTENT_TYPE, InternalFault, MethodNotAllowed, status_of
from handlers.schemas.common import ProblemSchema
from services.clients.errors import TOKEN_REFUSALS
from services.common.errors import DomainError

HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Request-Id": {
        "description": "Finds the request in the logs: the client's own of up to 64 characters, or a new one.",
        "required": True,
        "schema": {"type": "string", "examples": ["01JD0000000000000000000000"]},
    },
    "Retry-After": {
        "description": "Seconds to wait before another try.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string", "format": "uri-reference"}},
    "Allow": {"description": "The methods that are allowed here.", "required": True, "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    "Basic-Challenge": {
        "description": "How a machine client authenticates (RFC 6749, section 5.2).",
        "required": True,
        "schema": {"type": "string", "const": 'Basic realm="chengma"'},
    },
}
HEADERS_OF_STATUS: Mapping[int, tuple[str, ...]] = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}


class Refusals:
    """Collects refusals while operations are described; `shared` are all of them, by name."""

    def __init__(self) -> None:
        self.shared: dict[str, dict[str, Any]] = {}

    def of(self, refusals: Iterable[type[DomainError]]) -> dict[str, Any]:
        """Return an operation's refusals by status, each as the name of a shared answer."""
        by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
        for refusal in (*refusals, MethodNotAllowed, InternalFault):
            by_status[int(status_of(refusal))].append(refusal)
        return {str(status): self._named(status, found) for status, found in sorted(by_status.items())}

    def _named(self, status: int, refusals: Sequence[type[DomainError]]) -> dict[str, Any]:
        named = sorted(set(refusals), key=lambda one: one.code)
        name = ".".join((str(status), *(one.code for one in named)))
        if name not in self.shared:
            self.shared[name] = _problem(status, named)
        return {"$ref": f"#/components/responses/{name}"}


def _problem(status: int, named: Sequence[type[DomainError]]) -> dict[str, Any]:
    if all(issubclass(refusal, TOKEN_REFUSALS) for refusal in named):
        return _token_refusal(status, named)
    its_codes = {"properties": {"code": {"enum": [refusal.code for refusal in named]}}}
    return {
        "description": "\n".join(f"- `{refusal.code}`: {refusal.title}" for refusal in named),
        "headers": headers_of(*HEADERS_OF_STATUS.get(status, ())),
        "content": {
            CONTENT_TYPE: {
                "schema": {"allOf": [ProblemSchema, its_codes]},
                "examples": {refusal.code: {"value": _example(status, refusal)} for refusal in named},
            }
        },
    }


def _token_refusal(status: int, named: Sequence[type[DomainError]]) -> dict[str, Any]:
    """Return a refusal in the form of RFC 6749, section 5.2."""
    headers = headers_of()
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/Basic-Challenge"}
    codes = {"type": "string", "enum": [refusal.code for refusal in named]}
    told = {"type": "object", "properties": {"error": codes, "error_description": {"type": "string"}}}
    return {
        "description": "\n".join(f"- `{refusal.code}`: {refusal.title}" for refusal in named),
        "headers": headers,
        "content": {"application/json": {"schema": {**told, "required": ["error"]}}},
    }


def _example(status: int, refusal: type[DomainError]) -> dict[str, Any]:
    message = MESSAGES[refusal.code]
    return {
        "type": f"urn:chengma:problem:{refusal.code}",
        "title": message.title["zh"],
        "status": status,
        "code": refusal.code,
        "detail": message.advice["zh"],
        "request_id": "01JD0000000000000000000000",
    }


def headers_of(*names: str) -> dict[str, Any]:
    """Return the headers of an answer: these, and the request's id."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}
