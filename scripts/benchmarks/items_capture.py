"""`items`, capture and public check: documents of a thousand events and one item's page, against the bare driver."""

import asyncio
import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ulid import ULID

from qr.item_code import ItemNumber, batch_id_of, make_item_code
from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Row, ratios, rotated
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.plan import API, HOST, Line, Plan, get
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from scripts.benchmarks.runs import OK, run_plan
from scripts.benchmarks.servers import Server, ServerPlan, run_servers
from server.demo.seed import DEMO_PASSWORD
from server.item_wiring import item_keyring
from services.common.mongo import CollectionPlan, Mongo
from services.items.mongo.records import ITEM_EVENTS

DATABASE = "bench_capture"
RAW = CollectionPlan(name="raw_item_events", shard_key="_id")
EVENTS = 1000
DOCUMENTS = {Extent.USUAL: 8, Extent.QUICK: 2}
LOOKS = {Extent.USUAL: 100, Extent.QUICK: 20}
CONNECTIONS = 20
PAUSE_S = 0.1
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
KINDS = ("beginning", "inspecting")


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round: events a second by kind, the same of the driver, looks a second either way, the longest block."""

    captured: Mapping[str, float]
    raw_events: float
    looks: float
    raw_looks: float
    block_ms: float


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; there is no bound."""
    async with open_house((DATABASE,), citizens=0) as house:
        mongo = house.cities[DATABASE].stores.mongo
        async with run_servers(house.stores, {"ours": ServerPlan(design="ours", database=DATABASE)}) as servers:
            clerk = await Clerk.log_in(servers["ours"])
            code = await _one_item(house, mongo, clerk)
            rounds = [await _round(house, mongo, clerk, code, asked, turn) for turn in range(asked.rounds)]
    return _report(rounds, asked)


class Clerk:
    """Somebody with a session who captures documents."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self._token = token

    @classmethod
    async def log_in(cls, server: Server) -> "Clerk":
        """Log in as the administrator of the demo city."""
        nobody = cls(server, "")
        answer = await nobody.post("/auth/staff", {"username": "admin", "password": DEMO_PASSWORD})
        return cls(server, answer["access_token"])

    async def post(self, path: str, content: Mapping[str, Any]) -> Any:
        """Return the answer to a POST."""
        return await asyncio.to_thread(self._ask, path, json.dumps(content).encode())

    async def get(self, path: str) -> Any:
        """Return the answer to a GET."""
        return await asyncio.to_thread(self._ask, path, None)

    def _ask(self, path: str, body: bytes | None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        url = f"http://{HOST}:{self.server.port}{API}{path}"
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request) as answer:  # noqa: S310 -- as above
            return json.loads(answer.read())


async def _one_item(house: House, mongo: Mongo, clerk: Clerk) -> str:
    """Return the code of an item that exists."""
    kind = {"name": "示例", "attributes_schema": {"type": "object", "properties": {}}}
    made = await clerk.post("/item-types", {**kind, "label": {"layout": "a4-70", "title": "示例"}})
    batch = await clerk.post("/item-batches", {"item_type_id": made["id"], "quantity": 1})
    keyring = item_keyring(await house.cities[DATABASE].stores.keys.load())
    found = await mongo.collection(CollectionPlan(name="item_batches", shard_key="_id")).find_one({"_id": batch["id"]})
    if found is None or batch_id_of(found["number"]) != batch["id"]:
        raise BenchFailed("the batch is not there")
    code = make_item_code(ItemNumber(kid=keyring.active_kid, batch=found["number"], serial=0), keyring)
    while True:
        job = await clerk.get(f"/jobs/{batch['job_id']}")
        if job["state"] == "done":
            break
        await asyncio.sleep(PAUSE_S)
    await clerk.post("/items/activate", {"code": code})
    return code


async def _round(house: House, mongo: Mongo, clerk: Clerk, code: str, asked: Asked, turn: int) -> Round:
    captured: dict[str, float] = {}
    raw_events = block_ms = 0.0
    for design in rotated(["ours", "raw"], turn):
        if design == "raw":
            raw_events = await _raw_events(mongo, DOCUMENTS[asked.extent])
        else:
            captured, block_ms = await _capture(clerk, DOCUMENTS[asked.extent])
    line = Line(warm=[get(_page(code))], timed=[get(_page(code))] * LOOKS[asked.extent])
    run = await run_plan(
        house.stores, clerk.server, Plan(port=clerk.server.port, lines=[line] * CONNECTIONS), counts=OK
    )
    raw_looks = await _raw_looks(mongo, LOOKS[asked.extent])
    say(f"capture: round {turn + 1} of {asked.rounds}, {captured[KINDS[0]]:,.0f} events/s, raw {raw_events:,.0f}")
    say(f"public check: {run.done_per_s:,.0f} a second, raw {raw_looks:,.0f}")
    return Round(captured=captured, raw_events=raw_events, looks=run.done_per_s, raw_looks=raw_looks, block_ms=block_ms)


def _page(code: str) -> str:
    return f"{API}/public/items/{code}"


async def _capture(clerk: Clerk, documents: int) -> tuple[dict[str, float], float]:
    """Return events a second, for things that begin and for events of things that there are; and the longest block."""
    epcs = [[f"urn:epc:id:sgtin:6901234.011111.{ULID()}" for _ in range(EVENTS)] for _ in range(documents)]
    seconds = dict.fromkeys(KINDS, 0.0)
    await clerk.server.begin_measuring()
    for kind in KINDS:
        for some in epcs:
            told = _document(kind, some)
            began = time.perf_counter()
            answer = await clerk.post("/epcis/capture", told)
            seconds[kind] += time.perf_counter() - began
            if len(answer["recorded"]) != EVENTS:
                raise BenchFailed(f"{len(answer['recorded'])} events were recorded")
    measured = await clerk.server.end_measuring()
    return {kind: documents * EVENTS / spent for kind, spent in seconds.items()}, measured.block_ms


def _document(kind: str, epcs: Sequence[str]) -> dict[str, Any]:
    begins = kind == KINDS[0]
    common = {
        "type": "ObjectEvent",
        "eventTimeZoneOffset": "+08:00",
        "readPoint": {"id": "urn:epc:id:sgln:6901234.1.0"},
    }
    events = [
        {
            **common,
            "eventID": f"urn:uuid:{ULID()}",
            "eventTime": "2026-11-20T09:00:00+08:00" if begins else "2026-11-20T10:00:00+08:00",
            "epcList": [epc],
            "action": "ADD" if begins else "OBSERVE",
            "bizStep": "commissioning" if begins else "inspecting",
            "disposition": "active" if begins else "conformant",
        }
        for epc in epcs
    ]
    head = {"@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0"}
    return {**head, "creationDate": "2026-11-20T12:00:00Z", "epcisBody": {"eventList": events}}


async def _raw_events(mongo: Mongo, documents: int) -> float:
    """Return documents a second of `insert_many`, a thousand at a time, of what an event is kept as."""
    like = await mongo.collection(ITEM_EVENTS).find_one({})
    if like is None:
        raise BenchFailed("there is no event to copy")
    seconds = 0.0
    for _ in range(documents):
        copies = [{**like, "_id": str(ULID())} for _ in range(EVENTS)]
        began = time.perf_counter()
        await mongo.collection(RAW).insert_many(copies, ordered=False)
        seconds += time.perf_counter() - began
    return documents * EVENTS / seconds


async def _raw_looks(mongo: Mongo, each: int) -> float:
    """Return `find_one` by `_id` a second, from as many callers as the public check has connections."""
    like = await mongo.collection(ITEM_EVENTS).find_one({})
    wanted = {"_id": None if like is None else like["_id"]}

    async def look() -> None:
        for _ in range(each):
            await mongo.collection(ITEM_EVENTS).find_one(wanted)

    began = time.perf_counter()
    await asyncio.gather(*(look() for _ in range(CONNECTIONS)))
    return CONNECTIONS * each / (time.perf_counter() - began)


def _report(rounds: Sequence[Round], asked: Asked) -> Report:
    raw = [one.raw_events for one in rounds]
    rows = [
        row
        for kind in KINDS
        for row in (
            Row(
                measure=f"events captured against raw insert_many, {kind}",
                unit="times",
                values=ratios([one.captured[kind] for one in rounds], raw),
            ),
            Row(
                measure=f"events captured, {kind}", unit="events/s", values=tuple(one.captured[kind] for one in rounds)
            ),
        )
    ]
    rows += [
        Row(measure="longest block of the event loop", unit="ms", values=tuple(one.block_ms for one in rounds)),
        Row(
            measure="public checks against raw find_one",
            unit="times",
            values=ratios([one.looks for one in rounds], [one.raw_looks for one in rounds]),
        ),
        Row(measure="public checks", unit="checks/s", values=tuple(one.looks for one in rounds)),
    ]
    note = (
        f"Capture: {DOCUMENTS[asked.extent]} documents a round and kind, {EVENTS:,} events of as many things in each, "
        f"one after the other over HTTP. Public check: one item, {CONNECTIONS} connections from one address."
    )
    return Report(name="capture", rows=rows, notes=[note])
