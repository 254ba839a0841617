"""The gates of one process: they lease walk-in places, let people in on them, and give back what is left."""

from dataclasses import dataclass

from server.visits.leases import build_taking_back
from services.admissions.group import ScanGroups
from services.admissions.mongo import MongoScans
from services.common.clock import Clock, UlidSource
from services.common.errors import DomainError
from services.common.mongo import Mongo
from services.reservations.leases.leasing import Leasing
from services.reservations.leases.model import Lease, LeasePlaces
from services.reservations.leases.mongo import MongoLeases
from services.reservations.leases.returning import TakingBack
from services.reservations.leases.rules import pass_of
from services.reservations.model import Slot
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.ports import ReservationDesk
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.factories import make_reading
from tests.leases import GATE


@dataclass(frozen=True, kw_only=True)
class Gates:
    """What gates ask of a process; where a lease is not refused, its places and how many of them are used."""

    store: MongoLeases
    leasing: Leasing
    taking_back: TakingBack
    groups: ScanGroups

    async def lease(self, gate_id: str, slot: Slot, places: int) -> Lease | str:
        wish = LeasePlaces(gate_id=gate_id, slot_id=slot.id, places=places, request=None)
        try:
            return await self.leasing.lease(GATE, wish)
        except DomainError as refusal:
            return refusal.code

    async def come_in(self, lease_id: str, count: int) -> str:
        """Return the answer, the reason or the code of a refusal."""
        lease = await self.store.find(lease_id)
        assert lease is not None
        try:
            scan = await self.groups.answer(make_reading(pass_of(lease), count=count, venue_id=lease.venue_id))
        except DomainError as refusal:
            return refusal.code
        return scan.reason or scan.decision

    async def give_back(self, lease_id: str) -> tuple[int, int]:
        lease = await self.taking_back.take_back(lease_id)
        return lease.places, lease.used


def gates_on(mongo: Mongo, desk: ReservationDesk, clock: Clock) -> Gates:
    store = MongoLeases(mongo)
    return Gates(
        store=store,
        leasing=Leasing(
            store=store,
            desk=desk,
            reservations=MongoReservations(mongo),
            venues=VenueDirectory(store=MongoVenues(mongo), clock=clock),
            clock=clock,
            ids=UlidSource(),
        ),
        taking_back=build_taking_back(mongo, desk, clock),
        groups=ScanGroups(MongoScans(mongo, MongoOutbox(mongo))),
    )
