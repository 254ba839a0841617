"""Gates that lease walk-in places, in the real database."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.admissions.group import ScanGroups
from services.admissions.model import Scan
from services.admissions.mongo import MongoScans
from services.admissions.walk_ins import WalkIn, WalkIns
from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.identity.model import Actor, Role
from services.reservations.forwarding import ForwardingDesk
from services.reservations.leases.leasing import Leasing
from services.reservations.leases.model import Lease, LeasePlaces, walk_ins_of
from services.reservations.leases.mongo import MongoLeases
from services.reservations.leases.reading import LeaseReading
from services.reservations.leases.returning import LeaseReturning, TakingBack
from services.reservations.model import Allotment, Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory
from services.venues.model import Channel, Venue
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import desk_on
from tests.factories import make_reservation, make_slot, new_id
from tests.groups import DIGEST, MANAGER
from tests.ratings import Watch

GATE = replace(MANAGER, id="dev_01JD0000000000000000000001", role=Role.GATE)
OTHER_GATE = replace(GATE, id="dev_01JD0000000000000000000002")


class NoCeilings:
    """Venues hold whoever comes."""

    async def ceiling_of(self, _venue_id: str) -> int | None:
        return None


@dataclass(frozen=True, kw_only=True)
class LeaseOffice:
    """One process with all that leases need, and its clock."""

    mongo: Mongo
    watch: Watch
    desk: ForwardingDesk
    store: MongoLeases
    leasing: Leasing
    reading: LeaseReading
    returning: LeaseReturning
    walk_ins: WalkIns

    async def lease(self, gate_id: str, slot: Slot, places: int, actor: Actor = GATE, **changes: Any) -> Lease:
        wish = LeasePlaces(gate_id=gate_id, slot_id=slot.id, places=places, request=None)
        return await self.leasing.lease(actor, replace(wish, **changes))

    async def admit(self, lease: Lease, count: int, actor: Actor = GATE, **changes: Any) -> Scan:
        nonce = changes.pop("nonce", new_id("nonce"))
        command = WalkIn(actor=actor, gate_id=lease.gate_id, lease_id=lease.id, nonce=nonce, count=count)
        return await self.walk_ins.admit(replace(command, **changes))

    async def walk_ins_left(self, slot: Slot) -> int:
        """Return how many places for walk-ins the slot has by the database."""
        found = await MongoSlots(self.mongo).starting_between(slot.venue_id, slot.starts_at, slot.ends_at)
        present = next(one for one in found if one.id == slot.id)
        assert present.places_left == sum(one.left for one in present.set_aside) + _individual_left(present)
        return next((one.left for one in present.set_aside if one.channel is Channel.WALK_IN), 0)


def _individual_left(slot: Slot) -> int:
    left = slot.places_left - sum(one.left for one in slot.set_aside)
    assert 0 <= left <= slot.capacity - sum(one.places for one in slot.set_aside)
    return left


def lease_office_on(
    mongo: Mongo,
    *,
    ledger: MongoLedger | None = None,
    store: MongoLeases | None = None,
    scans: MongoScans | None = None,
) -> LeaseOffice:
    """Return a process that has just started, and keeps things by these stores."""
    watch, ids, store = Watch(), UlidSource(), store or MongoLeases(mongo)
    venues = VenueDirectory(store=MongoVenues(mongo), clock=watch)
    desk = desk_on(ledger or MongoLedger(mongo), watch)
    reading = LeaseReading(store=store, venues=venues, clock=watch)
    return LeaseOffice(
        mongo=mongo,
        watch=watch,
        desk=desk,
        store=store,
        leasing=Leasing(
            store=store, desk=desk, reservations=MongoReservations(mongo), venues=venues, clock=watch, ids=ids
        ),
        reading=reading,
        returning=LeaseReturning(
            reading=reading, taking_back=TakingBack(store=store, desk=desk, clock=watch), clock=watch
        ),
        walk_ins=WalkIns(
            groups=ScanGroups(scans or MongoScans(mongo, MongoOutbox(mongo))),
            leases=reading,
            venues=venues,
            ceilings=NoCeilings(),
            digest=DIGEST,
            clock=watch,
            ids=ids,
        ),
    )


def walk_in_slot(venue: Venue, *, walk_ins: int, places: int, **changes: Any) -> Slot:
    """Return a slot that has begun, with so many places, of which some are set aside for walk-ins."""
    starts_at = datetime.now(UTC).replace(second=0, microsecond=0)
    aside = Allotment(channel=Channel.WALK_IN, places=walk_ins, left=walk_ins, flows_at=None)
    fields = {
        "venue_id": venue.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "capacity": places,
        "places_left": places,
        "set_aside": (aside,),
    }
    return make_slot(**{**fields, **changes})


async def open_walk_ins(mongo: Mongo, venue: Venue, *, walk_ins: int, places: int, **changes: Any) -> Slot:
    """Add such a slot."""
    slot = walk_in_slot(venue, walk_ins=walk_ins, places=places, **changes)
    await MongoSlots(mongo).add_missing([slot])
    return slot


def make_lease(slot: Slot, places: int) -> Reservation:
    """Return the reservation of a lease, not yet kept."""
    return make_reservation(
        slot, party_size=places, visitors=(), citizen_id=walk_ins_of(slot.venue_id), channel=Channel.WALK_IN
    )
