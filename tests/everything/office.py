"""The real thing: the use cases that handlers call, on the real store, as two server processes have them."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from server.visits.booking import BookingParts, Places, build_booking
from server.visits.leases import build_taking_back
from server.visits.no_shows import build_pauses
from services.common.clock import UlidSource
from services.common.errors import DomainError
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.jobs.rules import new_job
from services.policies.directory import PolicyDirectory
from services.policies.model import PolicyChange, default_policy
from services.policies.mongo import MongoPolicies
from services.reservations.changes import BelowBooked, Quota, SlotChange
from services.reservations.forwarding import ForwardingDesk
from services.reservations.model import (
    Allotment,
    BookVisit,
    DocumentType,
    Reservation,
    ReservationStatus,
    Slot,
    SlotState,
    Visitor,
)
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.planning.emptying import KIND, Emptying
from services.reservations.planning.model import Closure, Remedy, Unmoved
from services.reservations.planning.mongo import MongoClosures, MongoParties
from services.reservations.waitlist.joining import WaitlistJoining
from services.reservations.waitlist.leaving import WaitlistLeaving
from services.reservations.waitlist.mongo import MongoWaitlist
from services.reservations.waitlist.promoting import WaitlistPromoting
from services.reservations.waitlist.reading import WaitlistReading
from services.reservations.waitlist.taking import OfferTaking
from services.venues.directory import VenueDirectory
from services.venues.model import Channel
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import Alone, StoppedClock, desk_on
from tests.everything.gates import Gates, gates_on
from tests.everything.model import OFFER_MINUTES, Model, account_of
from tests.factories import make_slot, make_venue, new_id

# What a process believes of others for a second is another test's matter: here it is always old enough to be looked at.
LOOK = timedelta(seconds=2)


T = TypeVar("T")


class OpenCipher:
    """Leaves texts as they are: nothing here is about encryption."""

    async def encrypt(self, text: str) -> bytes:
        return text.encode()

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext.decode()


@dataclass(frozen=True, kw_only=True)
class Process:
    """One server process: a desk with a memory of its own, and what is built on it."""

    desk: ForwardingDesk
    bookings: BookingParts
    joining: WaitlistJoining
    taking: OfferTaking
    leaving: WaitlistLeaving
    promoting: WaitlistPromoting
    emptying: Emptying
    gates: Gates


@dataclass(kw_only=True)
class Office:
    """A venue with its slots, and two processes that serve it."""

    mongo: Mongo
    clock: StoppedClock
    gate_id: str
    slots: Sequence[Slot]
    processes: Sequence[Process]
    citizens: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def open(cls, mongo: Mongo, model: Model) -> "Office":
        clock, venue = StoppedClock(), make_venue()
        await MongoVenues(mongo).put([], [venue])
        policy = replace(
            default_policy(venue.id), version=1, bookings_per_document_day=1, offer_minutes=OFFER_MINUTES, strikes=None
        )
        change = PolicyChange(policy=policy, joined=None, changed_by="stf_test", changed_at=clock.now())
        assert await MongoPolicies(mongo).claim_policy(change)
        noon = clock.now().replace(hour=4, minute=0, second=0, microsecond=0)
        slots = [
            _slot(venue.id, noon + timedelta(days=2 + one.day, hours=hour), one.individual, one.set_aside)
            for hour, one in enumerate(model.slots)
        ]
        await MongoSlots(mongo).add_missing(slots)
        processes = [_process(mongo, clock) for _ in range(2)]
        return cls(mongo=mongo, clock=clock, gate_id=venue.gates[0].id, slots=slots, processes=processes)

    async def book(self, process: int, slot: int, people: frozenset[int]) -> Reservation | str:
        return await _outcome(self.processes[process].bookings.booking.book_visit(self._wish(slot, people)))

    async def join(self, process: int, slot: int, people: frozenset[int]) -> Reservation | str:
        place = await _outcome(self.processes[process].joining.join(self._wish(slot, people)))
        return place if isinstance(place, str) else place.reservation

    async def reschedule(self, process: int, key: str, slot: int) -> Reservation | str:
        moving = self.processes[process].bookings.rescheduling
        return await _outcome(moving.reschedule(key, self.citizens[key], self.slots[slot].id, None))

    async def cancel(self, process: int, key: str) -> Reservation | str:
        return await _outcome(self.processes[process].bookings.cancelling.cancel(key, self.citizens[key]))

    async def decline(self, process: int, key: str) -> Reservation | str:
        return await _outcome(self.processes[process].leaving.leave(key, self.citizens[key]))

    async def take(self, process: int, key: str) -> Reservation | str:
        return await _outcome(self.processes[process].taking.take(key, self.citizens[key]))

    async def promote(self, process: int) -> None:
        await self.processes[process].promoting.look_everywhere()

    async def change_quota(self, process: int, slot: int, capacity: int, *, close: bool) -> Slot | str:
        below = BelowBooked.CLOSE if close else BelowBooked.REFUSE
        change = SlotChange(
            slot_id=self.slots[slot].id, quota=Quota(capacity=capacity, set_aside=None), below_booked=below
        )
        return await _outcome(self.processes[process].desk.change_slot(change))

    async def reopen(self, process: int, slot: int) -> None:
        await self.processes[process].desk.change_slot(SlotChange(slot_id=self.slots[slot].id, state=SlotState.OPEN))

    async def empty(self, process: int, slot: int) -> None:
        """Close a slot and cancel its parties, as the job does; each step is done twice, as after a kill."""
        closure = Closure(
            id=new_id("clo"),
            venue_id=self.slots[slot].venue_id,
            slot_ids=(self.slots[slot].id,),
            remedy=Remedy.CANCEL,
            unmoved=Unmoved.LEAVE,
            job_id=new_id("job"),
            ordered_by="stf_test",
            ordered_at=self.clock.now(),
        )
        cursor: dict[str, str | int] = {"closure_id": closure.id, "slot": 0, "party": 0}
        job = new_job(closure.job_id, KIND, seen_by=(), total=1, cursor=cursor, now=self.clock.now())
        await MongoClosures(self.mongo, MongoJobs(self.mongo)).add(closure, job, None)
        await self._run(self.processes[process].emptying, job)

    async def _run(self, emptying: Emptying, job: Job) -> None:
        finished = False
        while not finished:
            await emptying.step(job)
            result = await emptying.step(job)
            job, finished = replace(job, cursor=result.cursor, done=result.done), result.finished

    async def kept(self) -> Sequence[Reservation]:
        """Return all reservations in the slots."""
        venue_id = self.slots[0].venue_id
        ids = [
            one["_id"] async for one in self.mongo.collection(RESERVATIONS).find({"venue_id": venue_id}, {"_id": True})
        ]
        return [one for start in range(0, len(ids), 100) for one in await self._several(ids[start : start + 100])]

    async def _several(self, ids: Sequence[str]) -> Sequence[Reservation]:
        return await MongoParties(self.mongo).several(ids)

    async def kept_slots(self) -> Sequence[Slot]:
        """Return the slots as they are kept, in their order here."""
        since, until = self.slots[0].starts_at - timedelta(days=1), self.slots[0].starts_at + timedelta(days=9)
        found = await MongoSlots(self.mongo).starting_between(self.slots[0].venue_id, since, until)
        by_id = {one.id: one for one in found}
        return [by_id[one.id] for one in self.slots]

    def _wish(self, slot: int, people: frozenset[int]) -> BookVisit:
        return BookVisit(
            citizen_id=_citizen(people),
            slot_id=self.slots[slot].id,
            visitors=tuple(
                Visitor(name="示例访客", id_type=DocumentType.PASSPORT, id_number=f"E{one:08}")
                for one in sorted(people)
            ),
            contact_phone=None,
            request=None,
        )


def _citizen(people: frozenset[int]) -> str:
    return f"cit_{account_of(people)}"


def _slot(venue_id: str, starts_at: datetime, individual: int, set_aside: int) -> Slot:
    aside = Allotment(channel=Channel.WALK_IN, places=set_aside, left=set_aside, flows_at=None)
    capacity = individual + set_aside
    return make_slot(
        venue_id=venue_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        capacity=capacity,
        places_left=capacity,
        set_aside=(aside,) if set_aside else (),
    )


def _process(mongo: Mongo, clock: StoppedClock) -> Process:
    desk, reservations = desk_on(MongoLedger(mongo), clock), MongoReservations(mongo)
    policies = PolicyDirectory(store=MongoPolicies(mongo), clock=clock)
    bookings = build_booking(
        Places(desk=desk, slots=MongoSlots(mongo), reservations=reservations),
        venues=VenueDirectory(store=MongoVenues(mongo), clock=clock),
        policies=policies,
        pauses=build_pauses(mongo, clock),
        cipher=OpenCipher(),
        digest=KeyedDigest(b"pepper"),
        clock=clock,
        ids=UlidSource(),
    )
    waitlist = MongoWaitlist(mongo)
    return Process(
        desk=desk,
        bookings=bookings,
        joining=WaitlistJoining(
            desk=desk,
            reservations=reservations,
            drafting=bookings.drafting,
            pauses=bookings.pauses,
            reading=WaitlistReading(desk=desk, reservations=reservations, waitlist=waitlist),
            clock=clock,
        ),
        taking=OfferTaking(
            desk=desk,
            reservations=reservations,
            policies=policies,
            limits=bookings.limits,
            clock=clock,
            ids=UlidSource(),
        ),
        leaving=WaitlistLeaving(desk=desk, reservations=reservations, clock=clock),
        promoting=WaitlistPromoting(
            desk=desk, waitlist=waitlist, policies=policies, neighbourhood=Alone(), clock=clock, tell=_fail
        ),
        emptying=Emptying(
            store=MongoClosures(mongo, MongoJobs(mongo)),
            parties=MongoParties(mongo),
            leases=build_taking_back(mongo, desk, clock),
            desk=desk,
            slots=MongoSlots(mongo),
            policies=policies,
            limits=bookings.limits,
            clock=clock,
            ids=UlidSource(),
        ),
        gates=gates_on(mongo, desk, clock),
    )


def _fail(error: Exception) -> None:
    raise error


async def _outcome(asked: Awaitable[T]) -> T | str:
    """Return what a wish comes to, or the code that it is refused by."""
    try:
        return await asked
    except DomainError as refusal:
        return refusal.code


def status_of(outcome: Reservation | str) -> str:
    """Return a status, or the code of a refusal."""
    return outcome if isinstance(outcome, str) else ReservationStatus(outcome.status).value
