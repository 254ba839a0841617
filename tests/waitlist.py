"""Slots with queues on the real store, and the workers that pass their places on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from handlers.wire import wire_time
from services.common.clock import Clock, UlidSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.policies.directory import PolicyDirectory
from services.policies.mongo import MongoPolicies
from services.reservations.changes import Joining
from services.reservations.forwarding import ForwardingDesk
from services.reservations.limits import DayLimits
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import LedgerStore, ReservationDesk
from services.reservations.waitlist.leaving import WaitlistLeaving
from services.reservations.waitlist.model import LogEntry
from services.reservations.waitlist.mongo import MongoWaitlist
from services.reservations.waitlist.ports import WaitlistStore
from services.reservations.waitlist.promoting import WaitlistPromoting
from services.reservations.waitlist.reading import WaitlistReading
from services.reservations.waitlist.taking import OfferTaking
from tests.concurrency.desks import Alone, StoppedClock, desk_on
from tests.contract.documents import Documents
from tests.factories import make_booking, make_cancellation, make_reservation, make_slot

OFFER = timedelta(minutes=30)
LOG_FORMAT = "chengma-waitlist-log-1"


def raise_it(error: Exception) -> None:
    """Let no defect pass."""
    raise error


def worker_on(
    mongo: Mongo, clock: Clock, desk: ReservationDesk | None = None, waitlist: WaitlistStore | None = None
) -> WaitlistPromoting:
    """Return the worker of a process that has just started, with a memory of its own unless it has a `desk`."""
    return WaitlistPromoting(
        desk=desk or desk_on(MongoLedger(mongo), clock),
        waitlist=waitlist or MongoWaitlist(mongo),
        policies=PolicyDirectory(store=MongoPolicies(mongo), clock=clock),
        neighbourhood=Alone(),
        clock=clock,
        tell=raise_it,
    )


@dataclass(kw_only=True)
class Line:
    """One slot and those who wait for it, as one process sees them; its clock stands unless it is turned."""

    mongo: Mongo
    documents: Documents
    clock: Clock = field(default_factory=StoppedClock)
    ledger: LedgerStore | None = None
    slot: Slot = field(init=False)
    desk: ForwardingDesk = field(init=False)
    booked: Reservation = field(init=False)

    async def open(self, *, places: int, taken: int | None = None, **changes: Any) -> "Line":
        """Begin with so many places, all `taken` by one party unless it takes fewer."""
        self.desk = desk_on(self.ledger or MongoLedger(self.mongo), self.clock)
        now = self.clock.now()
        wished = {"starts_at": now + timedelta(hours=4), "ends_at": now + timedelta(hours=5)} | changes
        self.slot = make_slot(capacity=places, places_left=places, **wished)
        await MongoSlots(self.mongo).add_missing([self.slot])
        booking = make_booking(self.slot, party=places if taken is None else taken)
        self.booked = await self.desk.book(booking)
        return self

    async def join(self, *sizes: int, **changes: Any) -> list[Reservation]:
        """Have parties of these sizes join, one after the other."""
        return [await self._join(size, changes) for size in sizes]

    async def _join(self, size: int, changes: Mapping[str, Any]) -> Reservation:
        joined = {"status": ReservationStatus.WAITING, "created_at": self.clock.now(), **changes}
        waiting = make_reservation(self.slot, party=size, **joined)
        placed = await self.desk.join(Joining(reservation=waiting, request=None))
        return replace(waiting, number=placed.number)

    async def free(self) -> None:
        """Give back what the first party has."""
        await self.desk.cancel(make_cancellation(self.booked, at=self.clock.now()))

    def forward(self, by: timedelta) -> None:
        assert isinstance(self.clock, StoppedClock)
        self.clock.forward(by)

    @property
    def worker(self) -> WaitlistPromoting:
        """A worker of this process."""
        return worker_on(self.mongo, self.clock, self.desk)

    @property
    def taking(self) -> OfferTaking:
        return OfferTaking(
            desk=self.desk,
            reservations=MongoReservations(self.mongo),
            policies=PolicyDirectory(store=MongoPolicies(self.mongo), clock=self.clock),
            limits=DayLimits(KeyedDigest(b"a pepper of thirty-two bytes ...")),
            clock=self.clock,
            ids=UlidSource(),
        )

    @property
    def leaving(self) -> WaitlistLeaving:
        return WaitlistLeaving(desk=self.desk, reservations=MongoReservations(self.mongo), clock=self.clock)

    @property
    def reading(self) -> WaitlistReading:
        return WaitlistReading(
            desk=self.desk, reservations=MongoReservations(self.mongo), waitlist=MongoWaitlist(self.mongo)
        )

    async def get(self, reservation: Reservation) -> Reservation:
        """Return the reservation as it is now."""
        found = await MongoReservations(self.mongo).find(reservation.id, reservation.citizen_id)
        assert found is not None
        return found

    async def standing(self) -> Mapping[int, str]:
        """Return the status of each number."""
        kept = await self.documents.find("reservations", slot_id=self.slot.id)
        return {one["number"]: one["status"] for one in kept if one["number"] is not None}

    async def places(self) -> tuple[int, int]:
        """Return how many places are left, and how many parties wait."""
        document = await self.documents.get("slots", self.slot.id)
        return document["places_left"], document["waiting"]

    async def offered(self) -> list[str]:
        """Return whom notices tell of offers, as often as they do."""
        parcels = await self.documents.find("notice_calls")
        calls = [call for parcel in parcels for call in parcel["calls"] if call["kind"] == "waitlist_offer"]
        ours = {one["_id"] for one in await self.documents.find("reservations", slot_id=self.slot.id)}
        return [call["subject_id"] for call in calls if call["subject_id"] in ours]


def log_page(slot_id: str, entries: Sequence[LogEntry]) -> dict[str, Any]:
    """Return the one page of a log as the interface shows it."""
    return {
        "format": LOG_FORMAT,
        "slot_id": slot_id,
        "items": [shown(one) for one in entries],
        "next": None,
        "newest": entries[-1].link if entries else None,
    }


def shown(entry: LogEntry) -> dict[str, Any]:
    return {
        "at": wire_time(entry.at),
        "at_ms": round(entry.at.timestamp() * 1000),
        "steps": [{**vars(step), "event": step.event.value} for step in entry.steps],
        "link": entry.link,
    }
