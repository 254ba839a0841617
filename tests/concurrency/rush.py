"""500 people want 200 places at once, and some change their minds; what came of it is a list of findings."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.common.mongo import Session
from tests.concurrency.audit import audit
from tests.concurrency.town import Person, Town, party

PEOPLE = 500
PLACES = 200
PARTY_SIZES = (1, 1, 1, 2, 3)
CHANGES_MIND = 0.35
TRIES = 3
PAUSE_S = 0.05


@dataclass(kw_only=True)
class Wisher:
    """One of the people: what they want, and what they were told."""

    person: Person
    size: int
    changes_mind: bool
    held: str | None = None
    cancelled: list[str] = field(default_factory=list)
    turned_away: int = 0
    surprises: list[str] = field(default_factory=list)

    async def come(self, slot_id: str) -> None:
        """Try to book some times; perhaps give the places back, and try once more."""
        for _ in range(TRIES):
            await self.book(slot_id)
            if self.held is None:
                continue
            if not self.changes_mind:
                return
            self.changes_mind = False
            await self.cancel()

    async def book(self, slot_id: str) -> None:
        """Book if nothing is held."""
        if self.held is not None:
            return
        answer = await self.person.book(slot_id, party(self.size))
        if answer.status == 201:
            self.held = answer.body["id"]
        elif answer.code == "slot_full":
            self.turned_away += 1
        else:
            self.surprises.append(f"booking was answered {answer}")

    async def cancel(self) -> None:
        """Give back what is held."""
        answer = await self.person.cancel(self.held or "")
        if answer.status != 200 or answer.body["status"] != "cancelled":
            self.surprises.append(f"cancelling was answered {answer}")
        self.cancelled.append(self.held or "")
        self.held = None


@dataclass(kw_only=True)
class Watch:
    """Looks at the slot and its reservations, as they are at one instant, again and again."""

    town: Town
    slot_id: str
    looks: int = 0
    findings: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.town.mongo.transact(self._look)
            await asyncio.sleep(PAUSE_S)

    async def _look(self, session: Session) -> None:
        slot = await self.town.database["slots"].find_one({"_id": self.slot_id}, session=session)
        assert slot is not None
        booked = self.town.database["reservations"].find(
            {"slot_id": self.slot_id, "status": "booked"}, {"party_size": 1}, session=session
        )
        taken = sum([one["party_size"] async for one in booked])
        self.looks += 1
        if slot["places_left"] < 0 or slot["places_left"] + taken != PLACES:
            self.findings.append(f"at one instant, {taken} of {PLACES} were booked and {slot['places_left']} left")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the rush ended; `findings` is empty when everything was exactly right."""

    findings: Sequence[str]
    cancellations: int
    turned_away: int
    looks: int


async def rush(town: Town, seed: int) -> Outcome:
    """Let the people loose on a new slot, and look at the books afterwards."""
    chance = random.Random(seed)
    slot_id = await town.add_slot(PLACES)
    wishers = [
        Wisher(person=person, size=chance.choice(PARTY_SIZES), changes_mind=chance.random() < CHANGES_MIND)
        for person in await town.citizens(PEOPLE)
    ]
    watch = Watch(town=town, slot_id=slot_id)
    watching = asyncio.create_task(watch.run())
    await asyncio.gather(*(wisher.come(slot_id) for wisher in wishers))
    # Nobody gives anything back any more: whoever is refused from now on is refused for good reason.
    await asyncio.gather(*(wisher.book(slot_id) for wisher in wishers))
    watching.cancel()
    return Outcome(
        findings=[
            *watch.findings,
            *(await audit(town.database)),
            *(await _unkept(town, wishers)),
            *_unfair(wishers, await town.places_left(slot_id)),
            *(surprise for wisher in wishers for surprise in wisher.surprises),
            *(f"the server answered {status}" for status in town.line.faults),
        ],
        cancellations=sum(len(wisher.cancelled) for wisher in wishers),
        turned_away=sum(wisher.turned_away for wisher in wishers),
        looks=watch.looks,
    )


async def _unkept(town: Town, wishers: Sequence[Wisher]) -> list[str]:
    """Compare what the people were told with what is kept."""
    kept = {one["_id"]: one["status"] async for one in town.database["reservations"].find({}, {"status": 1})}
    told = {wisher.held: "booked" for wisher in wishers if wisher.held}
    told |= {reservation_id: "cancelled" for wisher in wishers for reservation_id in wisher.cancelled}
    ours = {wisher.person.id for wisher in wishers}
    found = town.database["reservations"].find({"citizen_id": {"$in": list(ours)}}, {"_id": 1})
    extra = {one["_id"] async for one in found} - told.keys()
    return [
        *(
            f"{reservation_id} was {status}, and is {kept.get(reservation_id)}"
            for reservation_id, status in told.items()
            if kept.get(reservation_id) != status
        ),
        *(f"{reservation_id} is kept, and nobody was told" for reservation_id in extra),
    ]


def _unfair(wishers: Sequence[Wisher], left: int) -> list[str]:
    return [
        f"a party of {wisher.size} was turned away, and {left} places are free"
        for wisher in wishers
        if wisher.held is None and wisher.size <= left
    ]
