"""Book, cancel, move, change quotas, wait, take, lapse and close in any order, on the real store and on a model."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.mongo import Mongo
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.quotas import allotments
from services.venues.model import Channel
from tests.everything.model import ACTIVE, BOOKED, WAITING, Model, ModelSlot, Party
from tests.everything.office import LOOK, Office, status_of
from tests.processes import Stores

EXAMPLES, STEPS = 40, 60
PEOPLE = 7
MINUTE = timedelta(minutes=1)
SLOTS = st.integers(0, 2)
PROCESSES = st.integers(0, 1)
PARTIES = st.frozensets(st.integers(1, PEOPLE), min_size=1, max_size=3)


T = TypeVar("T")


class Everything(RuleBasedStateMachine):
    """Three slots on two days, seven people, two processes."""

    runner: ClassVar[asyncio.Runner]
    mongo: ClassVar[Mongo]

    reservations: Bundle[str] = Bundle("reservations")

    def wait_for(self, asked: Awaitable[T]) -> T:
        async def ask() -> T:
            return await asked

        return self.runner.run(ask())

    @initialize(places=st.lists(st.integers(1, 4), min_size=3, max_size=3), set_aside=st.integers(0, 2))
    def open(self, places: list[int], set_aside: int) -> None:
        slots = [
            ModelSlot(day=day, individual=count, set_aside=set_aside)
            for day, count in zip((0, 0, 1), places, strict=True)
        ]
        self.model = Model(slots=slots)
        self.office = self.wait_for(Office.open(self.mongo, self.model))

    def later(self) -> None:
        self.office.clock.forward(LOOK)

    @rule(target=reservations, process=PROCESSES, slot=SLOTS, people=PARTIES)
    def book(self, process: int, slot: int, people: frozenset[int]) -> str | MultipleResults[str]:
        self.later()
        expected = self.model.book(slot, people)
        came = self.wait_for(self.office.book(process, slot, people))
        assert status_of(came) == expected
        return self._kept(came, Party(slot=slot, people=people, status=BOOKED))

    @rule(target=reservations, process=PROCESSES, slot=SLOTS, people=PARTIES)
    def join(self, process: int, slot: int, people: frozenset[int]) -> str | MultipleResults[str]:
        self.later()
        expected = self.model.join(slot, people)
        came = self.wait_for(self.office.join(process, slot, people))
        assert status_of(came) == expected
        if isinstance(came, Reservation):
            self.model.slots[slot].queue.append(came.id)
        return self._kept(came, Party(slot=slot, people=people, status=WAITING))

    @rule(target=reservations, process=PROCESSES, key=reservations, slot=SLOTS)
    def reschedule(self, process: int, key: str, slot: int) -> str | MultipleResults[str]:
        self.later()
        expected = self.model.reschedule(key, slot)
        came = self.wait_for(self.office.reschedule(process, key, slot))
        if isinstance(came, Reservation) and came.id in self.model.parties:
            assert self.model.parties[key].status != BOOKED, "asked again for the same slot, it says the same"
            return multiple()
        assert status_of(came) == expected
        if expected == BOOKED:
            self.model.parties[key].status = "cancelled"
        return self._kept(came, Party(slot=slot, people=self.model.parties[key].people, status=BOOKED, moved=True))

    def _kept(self, came: Reservation | str, party: Party) -> str | MultipleResults[str]:
        if isinstance(came, str):
            return multiple()
        self.model.parties[came.id] = party
        return came.id

    @rule(process=PROCESSES, key=reservations)
    def cancel(self, process: int, key: str) -> None:
        self.later()
        expected = self.model.cancel(key)
        assert status_of(self.wait_for(self.office.cancel(process, key))) == expected

    @rule(process=PROCESSES, key=reservations)
    def decline(self, process: int, key: str) -> None:
        self.later()
        self.model.decline(key)
        self.wait_for(self.office.decline(process, key))

    @rule(process=PROCESSES, key=reservations)
    def take(self, process: int, key: str) -> None:
        self.later()
        assume(self.model.parties[key].status != BOOKED)
        expected = self.model.take(key)
        came = status_of(self.wait_for(self.office.take(process, key)))
        assert came == expected if expected != "no" else came in {"offer_over", "no_offer_yet", "not_waiting"}

    @rule(process=PROCESSES)
    def promote(self, process: int) -> None:
        self.later()
        self.wait_for(self.office.promote(process))
        self.model.promote()

    @rule(process=PROCESSES, slot=SLOTS, capacity=st.integers(0, 7), close=st.booleans())
    def change_quota(self, process: int, slot: int, capacity: int, close: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
        self.later()
        expected = self.model.change_quota(slot, capacity, close=close)
        came = self.wait_for(self.office.change_quota(process, slot, capacity, close=close))
        assert (came if isinstance(came, str) else "changed") == expected

    @rule(process=PROCESSES, slot=SLOTS)
    def close(self, process: int, slot: int) -> None:
        self.later()
        self.model.empty(slot)
        self.wait_for(self.office.empty(process, slot))

    @rule(process=PROCESSES, slot=SLOTS)
    def reopen(self, process: int, slot: int) -> None:
        self.later()
        self.model.slots[slot].is_open = True
        self.wait_for(self.office.reopen(process, slot))

    @rule(minutes=st.sampled_from((10, 35)))
    def time_passes(self, minutes: int) -> None:
        self.model.minute += minutes
        self.office.clock.forward(MINUTE * minutes)

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        if hasattr(self, "office"):
            kept = self.wait_for(self.office.kept())
            assert {one.id: one.status.value for one in kept} == {
                key: party.status for key, party in self.model.parties.items()
            }
            self._ensure_no_more_than_there_is(kept)
            _ensure_nobody_has_two_bookings_of_a_day(kept)
            self._ensure_queues_are_in_order()

    def _ensure_no_more_than_there_is(self, kept: Sequence[Reservation]) -> None:
        """In every channel, what is booked and held is what the slot says, and no more than it has."""
        for slot, said in zip(self.wait_for(self.office.kept_slots()), self.model.slots, strict=True):
            channels = {one.channel: one for one in allotments(slot)}
            individual = channels[Channel.INDIVIDUAL]
            assert all(0 <= one.left <= one.places for one in channels.values())
            assert (individual.places, slot.capacity) == (said.individual, said.individual + said.set_aside)
            holding = [one for one in kept if one.slot_id == slot.id and one.status.value in ACTIVE]
            assert individual.places - individual.left == sum(one.party_size for one in holding)
            people = [visitor.document_digest for one in holding for visitor in one.visitors]
            assert len(people) == len(set(people)), "somebody has two places in one slot"

    def _ensure_queues_are_in_order(self) -> None:
        self.later()
        for slot, said in zip(self.office.slots, self.model.slots, strict=True):
            for process in self.office.processes:
                queue = self.wait_for(process.desk.queue_of(slot.id))
                assert [one.id for one in queue] == said.queue
                assert [one.number for one in queue] == sorted(one.number for one in queue)


def _ensure_nobody_has_two_bookings_of_a_day(kept: Sequence[Reservation]) -> None:
    booked = [one for one in kept if one.status is ReservationStatus.BOOKED]
    days = [(one.starts_at.date(), visitor.document_digest) for one in booked for visitor in one.visitors]
    assert len(days) == len(set(days))


@pytest.fixture(scope="module")
def everything(stores: Stores, database_name: str) -> Iterator[type[Everything]]:
    with asyncio.Runner() as runner:

        async def connect() -> Mongo:
            mongo = connect_mongo(MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=8))
            await mongo.create_indexes(COLLECTIONS)
            return mongo

        Everything.runner, Everything.mongo = runner, runner.run(connect())
        yield Everything
        runner.run(Everything.mongo.close())


def test_everything_in_any_order_is_as_the_model_says(everything: type[Everything]) -> None:
    run_state_machine_as_test(
        everything,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
