"""The people, slots and facts of a measurement, made and checked in the database directly, not over HTTP."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ulid import ULID

from scripts.benchmarks.stores import RunningStores
from server.wiring import Stores, open_stores
from services.common.clock import SystemClock, UlidSource
from services.identity.model import Actor, Role, Scope, Session
from services.identity.mongo import MongoSessions
from services.identity.tokens import AccessTokens
from services.keys.model import Keys
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from services.venues.model import Venue
from services.venues.mongo import MongoVenues

SLOT_LENGTH = timedelta(hours=2)
ADDED_AT_ONCE = 50


@dataclass(frozen=True, kw_only=True)
class SlotSet:
    """Slots of one venue with equal places, made for one run; `since` is less than the id of any booking in them."""

    venue: Venue
    ids: Sequence[str]
    places: int
    starts_at: datetime
    since: str


@dataclass(kw_only=True)
class City:
    """A database seen from inside, with everybody who takes part in a measurement."""

    stores: Stores
    keys: Keys
    venues: Sequence[Venue]
    access_ttl_s: int
    citizens: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _turns: Iterator[Venue] = field(init=False)

    def __post_init__(self) -> None:
        self._turns = itertools.cycle(self.venues)

    async def ensure_citizens(self, count: int) -> None:
        """Let there be at least so many citizens with a session; `citizens` holds their access tokens."""
        missing = count - len(self.citizens)
        for first in range(0, missing, ADDED_AT_ONCE):
            some = range(first, min(first + ADDED_AT_ONCE, missing))
            self.citizens += await asyncio.gather(*(self.log_in("ctz", Role.CITIZEN, ()) for _ in some))

    async def log_in(self, prefix: str, role: Role, scopes: tuple[Scope, ...]) -> str:
        """Return the access token of somebody new, as a log-in gives it."""
        ids, now = UlidSource(), SystemClock().now()
        session = Session(
            id=ids.new("ses"),
            actor_id=ids.new(prefix),
            role=role,
            generation=1,
            started_at=now,
            expires_at=now + timedelta(days=1),
            ended_at=None,
        )
        await MongoSessions(self.stores.mongo).add(session)
        actor = Actor(id=session.actor_id, role=role, scopes=scopes, session_id=session.id)
        return AccessTokens(self.keys, ttl_s=self.access_ttl_s).issue(actor, now)

    async def add_slots(self, count: int, places: int, starts_at: datetime | None = None) -> SlotSet:
        """Add slots of the next venue in turn, by default for tomorrow."""
        venue, now = next(self._turns), SystemClock().now()
        begin = (starts_at or now + timedelta(days=1)).replace(second=0, microsecond=0)
        slots = [
            Slot(
                id=UlidSource().new("slt"),
                venue_id=venue.id,
                starts_at=begin,
                ends_at=begin + SLOT_LENGTH,
                capacity=places,
                places_left=places,
                state=SlotState.OPEN,
            )
            for _ in range(count)
        ]
        await MongoSlots(self.stores.mongo).add_missing(slots)
        # A ULID begins with its time, so ids from now on are greater than this.
        return SlotSet(
            venue=venue,
            ids=[slot.id for slot in slots],
            places=places,
            starts_at=begin,
            since=f"rsv_{str(ULID())[:10]}",
        )


@asynccontextmanager
async def open_city(stores: RunningStores, database: str) -> AsyncIterator[City]:
    """Open `database`, which is prepared."""
    config = stores.config_of(database)
    async with open_stores(config) as opened:
        yield City(
            stores=opened,
            keys=await opened.keys.load(),
            venues=await MongoVenues(opened.mongo).all_venues(),
            access_ttl_s=config.sessions.access_ttl_s,
        )
