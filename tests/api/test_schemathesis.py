"""The whole OpenAPI document, tried by schemathesis: no 5xx, and nothing that the document does not say."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import httpx
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, SchemathesisConfig
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
from ulid import ULID

from server.openapi import build_document
from tests.api.house import API, DEMO_PASSWORD, Caller, House, accepted, party
from tests.api.stock import activated, minted, stock
from tests.api.test_checklists import CHECKLIST
from tests.api.test_item_batches import mint, new_type
from tests.api.test_item_tables import XLSX, sent
from tests.sheets import workbook

Case: TypeAlias = schemathesis.Case[Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
    allow_header_conformance,
]
EXAMPLES = 30
SEED = 20261121
DOCUMENT = build_document()

config = SchemathesisConfig(seed=SEED)
schema = schemathesis.openapi.from_dict(DOCUMENT, config=config)
schema.config.generation = GenerationConfig(deterministic=True, max_examples=EXAMPLES, with_security_parameters=False)


@dataclass(frozen=True, kw_only=True)
class Town:
    """What the cases are sent to: a server, people with sessions, and things that exist."""

    base_url: str
    tokens: Mapping[str, str]
    known: Mapping[str, str]
    to_cancel: str
    item_code: str

    def base_of(self, case: Case) -> str:
        return self.base_url + ("" if "servers" in DOCUMENT["paths"][case.operation.path] else API)

    def callers(self, case: Case) -> list[dict[str, str]]:
        """Return the headers of everybody who sends this case."""
        if "security" not in case.operation.definition.raw:
            return [{}]
        if case.operation.path == "/auth/logout":
            return [bearer(log_in(self.base_url, who)) for who in ("citizen", "manager")]
        return [{}, bearer("x"), *(bearer(token) for token in self.tokens.values())]

    def known_for(self, case: Case) -> Mapping[str, str]:
        """Return ids of things that exist; what is cancelled here is not looked at elsewhere."""
        if case.operation.path.startswith("/public/"):
            return {**self.known, "code": self.item_code}
        cancelling = case.operation.path.endswith("/cancel")
        return {**self.known, "reservation_id": self.to_cancel} if cancelling else self.known


LOG_INS: Mapping[str, tuple[str, Callable[[], dict[str, str]]]] = {
    "citizen": ("/auth/wechat", lambda: {"code": f"sandbox-schemathesis#{ULID()}"}),
    "gate": ("/auth/staff", lambda: {"username": "gate", "password": DEMO_PASSWORD}),
    "manager": ("/auth/staff", lambda: {"username": "manager", "password": DEMO_PASSWORD}),
    "admin": ("/auth/staff", lambda: {"username": "admin", "password": DEMO_PASSWORD}),
}


def log_in(base_url: str, who: str) -> str:
    path, given = LOG_INS[who]
    return str(accepted(httpx.post(f"{base_url}{API}{path}", json=given(), trust_env=False))["access_token"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
async def town(house: House) -> AsyncIterator[Town]:
    citizen = await house.citizen("schemathesis")
    slot_id = await house.add_slot(starts_in=timedelta(hours=1), lasts=timedelta(hours=1), places=100_000)
    admin = await house.staff("admin")
    type_id = await new_type(admin)
    batch = accepted(await mint(admin, type_id, 1), 202)
    take = accepted(await admin.post("/stock-takes", json={"place": {"venue_id": house.venue["id"]}}), 201)
    [item_code] = await minted(house, admin, 1)
    await activated(admin, item_code)
    yield Town(
        base_url=house.server.base_url,
        tokens={who: log_in(house.server.base_url, who) for who in LOG_INS},
        known={
            "venue_id": house.venue["id"],
            "reservation_id": (await citizen.book((await house.running_slot())["id"], party(2)))["id"],
            "slot_id": slot_id,
            "gate_id": house.entrances[0],
            "item_type_id": type_id,
            "item_batch_id": batch["id"],
            "job_id": batch["job_id"],
            **await _item_on_its_way(house, admin),
            "stock_take_id": take["id"],
            "checklist_id": accepted(await admin.post("/checklists", json=CHECKLIST), 201)["id"],
            "release_number": "1",
            "table_id": accepted(await sent(admin, type_id, workbook(["code"], ["x"])), 202)["id"],
        },
        to_cancel=(await citizen.book(slot_id, party(1)))["id"],
        item_code=item_code,
    )
    # Wrong passwords were tried under right names; nobody after us shall find them locked.
    await house.stores.mongo.client[house.config.mongodb.database]["log_in_attempts"].delete_many({})


async def _item_on_its_way(house: House, admin: Caller) -> dict[str, str]:
    (item,) = await stock(house, admin, 1)
    wish = {"item_ids": [item["id"]], "to": {"level": "district", "id": "310101"}}
    opened = accepted(await admin.post("/item-transfers", json=wish), 201)
    return {"item_id": item["id"], "transfer_id": opened["items"][0]["transfer"]["id"]}


@schemathesis.serializer(XLSX)
def as_it_is(_: object, value: object) -> bytes:
    """Send what was made up as the bytes of a file."""
    return bytes(value) if isinstance(value, bytes) else str(value).encode()


@schema.parametrize()
def test_the_server_does_what_the_document_says(case: Case, town: Town) -> None:
    callers = town.callers(case)
    for headers in callers:
        answer = case.call(base_url=town.base_of(case), headers=headers)
        case.validate_response(answer, checks=[*CHECKS, negative_data_rejection])
    with_known_things(case, town.known_for(case))
    for headers in callers:
        answer = case.call(base_url=town.base_of(case), headers=headers)
        case.validate_response(answer, checks=CHECKS)


def with_known_things(case: Case, known: Mapping[str, str]) -> None:
    """Put ids of things that exist where the case has some, so that it gets past the first door."""
    for name in case.path_parameters:
        case.path_parameters[name] = known[name]
    body: Any = case.body
    if isinstance(body, dict):
        for name in known.keys() & body.keys():
            body[name] = known[name]
        if isinstance(body.get("quantity"), int):
            body["quantity"] = min(body["quantity"], 3)  # nobody waits for a million codes


def test_every_operation_was_tried() -> None:
    tried = {found.ok().label for found in schema.get_all_operations() if isinstance(found, Ok)}
    declared = {
        f"{method.upper()} {path}"
        for path, methods in DOCUMENT["paths"].items()
        for method in ("get", "post")
        if method in methods
    }
    assert tried == declared
