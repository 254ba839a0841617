"""The OpenAPI 3.1 document, made from the declarations and schemas that validate requests."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from handlers.base import BaseHandler
from handlers.messages import MESSAGES
from handlers.operation import IDEMPOTENCY_KEY, Operation
from handlers.problems import CONTENT_TYPE, InternalFault, MethodNotAllowed, status_of
from handlers.schemas.common import ProblemSchema
from handlers.schemas.fields import Day, Instant, OneOf
from server.openapi_system import OUTSIDE_THE_API, SYSTEM_PATHS
from server.openapi_system import TAG as SYSTEM
from server.routes import API, API_ROUTES
from services.common.errors import DomainError

VERSION = "0.1.0"
METHODS = ("get", "post")
DESCRIPTION = """City codes for visits to venues: book a slot, show a signed code, walk in.
And for items: one code each, and a history of EPCIS events in a log that proves it.

Refusals are RFC 9457 problems with a stable `code`; texts follow `Accept-Language` (`zh-CN` by default, or `en`).
Times are RFC 3339. Lists are `{items, next}`; pass `next` as `after` for the following page.
Unknown fields and parameters are refused, in a body where none is asked for too. Bodies are JSON of at most 64 KB,
except where an operation says otherwise.
Every answer carries `X-Request-Id`, which finds it in the logs; send your own to have it used.

To try it in demo mode: `POST /auth/wechat` with `{"code": "sandbox-alice"}` logs you in as a citizen (each code works
once; `sandbox-alice#2` is the same person again), `POST /auth/staff` with `gate` and `chengma-demo` as gate staff.
Put the `access_token` into *Authorize*.
"""
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
}
HEADERS_OF_STATUS: Mapping[int, tuple[str, ...]] = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}
EXAMPLE_IDS = {
    "finding_id": "fnd_01JD0000000000000000000000",
    "token": "Vn3m0hHk1Yq5T9bX2cW7ZA",
    "checklist_id": "tpl_01JD0000000000000000000000",
    "release_number": "1",
    "outlet_id": "otl_01JD0000000000000000000000",
    "outlet_table_id": "otb_01JD0000000000000000000000",
    "venue_id": "ven_01JD0000000000000000000000",
    "reservation_id": "rsv_01JD0000000000000000000000",
    "item_type_id": "ity_01JD0000000000000000000000",
    "item_batch_id": "ibt_01JD0000000000000000000000",
    "item_id": "itm_01JD0000000000000000000000",
    "transfer_id": "trf_01JD0000000000000000000000",
    "table_id": "tab_0123456789abcdef0123456789abcdef",
    "job_id": "job_01JD0000000000000000000000",
    "plate_id": "plt_01JD0000000000000000000000",
    "stock_take_id": "stk_01JD0000000000000000000000",
    "task_id": "tsk_01JD0000000000000000000000",
    "round_id": "rnd_01JD0000000000000000000000",
    "draw_id": "drw_01JD0000000000000000000000",
    "check_in_id": "chk_01JD0000000000000000000000",
    "submission_id": "visit-01JD0000000000000000000000",
    "photo_id": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "complaint_id": "cmp_01JD0000000000000000000000",
    "code": "05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7",
}


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
    for name, header in HEADERS.items():
        spec.components.header(name, dict(header))
    for path, handler in API_ROUTES:
        spec.path(path=path, operations=_operations(path, handler))
    for path, described in SYSTEM_PATHS.items():
        spec.path(path=path, operations={"get": _describe_system(described)})
    document: dict[str, Any] = spec.to_dict()
    for path in SYSTEM_PATHS:
        document["paths"][path]["servers"] = OUTSIDE_THE_API
    return document


def _schema_name(schema: type[Schema] | Schema | str) -> str:
    resolved = schema if isinstance(schema, type) else type(schema)
    return resolved.__name__.removesuffix("Schema")


def _describe_field(_: Any, field: Any, **__: Any) -> dict[str, Any]:
    if isinstance(field, fields.Constant):
        return {"type": "string", "const": field.constant}
    if not isinstance(field, Instant | OneOf | Day):
        return {}
    described: dict[str, Any] = {"type": ["string", "null"] if field.allow_none else "string"}
    if isinstance(field, Day):
        described |= {"format": "date", "examples": ["2026-11-22"]}
    if isinstance(field, Instant):
        described |= {"format": "date-time", "examples": ["2026-11-21T09:00:00+08:00"]}
    return described


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
        "responses": {**_success(declared), **_refusals(declared.all_refusals())},
    }
    if declared.description:
        described["description"] = declared.description
    if declared.roles is not None:
        described["security"] = [{"session": []}]
        described["x-roles"] = sorted(declared.roles)
    if declared.body is not None and declared.file is None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": declared.body}}}
    if declared.file is not None:
        held = declared.body or {"type": "string", "format": "binary"}
        described["requestBody"] = {"required": True, "content": {declared.file: {"schema": held}}}
    return described


def _describe_system(described: Mapping[str, Any]) -> dict[str, Any]:
    answers = {
        status: {"description": text, "headers": _headers(), "content": content}
        for status, (text, content) in described["content"].items()
    }
    return {
        "operationId": _operation_id(described["summary"]),
        "summary": described["summary"],
        "description": described.get("description", ""),
        "tags": [SYSTEM],
        "responses": {**answers, **_refusals(())},
    }


def _operation_id(summary: str) -> str:
    words = re.findall(r"[a-z]+", summary.lower())
    return "_".join(words)


def _parameters(path: str, declared: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "examples": [EXAMPLE_IDS[name]]},
        }
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
                "description": "Makes the request repeatable: the same key with the same content gets the first "
                "answer, as long as what was made is kept. A new request takes a new key.",
                "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$", "examples": ["f81d4fae-7dec"]},
            }
        )
    return found


def _success(declared: Operation) -> dict[str, Any]:
    named = ("Location",) if declared.repeatable else ()
    response: dict[str, Any] = {"description": HTTPStatus(declared.status).phrase, "headers": _headers(*named)}
    if declared.reply is not None:
        response["content"] = {declared.media_type: {"schema": declared.reply}}
    elif declared.media_type != "application/json":
        is_json = declared.media_type.endswith("+json")
        schema = {"type": "object"} if is_json else {"type": "string", "format": "binary"}
        response["content"] = {declared.media_type: {"schema": schema}}
    return {str(int(declared.status)): response}


def _refusals(refusals: Iterable[type[DomainError]]) -> dict[str, Any]:
    by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
    for refusal in (*refusals, MethodNotAllowed, InternalFault):
        by_status[int(status_of(refusal))].append(refusal)
    return {str(status): _problem(status, found) for status, found in sorted(by_status.items())}


def _problem(status: int, refusals: Sequence[type[DomainError]]) -> dict[str, Any]:
    named = sorted(refusals, key=lambda one: one.code)
    its_codes = {"properties": {"code": {"enum": [refusal.code for refusal in named]}}}
    return {
        "description": "\n".join(f"- `{refusal.code}`: {refusal.title}" for refusal in named),
        "headers": _headers(*HEADERS_OF_STATUS.get(status, ())),
        "content": {
            CONTENT_TYPE: {
                "schema": {"allOf": [ProblemSchema, its_codes]},
                "examples": {refusal.code: {"value": _example(status, refusal)} for refusal in named},
            }
        },
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


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}
