"""Book, cancel, move, change quotas, wait, take, lapse, lease and close in any order, on the real store and a model."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.mongo import Mongo
from services.reservations.leases.model import Lease
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.quotas import allotments
from services.venues.model import Channel
from tests.everything.model import ACTIVE, BOOKED, CANCELLED, HELD, LEASED, WAITING, Model, ModelLease, ModelSlot, Party
from tests.everything.office import LOOK, Office, status_of
from tests.processes import Stores

# Without the flag the same examples every time, so that a run of CI decides what the one before did.
EXAMPLES = {"small": 25, "full": 400}
STEPS = 50
PEOPLE = 9
WAITS = frozenset({WAITING, HELD})
MANY = 5
MINUTE = timedelta(minutes=1)
SLOTS = st.integers(0, 2)
PROCESSES = st.integers(0, 1)
PARTIES = st.frozensets(st.integers(1, PEOPLE), min_size=1, max_size=2)


T = TypeVar("T")


class Everything(RuleBasedStateMachine):
    """Three slots on two days, nine people, two processes."""

    runner: ClassVar[asyncio.Runner]
    mongo: ClassVar[Mongo]

    def wait_for(self, asked: Awaitable[T]) -> T:
        async def ask() -> T:
            return await asked

        return self.runner.run(ask())

    @initialize(places=st.lists(st.integers(1, 3), min_size=3, max_size=3), set_aside=st.integers(0, 4))
    def open(self, places: list[int], set_aside: int) -> None:
        slots = [
            ModelSlot(day=day, individual=count, set_aside=set_aside)
            for day, count in zip((0, 0, 1), places, strict=True)
        ]
        self.model = Model(slots=slots)
        self.office = self.wait_for(Office.open(self.mongo, self.model))

    @rule(process=PROCESSES, data=st.data())
    def something_happens(self, process: int, data: st.DataObject) -> None:
        """Do one thing, of those that are often done more often, and not what cannot be done at all."""
        self.office.clock.forward(LOOK)
        parties = {one.status for one in self.model.parties.values()}
        can = {
            self._book: 5,
            self._join: 5,
            self._cancel: 4 if BOOKED in parties else 0,
            self._reschedule: 3 if BOOKED in parties else 0,
            self._promote: 8 if parties & WAITS else 0,
            self._take: 5 if HELD in parties else 0,
            self._decline: 2 if parties & WAITS else 0,
            self._wait: 5 if HELD in parties else 1,
            self._change_quota: 1,
            self._lease: 4,
            self._come_in: 6 if self.model.leases else 0,
            self._give_back: 4 if self.model.leases else 0,
            self._close: 1 if len(self.model.parties) > MANY else 0,
            self._reopen: 4 if self._closed() else 0,
        }
        do = data.draw(st.sampled_from([one for one, times in can.items() for _ in range(times)]))
        do(process, data)

    def _closed(self) -> list[int]:
        return [number for number, one in enumerate(self.model.slots) if not one.is_open]

    def _those(self, *statuses: str) -> list[str]:
        """Return the parties with one of these states, all if there are none."""
        found = [key for key, one in self.model.parties.items() if one.status in statuses]
        return found or list(self.model.parties)

    def _full(self) -> list[int]:
        """Return the slots that can be waited for, all if there are none."""
        numbers = range(len(self.model.slots))
        return [one for one in numbers if self.model.slots[one].is_open and self.model.left(one) < 1] or list(numbers)

    def _book(self, process: int, data: st.DataObject) -> None:
        slot, people = data.draw(SLOTS), data.draw(PARTIES)
        expected = self.model.book(slot, people)
        came = self.wait_for(self.office.book(process, slot, people))
        assert status_of(came) == expected
        self._keep(came, Party(slot=slot, people=people, status=BOOKED))

    def _join(self, process: int, data: st.DataObject) -> None:
        slot, people = data.draw(st.sampled_from(self._full())), data.draw(PARTIES)
        expected = self.model.join(slot, people)
        came = self.wait_for(self.office.join(process, slot, people))
        assert status_of(came) == expected
        if isinstance(came, Reservation):
            self.model.slots[slot].queue.append(came.id)
        self._keep(came, Party(slot=slot, people=people, status=WAITING))

    def _reschedule(self, process: int, data: st.DataObject) -> None:
        key, slot = data.draw(st.sampled_from(self._those(BOOKED))), data.draw(SLOTS)
        expected = self.model.reschedule(key, slot)
        came = self.wait_for(self.office.reschedule(process, key, slot))
        if isinstance(came, Reservation) and came.id in self.model.parties:
            assert self.model.parties[key].status != BOOKED, "asked again for the same slot, it says the same"
            return
        assert status_of(came) == expected
        if expected == BOOKED:
            self.model.parties[key].status = CANCELLED
        self._keep(came, Party(slot=slot, people=self.model.parties[key].people, status=BOOKED, moved=True))

    def _keep(self, came: Reservation | str, party: Party) -> None:
        if isinstance(came, Reservation):
            self.model.parties[came.id] = party
            self.office.citizens[came.id] = came.citizen_id

    def _cancel(self, process: int, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self._those(BOOKED)))
        expected = self.model.cancel(key)
        assert status_of(self.wait_for(self.office.cancel(process, key))) == expected

    def _decline(self, process: int, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self._those(*WAITS)))
        self.model.decline(key)
        self.wait_for(self.office.decline(process, key))

    def _take(self, process: int, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self._those(HELD)))
        expected = self.model.take(key)
        came = status_of(self.wait_for(self.office.take(process, key)))
        assert came == expected if expected != "no" else came in {"offer_over", "no_offer_yet", "not_waiting"}

    def _promote(self, process: int, _data: st.DataObject) -> None:
        self.wait_for(self.office.promote(process))
        self.model.promote()

    def _leases(self) -> list[str]:
        """Return the leases on which somebody can come in, all if there are none."""
        return [key for key, one in self.model.leases.items() if one.used < one.places] or list(self.model.leases)

    def _lease(self, process: int, data: st.DataObject) -> None:
        slot, places = data.draw(SLOTS), data.draw(st.integers(1, 3))
        expected = self.model.lease(slot, places)
        gates, there = self.office.processes[process].gates, self.office.slots[slot]
        came = self.wait_for(gates.lease(self.office.gate_id, there, places))
        assert (came if isinstance(came, str) else LEASED) == expected
        if isinstance(came, Lease):
            self.model.leases[came.id] = ModelLease(slot=slot, places=places)

    def _come_in(self, process: int, data: st.DataObject) -> None:
        key, count = data.draw(st.sampled_from(self._leases())), data.draw(st.integers(1, 2))
        expected = self.model.come_in(key, count)
        assert self.wait_for(self.office.processes[process].gates.come_in(key, count)) == expected

    def _give_back(self, process: int, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self._leases()))
        expected = self.model.give_back(key)
        assert self.wait_for(self.office.processes[process].gates.give_back(key)) == expected

    def _change_quota(self, process: int, data: st.DataObject) -> None:
        slot, capacity, close = data.draw(SLOTS), data.draw(st.integers(0, 6)), data.draw(st.booleans())
        expected = self.model.change_quota(slot, capacity, close=close)
        came = self.wait_for(self.office.change_quota(process, slot, capacity, close=close))
        assert (came if isinstance(came, str) else "changed") == expected

    def _close(self, process: int, data: st.DataObject) -> None:
        slot = data.draw(SLOTS)
        self.model.empty(slot)
        self.wait_for(self.office.empty(process, slot))

    def _reopen(self, process: int, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(self._closed()))
        self.model.slots[slot].is_open = True
        self.wait_for(self.office.reopen(process, slot))

    def _wait(self, _process: int, data: st.DataObject) -> None:
        minutes = data.draw(st.sampled_from((35, 10)))
        self.model.minute += minutes
        self.office.clock.forward(MINUTE * minutes)

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        if hasattr(self, "office"):
            everything = self.wait_for(self.office.kept())
            self._ensure_leases_are_right([one for one in everything if one.is_lease])
            kept = [one for one in everything if not one.is_lease]
            assert {one.id: one.status.value for one in kept} == {
                key: party.status for key, party in self.model.parties.items()
            }
            self._ensure_no_more_than_there_is(kept)
            _ensure_nobody_has_two_bookings_of_a_day(kept)
            self._ensure_queues_are_in_order()

    def _ensure_leases_are_right(self, kept: Sequence[Reservation]) -> None:
        booked = {one.id: one.party_size for one in kept if one.status is ReservationStatus.BOOKED}
        assert booked == {key: one.places for key, one in self.model.leases.items() if one.places}
        assert {one.id for one in kept} == self.model.leases.keys()

    def _ensure_no_more_than_there_is(self, kept: Sequence[Reservation]) -> None:
        """In every channel, what is booked and held is what the slot says, and no more than it has."""
        slots = zip(self.wait_for(self.office.kept_slots()), self.model.slots, strict=True)
        for number, (slot, said) in enumerate(slots):
            channels = {one.channel: one for one in allotments(slot)}
            individual = channels[Channel.INDIVIDUAL]
            assert all(0 <= one.left <= one.places for one in channels.values())
            assert (individual.places, slot.capacity) == (said.individual, said.individual + said.set_aside)
            walk_ins = channels.get(Channel.WALK_IN)
            assert (walk_ins.places - walk_ins.left if walk_ins else 0) == self.model.leased(number)
            holding = [one for one in kept if one.slot_id == slot.id and one.status.value in ACTIVE]
            assert individual.places - individual.left == sum(one.party_size for one in holding)
            people = [visitor.document_digest for one in holding for visitor in one.visitors]
            assert len(people) == len(set(people)), "somebody has two places in one slot"

    def _ensure_queues_are_in_order(self) -> None:
        self.office.clock.forward(LOOK)
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


def test_everything_in_any_order_is_as_the_model_says(
    everything: type[Everything], request: pytest.FixtureRequest
) -> None:
    size = request.config.getoption("at_random")
    run_state_machine_as_test(
        everything,
        settings=settings(
            max_examples=EXAMPLES[size],
            derandomize=size == "small",
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
