"""The OpenAPI document: valid, complete, the same in docs/ as served."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from schemathesis.specs.openapi import definitions

from handlers.messages import MESSAGES
from handlers.operation import ApiHandler
from server.commands.openapi import KEPT_DOCUMENT, written_document
from server.openapi import build_document
from server.routes import API, API_ROUTES, SYSTEM_ROUTES
from tests.api.house import House, accepted

DOCUMENT = build_document()
OUTLET_PAGES = ("/o/{code}", "/o/{code}/complaint", "/o/complaints")
OWNER_PAGES = ("/r/{token}", "/r/{token}/photos/{photo_id}")
CODE_PAGES = ("/i/{code}", *OUTLET_PAGES, *OWNER_PAGES)
PAGES = frozenset({"/", "/docs", "/docs/assets/{name}", *CODE_PAGES, f"{API}/openapi.json"})


def operations() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method in ("get", "post"):
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


OPERATIONS = list(operations())


def test_the_kept_document_is_the_present_one() -> None:
    kept = KEPT_DOCUMENT.read_text(encoding="utf-8")
    assert kept == written_document(), "run ./scripts/openapi"


async def test_the_served_document_is_the_kept_one(house: House) -> None:
    served = accepted(await house.client.get(f"{API}/openapi.json"))
    assert served == json.loads(KEPT_DOCUMENT.read_text(encoding="utf-8"))


def test_it_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert list(definitions.OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)) == []
    broken = {**DOCUMENT, "paths": {"venues": {"get": {"responses": []}}}}
    assert list(definitions.OPENAPI_31_VALIDATOR.iter_errors(broken)) != []


def test_it_has_every_path_and_method() -> None:
    expected = {
        f"{method.upper()} {path}"
        for path, handler in API_ROUTES
        for method in ("get", "post", "put", "patch", "delete")
        if method in vars(handler)
    }
    assert all(issubclass(handler, ApiHandler) for _, handler in API_ROUTES)
    expected |= {f"GET {path}" for path, _ in SYSTEM_ROUTES if path not in PAGES}
    assert {name for name, _ in OPERATIONS} == expected


def test_names_are_unique() -> None:
    names = [described["operationId"] for _, described in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "described"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_an_operation_is_described_whole(name: str, described: Mapping[str, Any]) -> None:
    assert described["summary"]
    assert described["tags"]
    assert ("security" in described) == ("x-roles" in described)
    responses = described["responses"]
    assert [status for status in responses if status.startswith("2")], name
    assert {"405", "500"} <= responses.keys()
    assert ("401" in responses) >= ("security" in described)
    for status, response in responses.items():
        headers = response["headers"]
        assert "X-Request-Id" in headers
        assert ("WWW-Authenticate" in headers) == (status == "401")
        assert ("Allow" in headers) == (status == "405")
        assert ("Retry-After" in headers) == (
            status in {"429", "503"} and "application/problem+json" in response["content"]
        )
        for media_type, content in response.get("content", {}).items():
            assert content["schema"]
            if media_type == "application/problem+json":
                codes = content["schema"]["allOf"][1]["properties"]["code"]["enum"]
                assert codes
                assert codes == sorted(set(codes))
                assert set(codes) <= MESSAGES.keys()


def test_every_field_has_a_type() -> None:
    for name, declared in DOCUMENT["components"]["schemas"].items():
        for field, schema in declared["properties"].items():
            assert {"type", "$ref", "anyOf"} & schema.keys(), f"{name}.{field}"


def test_what_clients_send_has_examples() -> None:
    for _, described in OPERATIONS:
        body = described.get("requestBody")
        if body is not None:
            ((_, content),) = body["content"].items()
            if content["schema"].get("format") == "binary":
                continue
            reference = content["schema"]["$ref"].rpartition("/")[2]
            for name, schema in DOCUMENT["components"]["schemas"][reference]["properties"].items():
                simple = schema.get("type", "object") not in ("array", "object") and "enum" not in schema
                assert not simple or "examples" in schema, (reference, name)
