"""Citizens who book, cancel and enter without end, and who write down what they were told."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ulid import ULID

from tests.concurrency.town import Answer, Person, Town, party

PARTY_SIZES = (1, 1, 2, 3)
STALE_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Booking:
    """A booking that was acknowledged, with what is needed to ask for it again."""

    person: Person
    slot_id: str
    visitors: Sequence[Mapping[str, str]]
    key: str
    body: Mapping[str, object]


@dataclass(kw_only=True)
class Ledger:
    """What was acknowledged; `surprises` are answers that nobody should get."""

    bookings: dict[str, Booking] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    admitted: dict[str, int] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    _grown: asyncio.Condition = field(default_factory=asyncio.Condition)
    _count: int = 0

    async def acknowledge(self) -> None:
        """Count one more."""
        async with self._grown:
            self._count += 1
            self._grown.notify_all()

    async def grow_by(self, more: int) -> None:
        """Wait until `more` acknowledgements have come from now on."""
        goal = self._count + more
        async with self._grown:
            await self._grown.wait_for(lambda: self._count >= goal)


@dataclass(kw_only=True)
class Traveller:
    """One of them; `staff` stands at the gate."""

    person: Person
    staff: Person
    town: Town
    slots: Sequence[str]
    ledger: Ledger
    chance: random.Random

    async def travel(self, until: asyncio.Event) -> None:
        """Go on until told to stop, and end with nothing unanswered."""
        while not until.is_set():
            await self._book()

    async def _book(self) -> None:
        slot_id, key = self.chance.choice(self.slots), str(ULID())
        visitors = party(self.chance.choice(PARTY_SIZES))
        answer = await self.person.book(slot_id, visitors, key)
        if answer.code == "slot_full":
            await asyncio.sleep(0.05)
            return
        if answer.status != 201:
            self.ledger.surprises.append(f"booking was answered {answer}")
            return
        reservation_id = str(answer.body["id"])
        self.ledger.bookings[reservation_id] = Booking(
            person=self.person, slot_id=slot_id, visitors=visitors, key=key, body=answer.body
        )
        await self.ledger.acknowledge()
        await self.chance.choice([self._cancel, self._cancel, self._enter, self._keep])(reservation_id, len(visitors))

    async def _keep(self, reservation_id: str, size: int) -> None:
        """Leave it at that."""

    async def _cancel(self, reservation_id: str, _size: int) -> None:
        answer = await self.person.cancel(reservation_id)
        if answer.status != 200 or answer.body["status"] != "cancelled":
            self.ledger.surprises.append(f"cancelling was answered {answer}")
            return
        self.ledger.cancelled.add(reservation_id)
        await self.ledger.acknowledge()

    async def _enter(self, reservation_id: str, size: int) -> None:
        answer = await self._scan(reservation_id)
        if answer.status != 200 or answer.body["admitted_now"] != size:
            self.ledger.surprises.append(f"entering was answered {answer}")
            return
        self.ledger.admitted[reservation_id] = size
        await self.ledger.acknowledge()

    async def _scan(self, reservation_id: str) -> Answer:
        """Show the code, and a newer one when it got old while the server was away."""
        for _ in range(STALE_TRIES):
            code = await self.person.code_of(reservation_id)
            answer = await self.staff.scan(self.chance.choice(self.town.gates), code)
            if answer.body.get("reason") != "stale_code":
                break
        return answer


async def unkept_promises(ledger: Ledger) -> list[str]:
    """Ask the server about everything that was acknowledged; return what it no longer says."""
    found = await asyncio.gather(*(_unkept(ledger, key, booking) for key, booking in ledger.bookings.items()))
    return [*ledger.surprises, *(finding for findings in found for finding in findings)]


async def _unkept(ledger: Ledger, reservation_id: str, booking: Booking) -> list[str]:
    findings = []
    kept = await booking.person.ask("GET", f"/reservations/{reservation_id}")
    status = "cancelled" if reservation_id in ledger.cancelled else "booked"
    inside = ledger.admitted.get(reservation_id, 0)
    if (kept.status, kept.body.get("status"), kept.body.get("admitted_count")) != (200, status, inside):
        findings.append(f"{reservation_id} was {status} with {inside} inside, and is {kept}")
    repeated = await booking.person.book(booking.slot_id, booking.visitors, booking.key)
    if (repeated.status, repeated.body) != (201, booking.body):
        findings.append(f"{reservation_id}, asked for again, is {repeated}")
    return findings
