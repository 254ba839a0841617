"""The OpenAPI 3.1 document, made from the declarations and schemas that validate requests."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from handlers.base import BaseHandler
from handlers.operation import IDEMPOTENCY_KEY, Operation
from handlers.schemas.fields import Day, Instant, OneForm, OneOf
from server.openapi_examples import example_of
from server.openapi_refusals import HEADERS, Refusals, headers_of
from server.openapi_system import OUTSIDE_THE_API, SYSTEM_PATHS
from server.openapi_system import TAG as SYSTEM
from server.routes import API, API_ROUTES
from services.clients.model import ClientScope

VERSION = "0.1.0"
METHODS = ("get", "post")
SCOPES = {
    ClientScope.RECORDS_READ: "Read changed records by the data standard.",
    ClientScope.STATISTICS_READ: "Read figures.",
}
# The format wants a whole address, and the document is the same everywhere: this one is nobody's, so that no page can
# send a secret to it.
TOKEN_ADDRESS = f"https://chengma.invalid{API}/oauth/token"
CLIENT_SCHEME = {
    "type": "oauth2",
    "description": "For `tokenUrl`, use this server's own address: `POST /oauth/token`.",
    "flows": {
        "clientCredentials": {
            "tokenUrl": TOKEN_ADDRESS,
            "scopes": {scope.value: told for scope, told in SCOPES.items()},
        }
    },
}
DESCRIPTION = """City codes for visits to venues: book a slot, show a signed code, walk in.
And for items: one code each, and a history of EPCIS events in a log that proves it.
And for patrols: plates at outlets and venues, checks on site, and findings until they are put right.

预约参访：预约时段，出示签名码，验码入场。一物一码：一件一码，流转记录可供验证。
巡查检查：网点和场所挂牌亮码，现场检查，问题整改到销号。

Refusals are RFC 9457 problems with a stable `code`; texts follow `Accept-Language` (`zh-CN` by default, or `en`).
Times are RFC 3339. Lists are `{items, next}`; pass `next` as `after` for the following page.
Unknown fields and parameters are refused, in a body where none is asked for too. Bodies are JSON of at most 64 KB,
except where an operation says otherwise.
Every answer carries `X-Request-Id`, which finds it in the logs; send your own to have it used.

To try it in demo mode: `POST /auth/wechat` with `{"code": "sandbox-alice"}` logs you in as a citizen (each code works
once; `sandbox-alice#2` is the same person again), `POST /auth/staff` with `gate` and `chengma-demo` as gate staff, and
with `inspector` or `district` as an inspector or as whoever sends them.
Put the `access_token` into *Authorize*.
"""
# In the order of work: who comes first, then what is done by whom.
TAGS = (
    *(
        "Identity",
        "Venues",
        "Companions",
        "Calendars",
        "Reservations",
        "Quotas",
        "Waitlist",
        "Fair release",
        "Groups",
        "Staffed window",
        "Walk-ins",
        "Notices",
        "Admissions",
        "Gate devices",
        "No-shows",
        "Ratings",
    ),
    *("Items", "EPCIS", "Public checks", "Jobs", "Transparency"),
    *("Outlets", "Plates", "Checklists", "Patrol plans", "Public draws", "Inspector's day", "Photos", "Check-ins"),
    *(
        "Findings",
        "Rectification",
        "Complaints",
        "Patrols",
        "Main system",
        "Machine clients",
        "Open interface",
        "Webhooks",
        SYSTEM,
    ),
)


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
        tags=[{"name": name} for name in TAGS],
    )
    if plugin.converter is not None:
        plugin.converter.add_attribute_function(_describe_field)  # type: ignore[no-untyped-call]  # the library's
        plugin.converter.add_attribute_function(_describe_forms)  # type: ignore[no-untyped-call]  # the library's
    spec.components.security_scheme("session", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.security_scheme("client", CLIENT_SCHEME)
    for name, header in HEADERS.items():
        spec.components.header(name, dict(header))
    refusals = Refusals()
    for path, handler in API_ROUTES:
        spec.path(path=path, operations=_operations(path, handler, refusals))
    for path, described in SYSTEM_PATHS.items():
        spec.path(path=path, operations={"get": _describe_system(described, refusals)})
    for name, refusal in sorted(refusals.shared.items()):
        spec.components.response(name, refusal)
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


def _describe_forms(converter: Any, field: Any, ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe a part that has several forms by all of them."""
    if not isinstance(field, OneForm):
        return {}
    ret.pop("$ref", None)
    return {"oneOf": [converter.resolve_nested_schema(form) for form in field.forms]}


def _operations(path: str, handler: type[BaseHandler], refusals: Refusals) -> dict[str, Any]:
    found = {}
    for method in METHODS:
        declared: Operation | None = getattr(getattr(handler, method), "operation", None)
        if declared is not None:
            found[method] = _describe(path, declared, refusals)
    return found


def _describe(path: str, declared: Operation, refusals: Refusals) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(declared.summary),
        "summary": declared.summary,
        "tags": [declared.tag],
        "parameters": _parameters(path, declared),
        "responses": {**_success(declared), **refusals.of(declared.all_refusals())},
    }
    if told := "\n\n".join(filter(None, (declared.description, _roles(declared)))):
        described["description"] = told
    if declared.roles is not None:
        described["security"] = [{"session": []}]
        described["x-roles"] = sorted(declared.roles)
    if declared.client_scope is not None:
        described["security"] = [{"client": [declared.client_scope.value]}]
    if declared.body is not None and declared.file is None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": declared.body}}}
    if declared.file is not None:
        held = declared.body or {"type": "string", "format": "binary"}
        described["requestBody"] = {"required": True, "content": {declared.file: {"schema": held}}}
    return described


def _roles(declared: Operation) -> str:
    if declared.client_scope is not None:
        return f"For machine clients whose token has the scope `{declared.client_scope}`."
    if declared.roles is None:
        return ""
    devices = "; enrolled gate devices" if declared.devices else ""
    return "Roles: " + ", ".join(f"`{role}`" for role in sorted(declared.roles)) + devices


def _describe_system(described: Mapping[str, Any], refusals: Refusals) -> dict[str, Any]:
    answers = {
        status: {"description": text, "headers": headers_of(), "content": content}
        for status, (text, content) in described["content"].items()
    }
    return {
        "operationId": _operation_id(described["summary"]),
        "summary": described["summary"],
        "description": described.get("description", ""),
        "tags": [SYSTEM],
        "responses": {**answers, **refusals.of(())},
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
            "schema": {"type": "string", "minLength": 1, "examples": [example_of(path, name)]},
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
    response: dict[str, Any] = {"description": HTTPStatus(declared.status).phrase, "headers": headers_of(*named)}
    if declared.reply is not None:
        response["content"] = {declared.media_type: {"schema": declared.reply}}
    elif declared.media_type != "application/json":
        is_json = declared.media_type.endswith("+json")
        schema = {"type": "object"} if is_json else {"type": "string", "format": "binary"}
        response["content"] = {declared.media_type: {"schema": schema}}
    return {str(int(declared.status)): response}
