"""Fair releases: many ask at once, several processes work at once, and one is killed between any two steps."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.releases.verify_release import check
from services.common.mongo import Mongo, Session
from services.notifications.model import NoticeKind
from services.notifications.mongo import CALLS
from services.reservations.model import SlotState
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.releases.errors import DocumentRequested, RequestsClosed
from services.reservations.releases.holding import read_paper
from services.reservations.releases.model import DrawRequest, Release, ReleaseState, RequestState
from services.reservations.releases.mongo.plans import PAPERS, gate_id
from services.reservations.releases.mongo.requests import MongoDrawRequests
from services.reservations.releases.rules import gate_of
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import Street, desks_on
from tests.factories import new_id
from tests.releases import Hand, Notes, Office, somebody

SLOTS, PLACES, REQUESTS = 2, 3, 7


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Death:
    """Comes at the `at`th step, before it or after it; steps are calls of whatever a process has outside itself."""

    at: int
    after: bool
    steps: int = 0
    struck: bool = False

    def watched(self, port: Any) -> Any:
        return _Watched(port, self)

    def pass_by(self, step: int, *, after: bool) -> None:
        if self.struck or (step == self.at and after is self.after):
            self.struck = True
            raise Killed


class _Watched:
    """A port whose every call may be the last."""

    def __init__(self, port: Any, death: Death) -> None:
        self._port = port
        self._death = death

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*given: Any, **named: Any) -> Any:
            self._death.steps += 1
            step = self._death.steps
            self._death.pass_by(step, after=False)
            answer = await found(*given, **named)
            self._death.pass_by(step, after=True)
            return answer

        return call


@dataclass
class Town:
    """Processes on one database that deal with one venue's releases."""

    pair: Pair
    venue_id: str
    clock: Hand
    notes: Notes

    def process(
        self,
        at: int = 0,
        *,
        watched: Callable[[Any], Any] = lambda port: port,
        kind: type[MongoDrawRequests] = MongoDrawRequests,
    ) -> Office:
        """Return a process that has just started."""
        mongo = self.pair[at]
        (desk,) = desks_on(Street(), [MongoLedger(mongo)], self.clock)
        return Office(
            mongo=mongo,
            desk=desk,
            venue_id=self.venue_id,
            clock=self.clock,
            notes=self.notes,
            watched=watched,
            kind=kind,
        )


@pytest.fixture
def town(honest_pair: Pair) -> Town:
    return new_town(honest_pair)


def new_town(pair: Pair) -> Town:
    return Town(pair=pair, venue_id=new_id("ven"), clock=Hand(), notes=Notes(["first"]))


async def released(office: Office) -> tuple[Release, list[DrawRequest]]:
    """Return a release with more requests than places."""
    slots = [await office.open_slot(office.day, 9 + number, places=PLACES) for number in range(SLOTS)]
    release = await office.opening.make(office.wish(office.day))
    asked = [await office.ask(release, *slots[number % SLOTS :], party=number % 2 + 1) for number in range(REQUESTS)]
    return release, asked


async def ensure_right(office: Office, release: Release, asked: list[DrawRequest]) -> None:
    """Check that everybody got what was drawn, once, and was told so, once."""
    record = await office.record(release)
    assert check(record, {"seed_sha256": release.seed_sha256}) == []
    assert office.defects == []
    drawn = dict(record["result"])
    assert drawn.keys() == {one.ticket for one in asked}
    booked = await office.mongo.collection(RESERVATIONS).find({"venue_id": office.venue_id}).to_list()
    assert sorted((one["citizen_id"], one["slot_id"]) for one in booked) == sorted(
        (one.citizen_id, drawn[one.ticket]) for one in asked if drawn[one.ticket]
    )
    calls = Counter(
        (call["kind"], call["citizen_id"])
        for parcel in await office.mongo.collection(CALLS).find({}).to_list()
        for call in parcel["calls"]
        if call["venue_id"] == office.venue_id
    )
    told = {(NoticeKind.DRAW_RESULT.value, one.citizen_id) for one in asked}
    told |= {(NoticeKind.BOOKING_CONFIRMED.value, one["citizen_id"]) for one in booked}
    assert calls == dict.fromkeys(told, 1)
    for one in asked:
        own = await office.requesting.own(release.id, one.citizen_id)
        assert own.state is (RequestState.WON if drawn[one.ticket] else RequestState.LOST)
        assert (own.slot_id, own.visitors) == (drawn[one.ticket], ())
    for slot in await office.marking.of_day(office.venue_id, office.day):
        taken = sum(one.party_size for one in asked if drawn[one.ticket] == slot.id)
        assert (slot.state, slot.places_left) == (SlotState.OPEN, PLACES - taken)
    papers = await office.mongo.collection(PAPERS).find({"release_id": release.id}).to_list()
    assert {one["sha256"] for one in papers} == {record["pool_sha256"], record["result_sha256"]}


class Slow(MongoDrawRequests):
    """Has passed the gate, and takes its time with what comes after."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.through = asyncio.Event()

    async def _pass_gate(self, request: DrawRequest, more: int, session: Session) -> None:
        await super()._pass_gate(request, more, session)
        self.through.set()
        await asyncio.sleep(0.3)


class ReadsTheGate(MongoDrawRequests):
    """Only looks whether the gate is open: what a request would be without writing to it."""

    async def _pass_gate(self, request: DrawRequest, more: int, session: Session) -> None:  # noqa: ARG002
        gate = {"_id": gate_id(request.release_id, gate_of(request.ticket)), "open": True}
        if await self._gates.find_one(gate, session=session) is None:
            raise RequestsClosed


class SlowReader(Slow, ReadsTheGate):
    """Both."""


async def race_at_the_close(town: Town, kind: type[Slow]) -> tuple[set[str], set[str]]:
    """Let some ask while another process closes; return the tickets that were acknowledged, and those in the pool."""
    office, closer = town.process(0, kind=kind), town.process(1)
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    asking = [asyncio.create_task(office.ask(release, slot)) for _ in range(3)]
    await office.requests.through.wait()
    town.clock.at = release.requests_close_at
    while (frozen := (await closer.publishing.get(release.id)).frozen) is None:
        await closer.work.look()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(one, DrawRequest | RequestsClosed) for one in answers), answers
    pool = json.loads(await read_paper(closer.releases, release.id, frozen.pool))
    acknowledged = {one.ticket for one in answers if isinstance(one, DrawRequest)}
    return acknowledged, {one["ticket"] for one in pool["requests"]}


async def test_what_was_acknowledged_at_the_close_is_in_the_pool(town: Town) -> None:
    acknowledged, pooled = await race_at_the_close(town, Slow)
    assert acknowledged == pooled


async def test_without_writing_to_the_gate_an_acknowledged_request_is_lost(pair: Pair) -> None:
    acknowledged, pooled = await race_at_the_close(new_town(pair), SlowReader)
    assert acknowledged > pooled


async def test_a_rush_at_the_close_loses_nobody(town: Town) -> None:
    office, closer = town.process(0), town.process(1)
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    asking = [asyncio.create_task(office.ask(release, slot)) for _ in range(60)]
    await asyncio.sleep(0.05)
    await closer.requests.shut_gates(release.id)
    at_the_close = {one.ticket for one in await closer.requests.entries(release.id)}
    answers = await asyncio.gather(*asking, return_exceptions=True)
    acknowledged = {one.ticket for one in answers if isinstance(one, DrawRequest)}
    assert acknowledged == at_the_close
    assert {type(one) for one in answers if not isinstance(one, DrawRequest)} <= {RequestsClosed}


async def test_of_many_accounts_with_one_document_one_takes_part(town: Town) -> None:
    offices = [town.process(0), town.process(1)]
    slot, visitor = await offices[0].open_slot(offices[0].day), somebody()
    release = await offices[0].opening.make(offices[0].wish(offices[0].day))
    asking = (offices[number % 2].ask(release, slot, visitors=(visitor,)) for number in range(6))
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(one, DrawRequest) for one in answers) == 1
    assert sum(isinstance(one, DocumentRequested) for one in answers) == 5
    assert len(await offices[0].requests.entries(release.id)) == 1


async def test_of_one_account_at_many_doors_one_request_takes_part(town: Town) -> None:
    offices, person = [town.process(0), town.process(1)], new_id("cit")
    slot = await offices[0].open_slot(offices[0].day)
    release = await offices[0].opening.make(offices[0].wish(offices[0].day))
    asking = (offices[number % 2].ask(release, slot, citizen_id=person) for number in range(6))
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["AlreadyRequested"] * 5 + ["DrawRequest"]


async def test_two_workers_at_once_come_to_the_same(town: Town) -> None:
    first, second = town.process(0), town.process(1)
    release, asked = await released(first)
    for instant in (release.requests_close_at, release.draw_at):
        town.clock.at = instant
        while (await first.publishing.get(release.id)).state is not (
            ReleaseState.FROZEN if instant < release.draw_at else ReleaseState.SETTLED
        ):
            await asyncio.gather(first.work.look(), second.work.look())
        town.notes.notes.append("signed")
    await asyncio.gather(first.work.look(), second.work.look())
    await ensure_right(first, release, asked)
    assert second.defects == []


async def live(office: Office, release: Release) -> None:
    """Do all that a worker does from the close to the end."""
    office.clock.at = max(office.clock.at, release.requests_close_at)
    await office.work.look()
    if len(office.notes.notes) == 1:
        office.notes.notes.append("signed")
    office.clock.at = release.draw_at
    await office.work.look()
    await office.work.look()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_worker_killed_at_any_step_repeats_nothing_and_forgets_nothing(pair: Pair, *, after: bool) -> None:
    at, died = 0, True
    while died:
        at += 1
        town = new_town(pair)
        release, asked = await released(town.process(0))
        death = Death(at=at, after=after)
        with suppress(Killed):
            await live(town.process(0, watched=death.watched), release)
        died = death.struck
        survivor = town.process(1)
        await live(survivor, release)
        await ensure_right(survivor, release, asked)
    assert at > 30, "the deaths are too few to be all steps"
