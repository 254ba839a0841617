"""A database that stops answering: everybody is told to come back, in good time, and afterwards all is well."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import psutil
from ulid import ULID

from handlers.operation import ANSWER_WITHIN_S
from tests.concurrency.audit import audit
from tests.concurrency.town import (
    HUNG_AFTER_S,
    NO_LIMITS,
    TRY_AGAIN,
    Answer,
    Line,
    Person,
    Town,
    party,
    until_answered,
    visit,
)
from tests.conftest import StartServer

CROWD = 24
SOME = 6


@dataclass(kw_only=True)
class Wish:
    """A booking that somebody wants, and goes on wanting in the same words."""

    person: Person
    slot_id: str
    visitors: Sequence[Mapping[str, str]] = field(default_factory=lambda: party(2))
    key: str = field(default_factory=lambda: str(ULID()))

    async def once(self) -> Answer:
        body = {"slot_id": self.slot_id, "visitors": self.visitors}
        return await self.person.once("POST", "/reservations", body, **{"Idempotency-Key": self.key})


@contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """Let `process` do nothing for the length of a block."""
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """People who want everything at once: to book, cancel, enter, look, and log in."""

    town: Town
    staff: Person
    wishes: Sequence[Wish]
    reserved: Sequence[str]
    codes: Sequence[str]

    async def book(self) -> list[Answer]:
        return await asyncio.gather(*(wish.once() for wish in self.wishes))

    async def do_the_rest(self) -> list[Answer]:
        """Ask for everything else that needs the database."""
        people, line, gate = [wish.person for wish in self.wishes], self.town.line, self.town.gates[0]
        scans = ({"gate_id": gate, "code": code, "nonce": f"nonce-{n:05}"} for n, code in enumerate(self.codes))
        return await asyncio.gather(
            *(people[n].once("POST", f"/reservations/{one}/cancel") for n, one in enumerate(self.reserved)),
            *(self.staff.once("POST", "/admissions", scan) for scan in scans),
            *(person.once("GET", "/venues") for person in people[:SOME]),
            *(person.once("GET", "/reservations") for person in people[:SOME]),
            *(line.ask("POST", "/auth/wechat", {}, {"code": f"sandbox-late#{ULID()}"}) for _ in range(SOME)),
        )


async def gather_crowd(town: Town) -> Crowd:
    """Have some hold reservations to cancel, and others codes to enter with."""
    slot_id, citizens = await town.add_slot(1000), await town.citizens(CROWD)
    booked = await asyncio.gather(*(citizen.book(slot_id, party(1)) for citizen in citizens[: 2 * SOME]))
    ids = [str(answer.body["id"]) for answer in booked]
    holders = zip(citizens[SOME:], ids[SOME:], strict=False)
    return Crowd(
        town=town,
        staff=await town.staff("gate"),
        wishes=[Wish(person=citizen, slot_id=slot_id) for citizen in citizens],
        reserved=ids[:SOME],
        codes=[await citizen.code_of(reservation_id) for citizen, reservation_id in holders],
    )


async def test_while_the_database_is_frozen_everybody_is_told_to_come_back_in_good_time(
    start_server: StartServer,
) -> None:
    server = start_server(environment=NO_LIMITS)
    async with visit(server) as town:
        crowd = await gather_crowd(town)
        with frozen(server.get_child("mongodb")):
            bookings, others = await asyncio.gather(crowd.book(), crowd.do_the_rest())
        assert {answer.status for answer in bookings} == {503}
        assert {answer.status for answer in others} <= {200, *TRY_AGAIN}
        # Whoever had to wait for others who wait would have waited much longer.
        assert town.line.slowest_s < 2 * ANSWER_WITHIN_S

        again = await asyncio.gather(*(w.person.book(w.slot_id, w.visitors, w.key) for w in crowd.wishes))
        assert {answer.status for answer in again} == {201}
        assert {answer.status for answer in await crowd.do_the_rest()} == {200}
        assert town.line.faults == []
        assert await audit(town.database) == []
    assert "defect" not in server.log("worker-0")


async def test_those_who_wait_for_the_same_look_at_the_database_do_not_wait_for_each_other(
    start_server: StartServer,
) -> None:
    server = start_server(environment=NO_LIMITS)
    async with httpx.AsyncClient(base_url=server.base_url, timeout=HUNG_AFTER_S) as web:
        line = Line(client=web)
        venue_id = (await line.ask("GET", "/venues", {})).body["items"][0]["id"]
        slots = f"/venues/{venue_id}/slots"
        with frozen(server.get_child("mongodb")):
            # The first to ask: the server has not read this venue's slots yet, and reads them once for all who ask.
            answers = await asyncio.gather(*(line.ask("GET", slots, {}) for _ in range(SOME)))
        assert {answer.status for answer in answers} == {503}
        assert (await until_answered(lambda: line.ask("GET", slots, {}))).body["items"]
