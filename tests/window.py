"""A staffed window, in the real database."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.policies.directory import PolicyDirectory
from services.policies.model import PolicyChange, default_policy
from services.policies.mongo import MongoPolicies
from services.reservations.cancelling import Cancelling
from services.reservations.drafting import Drafting
from services.reservations.limits import DayLimits
from services.reservations.model import Allotment, DocumentType, Slot, Visitor
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import ReservationDesk
from services.reservations.reading import Reading
from services.reservations.window.booking import WindowBooking
from services.reservations.window.holders import SlipHolders
from services.reservations.window.model import BookAtWindow
from services.reservations.window.mongo import MongoWindow
from services.reservations.window.reading import WindowReading
from services.venues.directory import VenueDirectory
from services.venues.model import Channel, Venue
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import desk_on
from tests.factories import make_slot, new_id
from tests.groups import DIGEST, Backwards
from tests.ratings import Watch


@dataclass(frozen=True, kw_only=True)
class Window:
    """One process with all that a window needs."""

    mongo: Mongo
    desk: ReservationDesk
    booking: WindowBooking
    reading: WindowReading
    holders: SlipHolders


def window_on(mongo: Mongo) -> Window:
    """Return a process that has just started."""
    clock, ids, cipher = Watch(), UlidSource(), Backwards()
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    policies = PolicyDirectory(store=MongoPolicies(mongo), clock=clock)
    desk, reservations, store = desk_on(MongoLedger(mongo), clock), MongoReservations(mongo), MongoWindow(mongo)
    reading = Reading(slots=MongoSlots(mongo), reservations=reservations, venues=venues, cipher=cipher)
    return Window(
        mongo=mongo,
        desk=desk,
        booking=WindowBooking(
            store=store,
            desk=desk,
            reservations=reservations,
            drafting=Drafting(venues=venues, policies=policies, cipher=cipher, digest=DIGEST, clock=clock, ids=ids),
            limits=DayLimits(DIGEST),
            venues=venues,
            clock=clock,
            ids=ids,
        ),
        reading=WindowReading(
            store=store,
            reservations=reservations,
            masking=reading,
            cancelling=Cancelling(desk=desk, reservations=reservations, clock=clock, ids=ids),
            venues=venues,
        ),
        holders=SlipHolders(reservations=reservations, cipher=cipher),
    )


async def slot_with(mongo: Mongo, venue: Venue, *, assisted: int, places: int, **changes: Any) -> Slot:
    """Add a slot in three days with so many places, of which some are set aside for the window."""
    starts_at = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=3)
    aside = (Allotment(channel=Channel.ASSISTED, places=assisted, left=assisted, flows_at=None),)
    fields = {
        "venue_id": venue.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "capacity": places,
        "places_left": places,
        "set_aside": aside if assisted else (),
    }
    slot = make_slot(**{**fields, **changes})
    await MongoSlots(mongo).add_missing([slot])
    return slot


async def demand(mongo: Mongo, venue: Venue, **demands: Any) -> None:
    """Give a venue a policy."""
    policy = replace(default_policy(venue.id), version=1, **demands)
    change = PolicyChange(policy=policy, joined=None, changed_by="stf_1", changed_at=datetime.now(UTC))
    assert await MongoPolicies(mongo).claim_policy(change)


def wish(slot: Slot, *people: Visitor, **changes: Any) -> BookAtWindow:
    fields: dict[str, Any] = {
        "venue_id": slot.venue_id,
        "slot_id": slot.id,
        "visitors": people or (somebody(),),
        "contact_phone": None,
        "request": None,
    }
    return BookAtWindow(**{**fields, **changes})


def somebody(**changes: Any) -> Visitor:
    """Return an invented visitor whose passport nobody else has."""
    number = f"E{int(datetime.now(UTC).timestamp() * 1e6) % 10**6:06}{new_id('x')[-4:]}"
    fields: dict[str, Any] = {"name": "示例访客", "id_type": DocumentType.PASSPORT, "id_number": number}
    return Visitor(**{**fields, **changes})
