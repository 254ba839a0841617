"""Groups that apply, in the real database, and the staff who decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.clock import IdSource, UlidSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.notifications.mongo import CALLS
from services.policies.directory import PolicyDirectory
from services.policies.mongo import MongoPolicies
from services.reservations.drafting import Drafting
from services.reservations.groups.applying import Applying
from services.reservations.groups.deciding import Deciding
from services.reservations.groups.finishing import Finishing
from services.reservations.groups.following import Following
from services.reservations.groups.model import Application, Apply, Contact, Purpose
from services.reservations.groups.mongo import MongoApplications
from services.reservations.groups.ports import ApplicationStore, RosterTables
from services.reservations.groups.reading import ApplicationReading
from services.reservations.groups.roster import Rosters
from services.reservations.groups.tending import Tending
from services.reservations.model import Allotment, Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS, SLOTS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.no_shows.mongo import MongoNoShows, MongoVisitRecords
from services.reservations.no_shows.pausing import NoShowPauses
from services.reservations.no_shows.withdrawing import Withdrawing
from services.reservations.planning.mongo import MongoParties
from services.reservations.ports import ReservationDesk
from services.tables.model import Head
from services.tables.rows import TableRows
from services.venues.directory import VenueDirectory
from services.venues.model import Channel, Venue
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import desk_on
from tests.factories import make_slot, new_id
from tests.ratings import DISTRICT, Watch

DIGEST = KeyedDigest(b"pepper")
MANAGER = Actor(
    id="stf_manager",
    role=Role.VENUE_MANAGER,
    scopes=(Scope(level=ScopeLevel.DISTRICT, id=DISTRICT),),
    session_id="ses_1",
)
STRANGER = replace(MANAGER, scopes=(Scope(level=ScopeLevel.DISTRICT, id="310115"),))
CONTACT = Contact(name="示例联系人", phone="13800000000", organisation="示例学校", note="示例")


class Backwards:
    """A cipher that hides nothing from the tests and everything from a search."""

    async def encrypt(self, text: str) -> bytes:
        return text.encode()[::-1]

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext[::-1].decode()


class Doors:
    """What the gates would know."""

    def __init__(self) -> None:
        self.inside = 0

    async def admitted_count(self, _: Reservation) -> int:
        return self.inside


class NoTables:
    """Nobody reads tables here."""

    async def read_roster(self, file: bytes, form: str, most: int) -> TableRows:
        raise AssertionError(f"{len(file)} bytes of {form} for {most}")

    async def write_sheet(self, title: str, heads: Sequence[Head], pieces: Sequence[bytes]) -> bytes:
        raise AssertionError(f"{title}: {heads}, {pieces}")


@dataclass(frozen=True, kw_only=True)
class Office:
    """One process: all that is about groups, on one database, with a desk of its own."""

    mongo: Mongo
    store: ApplicationStore
    desk: ReservationDesk
    clock: Watch
    ids: IdSource
    doors: Doors
    tables: RosterTables

    @property
    def venues(self) -> VenueDirectory:
        return VenueDirectory(store=MongoVenues(self.mongo), clock=self.clock)

    @property
    def policies(self) -> PolicyDirectory:
        return PolicyDirectory(store=MongoPolicies(self.mongo), clock=self.clock)

    @property
    def reading(self) -> ApplicationReading:
        return ApplicationReading(
            store=self.store, following=self.following, venues=self.venues, cipher=Backwards(), clock=self.clock
        )

    @property
    def following(self) -> Following:
        return Following(reservations=MongoReservations(self.mongo), parties=MongoParties(self.mongo))

    @property
    def pauses(self) -> NoShowPauses:
        store = MongoNoShows(self.mongo)
        withdrawing = Withdrawing(store=store, visits=MongoVisitRecords(self.mongo))
        return NoShowPauses(store=store, withdrawing=withdrawing, clock=self.clock)

    @property
    def finishing(self) -> Finishing:
        reservations = MongoReservations(self.mongo)
        return Finishing(store=self.store, desk=self.desk, reservations=reservations, clock=self.clock, ids=self.ids)

    @property
    def applying(self) -> Applying:
        return Applying(
            store=self.store,
            reading=self.reading,
            finishing=self.finishing,
            desk=self.desk,
            venues=self.venues,
            policies=self.policies,
            pauses=self.pauses,
            cipher=Backwards(),
            clock=self.clock,
            ids=self.ids,
        )

    @property
    def deciding(self) -> Deciding:
        return Deciding(
            store=self.store,
            reading=self.reading,
            finishing=self.finishing,
            desk=self.desk,
            clock=self.clock,
            ids=self.ids,
        )

    @property
    def tending(self) -> Tending:
        return Tending(
            store=self.store,
            finishing=self.finishing,
            following=self.following,
            desk=self.desk,
            clock=self.clock,
            ids=self.ids,
            tell=_fail,
        )

    @property
    def rosters(self) -> Rosters:
        drafting = Drafting(
            venues=self.venues,
            policies=self.policies,
            cipher=Backwards(),
            digest=DIGEST,
            clock=self.clock,
            ids=self.ids,
        )
        return Rosters(
            store=self.store,
            reading=self.reading,
            reservations=MongoReservations(self.mongo),
            entries=self.doors,
            tables=self.tables,
            drafting=drafting,
            cipher=Backwards(),
            clock=self.clock,
        )

    async def applied(self, slot: Slot, size: int = 30, **changes: Any) -> Application:
        """Return a new application of somebody new."""
        return await self.applying.apply(wish(slot, size, **changes))

    async def reservations_of(self, slot: Slot) -> Sequence[Mapping[str, Any]]:
        """Return what is booked in a slot, in any state."""
        return await self.mongo.collection(RESERVATIONS).find({"slot_id": slot.id}).to_list()

    async def left(self, slot: Slot) -> int:
        """Return how many places are left for groups, by the database."""
        document = await self.mongo.collection(SLOTS).find_one({"_id": slot.id})
        assert document is not None
        return next(int(one["left"]) for one in document["set_aside"] if one["channel"] == Channel.GROUP)

    async def told(self, application: Application) -> list[str]:
        """Return the outcomes that the leader will be told."""
        parcels = await self.mongo.collection(CALLS).find({}).to_list()
        calls = [call for one in parcels for call in one["calls"]]
        return [call["facts"]["outcome"] for call in calls if call["subject_id"] == application.id]


def _fail(error: Exception) -> None:
    raise error


def office_on(mongo: Mongo, tables: RosterTables | None = None, **parts: Any) -> Office:
    """Return a process that has just started."""
    clock, ids = parts.pop("clock", None) or Watch(), UlidSource()
    fields: dict[str, Any] = {
        "mongo": mongo,
        "store": MongoApplications(mongo, clock, ids),
        "desk": desk_on(MongoLedger(mongo), clock),
        "clock": clock,
        "ids": ids,
        "doors": Doors(),
        "tables": tables or NoTables(),
    }
    return Office(**{**fields, **parts})


async def open_slot(mongo: Mongo, venue: Venue, *, groups: int = 50, places: int = 100, **changes: Any) -> Slot:
    """Add a slot with so many places for groups."""
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    slot = make_slot(
        venue_id=venue.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=places,
        places_left=places,
        set_aside=(Allotment(channel=Channel.GROUP, places=groups, left=groups, flows_at=None),),
        **changes,
    )
    await MongoSlots(mongo).add_missing([slot])
    return slot


def wish(slot: Slot, size: int = 30, **changes: Any) -> Apply:
    """Return a leader's wish."""
    fields: dict[str, Any] = {
        "citizen_id": new_id("cit"),
        "slot_id": slot.id,
        "party_size": size,
        "purpose": Purpose.EDUCATION,
        "contact": CONTACT,
        "request": None,
    }
    return Apply(**{**fields, **changes})
