"""A crowd at the door of a real server, troublemakers among it: everybody gets the answer that they should get."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ulid import ULID

from services.reservations.model import Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import audit
from tests.concurrency.town import Answer, Person, Town, party
from tests.factories import make_slot, new_id

INNOCENT = 30
LATECOMERS = 24


async def add_slot(town: Town, **changes: object) -> str:
    """Add a slot of the example venue, and return its id."""
    slot: Slot = make_slot(venue_id=town.venue["id"], **changes)
    await MongoSlots(town.mongo).add_missing([replace(slot, places_left=slot.capacity)])
    return slot.id


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for, and the code of the answer that they should get; none for a reservation."""

    person: Person
    slot_id: str
    code: str = ""
    visitors: Sequence[Mapping[str, str]] = field(default_factory=lambda: party(2))
    key: str = field(default_factory=lambda: str(ULID()))

    async def come_true(self) -> Answer:
        return await self.person.book(self.slot_id, self.visitors, self.key)


async def test_in_a_crowd_each_gets_its_own_answer(town: Town) -> None:
    slot_id, full = await add_slot(town, capacity=200), await add_slot(town, capacity=2)
    closed = await add_slot(town, state=SlotState.CLOSED)
    ended = await add_slot(town, ends_at=datetime.now(UTC) - timedelta(minutes=1))
    somebody, repeater, mixer, wanderer, holder, *innocent = await town.citizens(5 + INNOCENT)
    assert (await holder.book(full, party(2))).status == 201
    known, person, double = str(ULID()), party(1), party(1) * 2
    assert (await holder.book(slot_id, party(1), known)).status == 201

    twins = [Wish(person=repeater, slot_id=slot_id, visitors=party(3), key="one-key")] * 4
    wishes = [
        *twins,
        Wish(person=somebody, slot_id=slot_id, code="party_refused", visitors=double),
        Wish(person=somebody, slot_id=ended, code="slot_ended"),
        Wish(person=somebody, slot_id=closed, code="slot_closed"),
        Wish(person=somebody, slot_id=new_id("slt"), code="slot_not_found"),
        *(Wish(person=somebody, slot_id=full, code="slot_full") for _ in range(LATECOMERS)),
        Wish(person=holder, slot_id=slot_id, code="idempotency_key_reused", key=known),
        *(Wish(person=one, slot_id=slot_id) for one in innocent),
    ]
    # Of each of these pairs, one is served, and the server chooses which.
    rivals = [
        [Wish(person=one, slot_id=slot_id, visitors=person) for one in (somebody, wanderer)],
        [Wish(person=mixer, slot_id=slot_id, key="another-key") for _ in range(2)],
        [Wish(person=wanderer, slot_id=one, visitors=party(1), key="a-third-key") for one in (slot_id, full)],
    ]
    answers, *pairs = await asyncio.gather(
        *(asyncio.gather(*(wish.come_true() for wish in some)) for some in (wishes, *rivals))
    )
    assert [answer.code for answer in answers] == [wish.code for wish in wishes]
    assert len({answer.body["id"] for answer in answers[: len(twins)]}) == 1
    assert [Counter(answer.code for answer in pair) for pair in pairs[:2]] == [
        {"": 1, "visitor_already_booked": 1},
        {"": 1, "idempotency_key_reused": 1},
    ]
    # One key for a slot with places and for a full one: the full one refuses, or hears that the key is used.
    assert (pairs[2][0].code, pairs[2][1].code) in {("", "slot_full"), ("", "idempotency_key_reused")}
    taken = 1 + 3 + 2 * INNOCENT + 1 + 2 + 1
    assert await town.places_left(slot_id) == 200 - taken
    assert await town.places_left(full) == 0
    assert town.line.faults == []
    assert await audit(town.database) == []
