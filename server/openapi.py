"""The OpenAPI 3.1 document, made from the declarations and schemas that validate requests."""

import re
from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from handlers.base import BaseHandler
from handlers.operation import Operation
from handlers.problems import CONTENT_TYPE, InternalFault, MethodNotAllowed, status_of
from handlers.schemas.common import ProblemSchema
from handlers.schemas.fields import Instant
from server.routes import API, API_ROUTES
from services.common.errors import DomainError

VERSION = "0.1.0"
METHODS = ("get", "post")
DESCRIPTION = """City codes for visits to venues: book a slot, show a signed code, walk in.

Refusals are RFC 9457 problems with a stable `code`; texts follow `Accept-Language` (`zh-CN` by default, or `en`).
Times are RFC 3339. Lists are `{items, next}`; pass `next` as `after` for the following page.
Unknown fields and parameters are refused. Bodies hold at most 64 KB.

To try it in demo mode: `POST /auth/wechat` with `{"code": "sandbox-alice"}` logs you in as a citizen (each code works
once; `sandbox-alice#2` is the same person again), `POST /auth/staff` with `gate` and `chengma-demo` as gate staff.
Put the `access_token` into *Authorize*.
"""


def build_document() -> dict[str, Any]:
    """Return the whole document."""
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    spec = APISpec(
        title="Chengma 城码",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": DESCRIPTION},
        servers=[{"url": API}],
    )
    if plugin.converter is not None:
        plugin.converter.add_attribute_function(_describe_field)  # type: ignore[no-untyped-call]  # the library's
    spec.components.security_scheme("session", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for path, handler in API_ROUTES:
        spec.path(path=path, operations=_operations(path, handler))
    return spec.to_dict()


def _schema_name(schema: type[Schema] | Schema | str) -> str:
    resolved = schema if isinstance(schema, type) else type(schema)
    return resolved.__name__.removesuffix("Schema")


def _describe_field(_: Any, field: Any, **__: Any) -> dict[str, Any]:
    if isinstance(field, Instant):
        types = ["string", "null"] if field.allow_none else "string"
        return {"type": types, "format": "date-time", "examples": ["2026-11-21T09:00:00+08:00"]}
    return {}


def _operations(path: str, handler: type[BaseHandler]) -> dict[str, Any]:
    found = {}
    for method in METHODS:
        declared: Operation | None = getattr(getattr(handler, method), "operation", None)
        if declared is not None:
            found[method] = _describe(path, declared)
    return found


def _describe(path: str, declared: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(declared.summary),
        "summary": declared.summary,
        "tags": [declared.tag],
        "parameters": _parameters(path, declared),
        "responses": {**_success(declared), **_refusals(declared)},
    }
    if declared.description:
        described["description"] = declared.description
    if declared.roles is not None:
        described["security"] = [{"session": []}]
        described["x-roles"] = sorted(declared.roles)
    if declared.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": declared.body}}}
    return described


def _operation_id(summary: str) -> str:
    words = re.findall(r"[a-z]+", summary.lower())
    return "_".join(words)


def _parameters(path: str, declared: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{([a-z_]+)\}", path)
    ]
    if declared.query is not None:
        found.append({"in": "query", "schema": declared.query})
    if declared.repeatable:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Makes the request repeatable: kept for two days.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            }
        )
    return found


def _success(declared: Operation) -> dict[str, Any]:
    status = str(int(declared.status))
    response: dict[str, Any] = {"description": HTTPStatus(declared.status).phrase}
    if declared.reply is not None:
        response["content"] = {"application/json": {"schema": declared.reply}}
    elif declared.media_type != "application/json":
        response["content"] = {declared.media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {status: response}


def _refusals(declared: Operation) -> dict[str, Any]:
    by_status: Mapping[int, list[type[DomainError]]] = defaultdict(list)
    for refusal in (*declared.all_refusals(), MethodNotAllowed, InternalFault):
        by_status[int(status_of(refusal))].append(refusal)
    return {str(status): _problem(refusals) for status, refusals in sorted(by_status.items())}


def _problem(refusals: list[type[DomainError]]) -> dict[str, Any]:
    lines = [f"- `{refusal.code}`: {refusal.title}" for refusal in sorted(refusals, key=lambda one: one.code)]
    return {"description": "\n".join(lines), "content": {CONTENT_TYPE: {"schema": ProblemSchema}}}
