"""No-shows for tests: strikes, a town in the real database whose slots are over, and what judges them."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.policies.directory import PolicyDirectory
from services.policies.model import NoShowTerms, PolicyChange, TermsChange, default_policy
from services.policies.mongo import MongoPolicies
from services.reservations.changes import Change, NewBooking
from services.reservations.draft import decide
from services.reservations.ledger import SlotLedger
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.reservations.no_shows.amnesties import Amnesties, Pardoning
from services.reservations.no_shows.deciding import Deciding
from services.reservations.no_shows.judging import Judging
from services.reservations.no_shows.model import NoShow, Reason, State, Terms
from services.reservations.no_shows.mongo import MongoAmnesties, MongoMarks, MongoNoShows, MongoVisitRecords
from services.reservations.no_shows.own import OwnNoShows
from services.reservations.no_shows.pausing import NoShowPauses
from services.reservations.no_shows.ports import AmnestyStore, GateUse, MarkStore, NoShowStore
from services.reservations.no_shows.withdrawing import Withdrawing
from services.venues.directory import VenueDirectory
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.contract.documents import Documents
from tests.factories import make_booking, make_district, make_slot, make_venue, new_id

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BOOKED_AT = NOON - timedelta(days=20)
THREE = Terms(group="temples", strikes=3, strike_days=90, pause_days=30)

_numbers = itertools.count(1)


class Hand:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOON) -> None:
        self.instant = now

    def now(self) -> datetime:
        return self.instant

    def pass_by(self, **span: float) -> None:
        self.instant += timedelta(**span)


def a_strike(day: float = 0, **changes: Any) -> NoShow:
    """Return a strike for a visit so many days after NOON, judged a day later."""
    starts_at = NOON + timedelta(days=day)
    strike = NoShow(
        id=f"nsh_{next(_numbers):06}",
        reservation_id=new_id("rsv"),
        citizen_id="cit_example",
        venue_id="ven_example",
        starts_at=starts_at,
        reason=Reason.MISSED,
        state=State.COUNTED,
        at=starts_at + DAY,
        terms=THREE,
    )
    return replace(strike, **changes)


def staff(venue_id: str) -> Actor:
    scope = Scope(level=ScopeLevel.VENUE, id=venue_id)
    return Actor(id=new_id("stf"), role=Role.VENUE_MANAGER, scopes=(scope,), session_id="ses_1")


class AlwaysUsed:
    """A gate that somebody passes all day."""

    async def was_used(self, venue_id: str, since: datetime, until: datetime) -> bool:
        assert venue_id
        return since < until


@dataclass(kw_only=True)
class Town:
    """One venue, whose slots were two days ago, and a process that judges; stores can be given to fail or to race."""

    mongo: Mongo
    documents: Documents
    clock: Hand = field(default_factory=Hand)
    venue: Venue = field(default_factory=make_venue)
    ids: UlidSource = field(default_factory=UlidSource)

    def __post_init__(self) -> None:
        self.store, self.visits = MongoNoShows(self.mongo), MongoVisitRecords(self.mongo)
        self.amnesties, self.marks = MongoAmnesties(self.mongo), MongoMarks(self.mongo)
        self.slots = MongoSlots(self.mongo)
        self.renew()

    def renew(self) -> None:
        """Become a process that has read nothing yet."""
        mongo, clock = self.mongo, self.clock
        self.venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
        self.policies = PolicyDirectory(store=MongoPolicies(mongo), clock=clock)
        self.pardoning = Pardoning(store=self.store, amnesties=self.amnesties)
        self.withdrawing = Withdrawing(store=self.store, visits=self.visits)
        self.pauses = NoShowPauses(store=self.store, withdrawing=self.withdrawing, clock=clock)
        self.own = OwnNoShows(
            store=self.store, withdrawing=self.withdrawing, policies=self.policies, venues=self.venues, clock=clock
        )
        self.deciding = Deciding(store=self.store, venues=self.venues, clock=clock)
        self.pardons = Amnesties(amnesties=self.amnesties, pardoning=self.pardoning, venues=self.venues, clock=clock)

    async def open(self, judged_until: timedelta = timedelta(days=7)) -> "Town":
        """Empty what was judged before, keep the venue, and begin to judge so long ago."""
        for name in ("no_shows", "amnesties", "no_show_marks", "venues", "visit_policies", "no_show_terms"):
            await self.documents.clear(name)
        await MongoVenues(self.mongo).put([make_district(id=self.venue.district_id)], [self.venue])
        await self.marks.begin(self.venue.id, self.clock.now() - judged_until)
        return self

    def judge(
        self,
        *,
        store: NoShowStore | None = None,
        marks: MarkStore | None = None,
        amnesties: AmnestyStore | None = None,
        gates: GateUse | None = None,
    ) -> Judging:
        """Return a worker."""
        its_store, its_amnesties = store or self.store, amnesties or self.amnesties
        return Judging(
            store=its_store,
            marks=marks or self.marks,
            amnesties=its_amnesties,
            pardoning=Pardoning(store=its_store, amnesties=its_amnesties),
            visits=self.visits,
            gates=gates or AlwaysUsed(),
            slots=self.slots,
            venues=self.venues,
            policies=self.policies,
            clock=self.clock,
            ids=self.ids,
            tell=_raise,
        )

    async def past_slot(self, *, ago: timedelta = 2 * DAY, **changes: Any) -> Slot:
        """Add a slot that started so long ago and lasted an hour."""
        starts_at = self.clock.now() - ago
        slot = make_slot(
            venue_id=self.venue.id, **({"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)} | changes)
        )
        await self.slots.add_missing([slot])
        return slot

    async def book(self, slot: Slot, **changes: Any) -> Reservation:
        """Return a booking of the slot."""
        booking = make_booking(slot, **changes)
        await self.write(booking)
        return booking.reservation

    async def write(self, *changes: Change) -> None:
        """Make the changes true, long before the slots of these tests began."""
        ledger = MongoLedger(self.mongo)
        found = await ledger.read(dict.fromkeys((one for change in changes for one in change.slot_ids), 0))
        ledgers = {its_id: SlotLedger.at_first(slot) for its_id, (slot, _) in found.items()}
        for its_id, known in ledgers.items():
            known.read(*found[its_id])
        outcomes, settlements = decide(ledgers, changes, BOOKED_AT)
        assert not [one for one in outcomes if one is False or isinstance(one, Exception)]
        await ledger.write(settlements, BOOKED_AT)

    async def write_bookings(self, bookings: list[NewBooking]) -> None:
        """Write many bookings, as batches of a rush."""
        for start in range(0, len(bookings), 50):
            await self.write(*bookings[start : start + 50])

    async def enter(self, reservation: Reservation, count: int = 1) -> None:
        """Let somebody of the party in, as a gate that uploads its scan does."""
        await self.documents.add(
            "passes",
            {
                "_id": reservation.id,
                "venue_id": reservation.venue_id,
                "party_size": reservation.party_size,
                "admitted_count": count,
                "entries": [],
                "cancelled_at": None,
            },
        )

    async def set_policy(self, **changes: Any) -> None:
        """Set the venue's policy, its first."""
        policy = replace(default_policy(self.venue.id), version=1, **changes)
        change = PolicyChange(policy=policy, joined=None, changed_by="stf_1", changed_at=self.clock.now())
        assert await MongoPolicies(self.mongo).claim_policy(change)
        await self.policies.renew()

    async def set_terms(self, version: int = 1, **changes: Any) -> None:
        """Set the terms of the venue's ledger."""
        terms = NoShowTerms(group=self.venue.id, version=version, strikes=3, strike_days=90, pause_days=30)
        change = TermsChange(terms=replace(terms, **changes), changed_by="stf_1", changed_at=self.clock.now())
        assert await MongoPolicies(self.mongo).claim_terms(change)
        await self.policies.renew()

    async def welcome(self, citizen_id: str) -> None:
        """Raise BookingPaused unless the account can book."""
        await self.pauses.ensure_welcome(citizen_id, await self.policies.get(self.venue.id))

    async def strikes(self, *reservations: Reservation) -> list[tuple[str, str]]:
        """Return reason and state of the reservations' strikes, in the order of the reservations."""
        found = {one["_id"]: one for one in await self.documents.find("no_shows")}
        kept = [found.pop(one.id, None) for one in reservations]
        assert not found, "somebody else was struck"
        return [("none", "") if one is None else (one["reason"], one["state"]) for one in kept]

    async def missed(self, citizen_id: str, *, ago: timedelta = 2 * DAY) -> Reservation:
        """Return a booking of a slot to which nobody came."""
        return await self.book(await self.past_slot(ago=ago), citizen_id=citizen_id)


def _raise(error: Exception) -> None:
    raise error
