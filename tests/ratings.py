"""Visits that can be rated, in the real database, and the staff who answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.ratings.answering import Answering
from services.ratings.escalating import Escalating
from services.ratings.model import Level, RateVisit, Rating, RatingSearch, Tag, TicketFilter, TicketSearch, Workday
from services.ratings.mongo import MongoRatings
from services.ratings.ports import RatingStore
from services.ratings.rating import RatingVisits
from services.ratings.reading import RatingReading
from services.ratings.rules import is_weekday
from services.reservations.errors import ReservationUnknown
from services.reservations.model import Reservation
from services.venues.directory import VenueDirectory
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.factories import make_district, make_reservation, make_slot, make_venue, new_id

DISTRICT, OTHER_DISTRICT = "310101", "310115"
DIGEST = KeyedDigest(b"pepper")
WORDS = "指引清楚，工作人员热情。"


def staff(level: ScopeLevel, its_id: str, role: Role = Role.DISTRICT_ADMIN) -> Actor:
    return Actor(id=new_id("stf"), role=role, scopes=(Scope(level=level, id=its_id),), session_id="ses_1")


CITY_ADMIN = staff(ScopeLevel.CITY, "310000", Role.CITY_ADMIN)
DISTRICT_ADMIN = staff(ScopeLevel.DISTRICT, DISTRICT)
OTHER_ADMIN = staff(ScopeLevel.DISTRICT, OTHER_DISTRICT)


class Watch:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        present = datetime.now(UTC) + self.ahead
        return present.replace(microsecond=present.microsecond // 1000 * 1000)


@dataclass
class Visits:
    """Reservations, and how many of each have entered."""

    made: dict[str, Reservation] = field(default_factory=dict)
    inside: dict[str, int] = field(default_factory=dict)

    async def get_own(self, reservation_id: str, citizen_id: str) -> Reservation:
        found = self.made.get(reservation_id)
        if found is None or found.citizen_id != citizen_id:
            raise ReservationUnknown
        return found

    async def admitted_count(self, reservation: Reservation) -> int:
        return self.inside.get(reservation.id, 0)


class Weekdays:
    """Knows of no holidays."""

    async def known(self) -> Workday:
        return is_weekday


@dataclass(frozen=True, kw_only=True)
class Counter:
    """All that is about ratings, on one database; `ends_ago` of a visit is how long ago its slot ended."""

    store: RatingStore
    venues: VenueDirectory
    visits: Visits
    watch: Watch
    digest: KeyedDigest = DIGEST

    @property
    def rating(self) -> RatingVisits:
        return RatingVisits(
            store=self.store,
            reservations=self.visits,
            entries=self.visits,
            venues=self.venues,
            workdays=Weekdays(),
            digest=self.digest,
            clock=self.watch,
        )

    @property
    def reading(self) -> RatingReading:
        return RatingReading(store=self.store, venues=self.venues, clock=self.watch)

    @property
    def answering(self) -> Answering:
        return Answering(reading=self.reading, store=self.store, clock=self.watch)

    def escalating(self) -> Escalating:
        return Escalating(store=self.store, clock=self.watch, tell=_raise)

    def visit(self, venue: Venue, *, inside: int = 1, ends_ago: timedelta = timedelta(hours=1)) -> Reservation:
        ends_at = self.watch.now() - ends_ago
        slot = make_slot(venue_id=venue.id, starts_at=ends_at - timedelta(hours=2), ends_at=ends_at)
        reservation = make_reservation(slot)
        self.visits.made[reservation.id] = reservation
        self.visits.inside[reservation.id] = inside
        return reservation

    async def rated(self, venue: Venue, level: Level = Level.SATISFIED, **more: Any) -> Rating:
        """Return a rating of a new visit."""
        return await self.rating.rate(rate(self.visit(venue), level=level, **more))

    async def listed(self, actor: Actor, venue: Venue, **asked: Any) -> list[Rating]:
        """Return a venue's ratings, page by page."""
        search = RatingSearch(
            **{**dict.fromkeys(("level", "answered", "from_on", "to_on", "after")), "limit": 200, **asked},
            venue_id=venue.id,
        )
        found: list[Rating] = []
        while True:
            page = await self.reading.list(actor, search)
            found += page.items
            if page.next is None:
                return found
            search = replace(search, after=page.next)

    async def tickets(self, actor: Actor, state: TicketFilter | None = None, limit: int = 200) -> list[Rating]:
        """Return the tickets of an actor's scopes, page by page."""
        search = TicketSearch(state=state, limit=limit, after=None)
        found: list[Rating] = []
        while True:
            page = await self.reading.tickets(actor, search)
            found += page.items
            if page.next is None:
                return found
            search = replace(search, after=page.next)


def counter_on(mongo: Mongo, store: RatingStore | None = None) -> Counter:
    watch = Watch()
    venues = VenueDirectory(store=MongoVenues(mongo), clock=watch, max_age_s=0)
    return Counter(store=store or MongoRatings(mongo), venues=venues, visits=Visits(), watch=watch)


async def open_venue(mongo: Mongo, district_id: str = DISTRICT) -> Venue:
    venue = make_venue(district_id=district_id)
    await MongoVenues(mongo).put([make_district(id=district_id)], [venue])
    return venue


def rate(
    reservation: Reservation,
    *,
    level: Level = Level.SATISFIED,
    tags: tuple[Tag, ...] = (),
    words: str | None = WORDS,
    request: IdempotentRequest | None = None,
    **changes: Any,
) -> RateVisit:
    command = RateVisit(
        citizen_id=reservation.citizen_id,
        reservation_id=reservation.id,
        level=level,
        tags=tags,
        words=words,
        request=request,
    )
    return replace(command, **changes)


def texts_of(document: Mapping[str, Any]) -> str:
    """Return all that a document says, as one text."""
    return repr(sorted(document.items()))


def _raise(error: Exception) -> None:
    raise error
