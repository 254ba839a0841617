"""What happens in a city meanwhile: bookings, cancellations, admissions, items, patrols, through our own services."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from services.admissions.group import ScanGroups
from services.admissions.model import Decision
from services.admissions.mongo import MongoScans
from services.common.errors import DatabaseUnavailable, TooBusy
from services.common.mongo import Mongo
from services.patrols.sites.model import SiteStatus
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.sync.mongo import MongoOutbox
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import desk_on
from tests.factories import (
    make_booking,
    make_cancellation,
    make_entry_pass,
    make_reading,
    make_slot,
    make_venue,
)
from tests.patrols import draft_of, make_status
from tests.patrols import recording_on as patrols_on
from tests.plans import make_outlet
from tests.registry import beginning, draft, event, new_epc, recording_on

SLOTS = 5
AT_ONCE = 8
PARTY_SIZES = (1, 1, 2, 3)
CHANCES = {"book": 40, "cancel": 12, "admit": 28, "item": 10, "patrol": 10}


@dataclass(kw_only=True)
class Facts:
    """What people were told that it is so: by reservation how many entered, and what was cancelled."""

    entered: dict[str, int] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    items: Counter[str] = field(default_factory=Counter)
    sites: dict[str, int] = field(default_factory=dict)
    unknown: int = 0

    @property
    def count(self) -> int:
        """Return how many facts there are."""
        inside = sum(self.entered.values())
        return len(self.entered) + inside + len(self.cancelled) + self.items.total() + sum(self.sites.values())


class Load:
    """Makes facts in an order that its `luck` decides."""

    def __init__(self, mongo: Mongo, luck: random.Random) -> None:
        self.facts = Facts()
        self._mongo = mongo
        self._luck = luck
        self._venue = make_venue()
        self._slots: list[Slot] = []
        self._desk = desk_on(MongoLedger(mongo))
        self._gate = ScanGroups(MongoScans(mongo, MongoOutbox(mongo)))
        self._items = recording_on(mongo)
        self._patrols = patrols_on(mongo)
        # Both logs give numbers without gaps: whoever writes at the same moment would only wait.
        self._log = asyncio.Lock()
        self._booked: list[Reservation] = []
        self._epcs: list[str] = []
        self._statuses: list[SiteStatus] = []
        self._doings: dict[str, Callable[[], Awaitable[None]]] = {
            "book": self._book,
            "cancel": self._cancel,
            "admit": self._admit,
            "item": self._item,
            "patrol": self._patrol,
        }

    async def open(self) -> None:
        """Open a venue and its slots."""
        await MongoVenues(self._mongo).put([], [self._venue])
        self._slots = [make_slot(venue_id=self._venue.id, capacity=100_000, places_left=100_000) for _ in range(SLOTS)]
        await MongoSlots(self._mongo).add_missing(self._slots)

    async def go_on(self, doings: int, pause_s: float = 0.0) -> None:
        """Do so much, some at a time, with a pause after each few."""
        while doings > 0:
            names = self._luck.choices(list(CHANCES), weights=list(CHANCES.values()), k=min(AT_ONCE, doings))
            await asyncio.gather(*(self._do(name) for name in names))
            doings -= len(names)
            await asyncio.sleep(pause_s)

    async def _do(self, name: str) -> None:
        try:
            await self._doings[name]()
        except (DatabaseUnavailable, TooBusy):  # what became of it is known to the database alone
            self.facts.unknown += 1

    async def _book(self) -> None:
        booking = make_booking(self._luck.choice(self._slots), party=self._luck.choice(PARTY_SIZES))
        reservation = await self._desk.book(booking)
        self._booked.append(reservation)
        self.facts.entered[reservation.id] = 0

    async def _cancel(self) -> None:
        reservation = self._take(self._booked, lambda one: not self.facts.entered[one.id])
        if reservation is not None:
            await self._desk.cancel(make_cancellation(reservation))
            self.facts.cancelled.add(reservation.id)

    async def _admit(self) -> None:
        """Let in one of a party, and sometimes scan twice."""
        reservation = self._take(self._booked, lambda _: True)
        if reservation is None:
            return
        code = make_entry_pass(reservation_id=reservation.id, party_size=reservation.party_size)
        reading = make_reading(code, count=1, gate_id=self._venue.gates[0].id, venue_id=self._venue.id)
        scans = [await self._gate.answer(reading) for _ in range(self._luck.choice((1, 1, 2)))]
        assert {(scan.decision, scan.admitted_now) for scan in scans} == {(Decision.ADMITTED, 1)}
        self.facts.entered[reservation.id] += 1
        if self.facts.entered[reservation.id] < reservation.party_size:
            self._booked.append(reservation)

    async def _item(self) -> None:
        async with self._log:
            if not self._epcs or self._luck.random() < 0.5:
                epcs = [new_epc() for _ in range(self._luck.randint(1, 3))]
                await self._items.record(draft(beginning(*epcs)))
                self._epcs += epcs
            else:
                epcs = [self._luck.choice(self._epcs)]
                await self._items.record(draft(event(*epcs)))
            self.facts.items.update(epcs)

    async def _patrol(self) -> None:
        async with self._log:
            if not self._statuses or self._luck.random() < 0.5:
                status = make_status()
                changed: Sequence[object] = (status, make_outlet("310101", id=status.id))
            else:
                status = self._luck.choice(self._statuses)
                self._statuses.remove(status)
                status = replace(status, open_findings=status.open_findings + 1, version=status.version + 1)
                changed = (status,)

            async def decide() -> object:
                return draft_of(*changed)

            await self._patrols.settle(decide)  # type: ignore[arg-type]
            self._statuses.append(status)
            self.facts.sites[status.id] = status.version

    def _take(self, some: list[Reservation], fits: Callable[[Reservation], bool]) -> Reservation | None:
        """Take one that fits, so that nobody else takes it meanwhile."""
        with suppress(IndexError):
            found = self._luck.choice([one for one in some if fits(one)])
            some.remove(found)
            return found
        return None
