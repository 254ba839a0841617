"""The whole OpenAPI document, tried by schemathesis: no 5xx, and nothing that the document does not say.

There are about 8000 cases of what a schema forbids or just allows, and the random ones, for 160 operations; all of
them sent by everybody, twice, would be 150 000 requests. So a case is sent by one whose role may do it, as it is, and
again with things that exist where it names any; one case of eight by those who may not, too. That everybody
gets an answer that is written down is tried with two cases of each operation. Random cases are few,
because what is systematic is tried anyway and these took most of the time (the schemas of checklists are huge).
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import CoveragePhaseConfig, GenerationConfig, PhasesConfig, SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from handlers.streaming import EVENT_STREAM
from server.openapi import build_document
from services.identity.model import Role
from tests.api.house import API, House
from tests.api.machines import FOR_MACHINES
from tests.api.test_item_tables import XLSX
from tests.api.town import Town, build_town, log_in, roles_of

Case: TypeAlias = schemathesis.Case[Any]
Headers: TypeAlias = Mapping[str, str]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
    allow_header_conformance,
]
EXAMPLES = 10
EXAMPLES_OF_EVERYBODY = 2
REFUSED_EVERY = 8
SEED = 20261121
DOCUMENT = build_document()


def loaded(examples: int, phases: PhasesConfig | None = None) -> OpenApiSchema:
    config = SchemathesisConfig(seed=SEED)
    found = schemathesis.openapi.from_dict(DOCUMENT, config=config)
    found.config.generation = GenerationConfig(
        deterministic=True, max_examples=examples, with_security_parameters=False
    )
    if phases is not None:
        found.config.phases = phases
    return found


schema = loaded(EXAMPLES)
few = loaded(EXAMPLES_OF_EVERYBODY, PhasesConfig(coverage=CoveragePhaseConfig(enabled=False)))


class FirstEvents(requests.Session):
    """Reads answers whole, and of those that go on the first event."""

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:
        answer = super().send(request, **{**given, "stream": True})
        if answer.headers.get("Content-Type") == EVENT_STREAM:
            answer._content = next(answer.iter_content(None), b"")
            answer.close()
        assert answer.content is not None
        return answer


class Callers:
    """Whoever sends cases, over connections that stay open."""

    def __init__(self, town: Town, session: requests.Session) -> None:
        self.town = town
        self._session = session

    def send(self, case: Case, headers: Headers) -> Any:
        base = self.town.base_url + ("" if "servers" in DOCUMENT["paths"][case.operation.path] else API)
        return case.call(base_url=base, headers=dict(headers), session=self._session)

    def may(self, case: Case) -> list[Headers]:
        """Return the headers of each who may do this; logging out ends no session that others need."""
        if "security" not in case.operation.definition.raw:
            return [{}]
        if case.operation.path in FOR_MACHINES:
            return [bearer(self.town.machine_token)]
        if case.operation.path == "/auth/logout":
            return [bearer(log_in(self.town.base_url, Role.CITIZEN))]
        return [bearer(token) for role, token in self.town.tokens.items() if role in allowed(case)]

    def may_not(self, case: Case) -> list[Headers]:
        if "security" not in case.operation.definition.raw:
            return []
        others = [its for role, its in self.town.tokens.items() if role not in allowed(case)]
        others += [] if case.operation.path in FOR_MACHINES else [self.town.machine_token]
        return [{}, bearer("x"), *map(bearer, others)]


def allowed(case: Case) -> frozenset[Role]:
    return roles_of(case.operation.method, case.operation.path) or frozenset()


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def mark_of(case: Case) -> int:
    """Return a number of the case, so that a case that is tried again is tried by the same."""
    said = f"{case.method} {case.path_parameters} {case.query} {case.headers} {case.body!r}"
    return zlib.crc32(said.encode("utf-8", "surrogatepass"))


@pytest.fixture(scope="module")
async def town(house: House) -> AsyncIterator[Town]:
    yield await build_town(house)
    # The loop stood still for minutes: let it see first which connections the database has closed meanwhile.
    await asyncio.sleep(0.1)
    # Wrong passwords were tried under right names; nobody after us shall find them locked.
    await house.stores.mongo.client[house.config.mongodb.database]["log_in_attempts"].delete_many({})


@pytest.fixture(scope="module")
def callers(town: Town) -> Iterator[Callers]:
    with FirstEvents() as session:
        # Otherwise every request looks for proxies and passwords in files.
        session.trust_env = False
        yield Callers(town, session)


@schemathesis.serializer(XLSX)
def as_it_is(_: object, value: object) -> bytes:
    """Send what was made up as the bytes of a file."""
    return bytes(value) if isinstance(value, bytes) else str(value).encode()


@schema.parametrize()
def test_the_server_does_what_the_document_says(case: Case, callers: Callers) -> None:
    mark, may = mark_of(case), callers.may(case)
    one = may[mark % len(may)]
    refused = callers.may_not(case) if mark % REFUSED_EVERY == 0 else []
    for headers in [one, *refused]:
        case.validate_response(callers.send(case, headers), checks=[*CHECKS, negative_data_rejection])
    if with_known_things(case, callers.town.known_for(case.operation.path)):
        case.validate_response(callers.send(case, one), checks=CHECKS)


@few.parametrize()
def test_everybody_gets_an_answer_that_the_document_says(case: Case, callers: Callers) -> None:
    with_known_things(case, callers.town.known_for(case.operation.path))
    for headers in [*callers.may_not(case), *callers.may(case)]:
        case.validate_response(callers.send(case, headers), checks=CHECKS)


def with_known_things(case: Case, known: Mapping[str, Any]) -> bool:
    """Put what exists where the case names such, so that it gets past the first door; says whether it changed."""
    before = mark_of(case)
    for name in case.path_parameters:
        case.path_parameters[name] = known[name]
    parts: tuple[Any, ...] = (case.query, case.body)
    for said in parts:
        if isinstance(said, dict):
            for name in known.keys() & said.keys():
                if type(said[name]) is type(known[name]):
                    said[name] = known[name]
            if isinstance(said.get("quantity"), int):
                said["quantity"] = min(said["quantity"], 3)  # nobody waits for a million codes
    return mark_of(case) != before


def test_every_operation_was_tried() -> None:
    tried = {found.ok().label for found in schema.get_all_operations() if isinstance(found, Ok)}
    declared = {
        f"{method.upper()} {path}"
        for path, methods in DOCUMENT["paths"].items()
        for method in ("get", "post")
        if method in methods
    }
    assert tried == declared
