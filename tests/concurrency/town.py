"""A running server seen from both sides: people who send requests, and the database behind it."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pymongo.asynchronous.database import AsyncDatabase
from ulid import ULID

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from services.common.mongo import Document, Mongo
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from tests.processes import ServerProcess

API = "/api/v1"
DEMO_PASSWORD = "chengma-demo"
# Statuses that ask the client to try again; a real one does.
TRY_AGAIN = frozenset({429, 503})
ANSWERED_WITHIN_S = 60.0
# What a client waits at most for one answer: whatever is slower than this has hung.
HUNG_AFTER_S = 20.0
LINES = 60
SMALL_POOL = 5
NO_LIMITS = {
    f"CHENGMA_RATE_LIMITS_{name}": "1000000"
    for name in ("PER_ADDRESS", "PER_ACCOUNT", "LOG_IN_PER_ADDRESS", "LOG_IN_PER_ACCOUNT", "WECHAT_LOG_IN_PER_ADDRESS")
}

_numbers = itertools.count(1)


def party(size: int) -> list[dict[str, str]]:
    """Return invented visitors, none of whom anybody else has."""
    return [{"name": "示例访客", "id_type": "passport", "id_number": f"E{next(_numbers):08}"} for _ in range(size)]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `status` 0 means that the connection broke and nothing did."""

    status: int
    body: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The code of a problem, empty for a success."""
        return str(self.body.get("code", "")) if self.status >= 400 else ""


NOTHING = Answer(status=0, body={})


@dataclass(kw_only=True)
class Line:
    """The way to the server; remembers every status, and how long the slowest answer took."""

    client: httpx.AsyncClient
    # Waiting here instead of in the client's pool, which gets slow when hundreds wait.
    lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LINES))
    statuses: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """Send one request; `NOTHING` when the connection breaks."""
        async with self.lines:
            asked_at = time.monotonic()
            try:
                came = await self.client.request(method, API + path, headers=headers, json=body)
            except httpx.TimeoutException:
                raise AssertionError(f"{method} {path} hung for {HUNG_AFTER_S} s") from None
            except httpx.TransportError:
                self.statuses[0] += 1
                return NOTHING
            self.slowest_s = max(self.slowest_s, time.monotonic() - asked_at)
        self.statuses[came.status_code] += 1
        return Answer(status=came.status_code, body=came.json() if came.content else {})

    @property
    def faults(self) -> list[int]:
        """The server's own faults: every 5xx but 503."""
        return [status for status in self.statuses if status >= 500 and status not in TRY_AGAIN]


async def until_answered(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again and again until there is a real answer."""
    give_up_at = time.monotonic() + ANSWERED_WITHIN_S
    while True:
        answer = await ask()
        if answer.status not in {0, *TRY_AGAIN}:
            return answer
        assert time.monotonic() < give_up_at, f"still {answer} after {ANSWERED_WITHIN_S} s"
        await asyncio.sleep(0.1)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a session: a citizen, or staff."""

    line: Line
    id: str
    tokens: Mapping[str, Any] = field(repr=False)

    async def once(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask once, whatever comes."""
        bearer = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return await self.line.ask(method, path, bearer | headers, body)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask again and again, in the same words, until there is a real answer."""
        return await until_answered(lambda: self.once(method, path, body, **headers))

    async def book(self, slot_id: str, visitors: Sequence[Mapping[str, str]], key: str | None = None) -> Answer:
        """Book until answered, under one Idempotency-Key."""
        wish = {"slot_id": slot_id, "visitors": list(visitors)}
        return await self.ask("POST", "/reservations", wish, **{"Idempotency-Key": key or str(ULID())})

    async def cancel(self, reservation_id: str) -> Answer:
        return await self.ask("POST", f"/reservations/{reservation_id}/cancel")

    async def code_of(self, reservation_id: str) -> str:
        """Return the entry code of this moment."""
        answer = await self.ask("GET", f"/reservations/{reservation_id}/entry-code")
        assert answer.status == 200, answer
        return str(answer.body["code"])

    async def scan(self, gate_id: str, code: str, nonce: str | None = None, count: int | None = None) -> Answer:
        """Show a code at a gate until answered, under one nonce."""
        shown = {"gate_id": gate_id, "code": code, "nonce": nonce or str(ULID())}
        return await self.ask("POST", "/admissions", shown if count is None else shown | {"count": count})


@dataclass(frozen=True, kw_only=True)
class Town:
    """A server, its database, and the example venue, which is open at any hour."""

    line: Line
    mongo: Mongo
    database: AsyncDatabase[Document]
    venue: Mapping[str, Any]

    @property
    def gates(self) -> list[str]:
        """The ids of the two ways in."""
        return [gate["id"] for gate in self.venue["gates"] if gate["use"] == "entrance"]

    async def citizen(self, name: str | None = None) -> Person:
        """Log in somebody, by default somebody new."""
        code = f"sandbox-{name or f'person-{ULID()}'}"
        return await self._log_in("/auth/wechat", lambda: {"code": f"{code}#{next(_numbers)}"})

    async def citizens(self, count: int) -> list[Person]:
        """Log in that many new people, some at a time."""
        doors = asyncio.Semaphore(24)

        async def enter() -> Person:
            async with doors:
                return await self.citizen()

        return list(await asyncio.gather(*(enter() for _ in range(count))))

    async def staff(self, username: str) -> Person:
        return await self._log_in("/auth/staff", lambda: {"username": username, "password": DEMO_PASSWORD})

    async def _log_in(self, path: str, proof: Callable[[], Mapping[str, str]]) -> Person:
        answer = await until_answered(lambda: self.line.ask("POST", path, {}, proof()))
        assert answer.status == 200, answer
        return Person(line=self.line, id=answer.body["actor"]["id"], tokens=answer.body)

    async def add_slot(self, places: int) -> str:
        """Add a slot of the example venue that runs now, and return its id."""
        started_at = datetime.now(UTC).replace(second=0, microsecond=0)
        slot = Slot(
            id=f"slt_{ULID()}",
            venue_id=self.venue["id"],
            starts_at=started_at,
            ends_at=started_at + timedelta(hours=2),
            capacity=places,
            places_left=places,
            state=SlotState.OPEN,
        )
        await MongoSlots(self.mongo).add_missing([slot])
        return slot.id

    async def places_left(self, slot_id: str) -> int:
        document = await self.database["slots"].find_one({"_id": slot_id})
        assert document is not None
        return int(document["places_left"])


@asynccontextmanager
async def visit(server: ServerProcess) -> AsyncIterator[Town]:
    """Be a crowd on LINES connections to `server`, with a look into its database."""
    config = database_of(server)
    mongo = connect_mongo(config)
    limits = httpx.Limits(max_connections=LINES, max_keepalive_connections=LINES)
    web = httpx.AsyncClient(base_url=server.base_url, limits=limits, timeout=httpx.Timeout(HUNG_AFTER_S, pool=None))
    try:
        async with web:
            venues = (await web.get(f"{API}/venues", params={"q": "全天开放"})).json()["items"]
            yield Town(line=Line(client=web), mongo=mongo, database=mongo.client[config.database], venue=venues[0])
    finally:
        await mongo.close()


def database_of(server: ServerProcess) -> MongoConfig:
    """Return where the server's database is, as its own processes are told."""
    environments = (child.environ() for child in server.descendants())
    settings = next(one for one in environments if "CHENGMA_MONGODB_URI" in one)
    return MongoConfig(
        uri=settings["CHENGMA_MONGODB_URI"],
        database=settings.get("CHENGMA_MONGODB_DATABASE", "chengma"),
        pool_size=SMALL_POOL,
    )
