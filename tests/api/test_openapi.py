"""The OpenAPI document: valid, complete, the same in docs/ as served."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from schemathesis.specs.openapi import definitions

from handlers.messages import MESSAGES
from handlers.operation import ApiHandler
from handlers.schemas.patrol_submissions import GivenAnswerSchema, JudgedFindingSchema
from qr.keyring import Keyring, SigningKey, VerifyKey
from qr.plate_code import read_plate_code
from server.commands.openapi import KEPT_DOCUMENT, written_document
from server.openapi import build_document
from server.routes import API, API_ROUTES, SYSTEM_ROUTES
from tests.api.house import House, accepted

DOCUMENT = build_document()
OUTLET_PAGES = ("/o/{code}", "/o/{code}/complaint", "/o/complaints")
OWNER_PAGES = ("/r/{token}", "/r/{token}/photos/{photo_id}")
CODE_PAGES = ("/i/{code}", *OUTLET_PAGES, *OWNER_PAGES)
# Characters of the whole document: what many operations share is written once.
MOST_AN_OPERATION = 4_000
STANDARD_PAGES = ("/standard", "/standard/dictionary.xlsx", "/standard/{name}")
PAGES = frozenset({"/", "/docs", "/docs/assets/{name}", *CODE_PAGES, *STANDARD_PAGES, f"{API}/openapi.json"})


def operations() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method in ("get", "post"):
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


OPERATIONS = list(operations())


def resolved(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an answer, where it is shared by its name, too."""
    name = response.get("$ref", "").removeprefix("#/components/responses/")
    found: Mapping[str, Any] = DOCUMENT["components"]["responses"][name] if name else response
    return found


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
    by_session = {"session": []} in described.get("security", ())
    assert by_session == ("x-roles" in described)
    responses = described["responses"]
    assert [status for status in responses if status.startswith("2")], name
    assert {"405", "500"} <= responses.keys()
    assert ("401" in responses) >= ("security" in described)
    for status, named in responses.items():
        response = resolved(named)
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


@pytest.mark.parametrize(("name", "described"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_whoever_reads_sees_the_roles(name: str, described: Mapping[str, Any]) -> None:
    named = [f"`{role}`" for role in described.get("x-roles", ())]
    assert ("Roles:" in described.get("description", "")) == bool(named), name
    assert all(role in described["description"].rpartition("Roles:")[2] for role in named)


def test_tags_stand_in_their_order_and_all_of_them_are_used() -> None:
    listed = [tag["name"] for tag in DOCUMENT["tags"]]
    assert len(set(listed)) == len(listed)
    assert {tag for _, described in OPERATIONS for tag in described["tags"]} == set(listed)
    assert all(tag[0].isupper() for tag in listed)


def test_each_refusal_is_written_once() -> None:
    shared = DOCUMENT["components"]["responses"]
    assert len({json.dumps(one, sort_keys=True) for one in shared.values()}) == len(shared)
    assert len(json.dumps(DOCUMENT, ensure_ascii=False)) < MOST_AN_OPERATION * len(OPERATIONS)


def example_of(path: str, name: str) -> str:
    [found] = [one for one in DOCUMENT["paths"][path]["get"]["parameters"] if one.get("name") == name]
    return str(found["schema"]["examples"][0])


def test_examples_of_codes_have_the_form_of_codes() -> None:
    # The key of docs/codes.md.
    key = SigningKey(kid=1, seed=bytes(range(0x60, 0x80)))
    ring = Keyring(active=key, verify_keys={1: VerifyKey(kid=1, public=key.public)})
    claim = read_plate_code(example_of("/public/outlets/{code}", "code"), ring)
    assert claim.plate_id.startswith("plt_")
    assert len(example_of("/public/items/{code}", "code")) == 34
    for schema, field in (("ScanPlate", "text"), ("Submission", "plate"), ("Plate", "link")):
        [link] = DOCUMENT["components"]["schemas"][schema]["properties"][field]["examples"]
        assert read_plate_code(link, ring) == claim


def test_the_examples_of_a_visit_are_taken() -> None:
    """As Swagger fills the form in: examples, else defaults; a note may be left empty."""
    answer = {"question_id": "licence_displayed", "value": True, "note": "", "photos": []}
    judged = {"finding_id": "fnd_01JD0000000000000000000000", "remedy": "fixed", "note": "", "photos": []}
    assert GivenAnswerSchema().load(answer).note == ""
    assert JudgedFindingSchema().load(judged).note == ""
    for name in ("GivenAnswer", "JudgedFinding"):
        note = DOCUMENT["components"]["schemas"][name]["properties"]["note"]
        assert (note["default"], note["minLength"]) == ("", 0)


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
