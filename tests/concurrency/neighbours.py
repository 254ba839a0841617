"""Desks as server processes have them, joined by a real Redis; and peers that lie, forget and dawdle."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ulid import ULID

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from server.redis import connect_redis
from server.redis_peers import Answering, RedisPeers
from services.common.clock import SystemClock, UlidSource
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations.changes import Change, NewBooking
from services.reservations.forwarding import ForwardingDesk
from services.reservations.ledger import Settlement
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import Answer
from tests.concurrency.desks import MortalDesk
from tests.factories import make_booking, make_slot
from tests.processes import Stores, fresh_database_name


class Everybodys(RedisPeers):
    """Takes every slot for its own."""

    def owner_of(self, slot_id: str) -> str | None:  # noqa: ARG002
        return None


class Nobodys(RedisPeers):
    """Takes no slot for its own."""

    def owner_of(self, slot_id: str) -> str | None:  # noqa: ARG002
        return next((member for member in self._members if member != self._name), None)


class Flighty(RedisPeers):
    """Has another opinion on who owns a slot every time it is asked."""

    chance = random.Random(20261122)

    def owner_of(self, slot_id: str) -> str | None:  # noqa: ARG002
        return self.chance.choice([None if member == self._name else member for member in self._members])


class Dawdling(RedisPeers):
    """Makes what it is asked for when it is told to, and answers when it is told to; by default at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_make, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_make.set()
        self.may_answer.set()
        self.heard: list[Change] = []
        self.made: list[Change] = []

    def serve(self, answer: Answering) -> None:
        async def dawdle(changes: Sequence[Change]) -> Sequence[Answer | Exception]:
            self.heard.extend(changes)
            await self.may_make.wait()
            outcomes = await answer(changes)
            self.made.extend(changes)
            await self.may_answer.wait()
            return outcomes

        super().serve(dawdle)


class Forgetful(Dawdling):
    """Makes what it is asked for and never answers, while `forgets`."""

    forgets = True

    async def _publish(self, channel: str, message: Mapping[str, Any]) -> bool:
        return True if self.forgets and "answered" in message else await super()._publish(channel, message)


class Fragile(MongoLedger):
    """Cannot write bookings while `broken`, and waits with every write until it `may_write`."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.broken = False
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.waiting: list[Settlement] = []

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        if self.broken and any(settlement.facts.bookings for settlement in settlements):
            raise DatabaseUnavailable(retry_after_s=1)
        self.waiting.extend(settlements)
        await self.may_write.wait()
        await super().write(settlements, now)


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbour:
    """A server process, as far as it books and cancels."""

    name: str
    peers: RedisPeers
    store: Fragile
    desk: ForwardingDesk


@dataclass(kw_only=True)
class Street:
    """Where neighbours live: one database and one Redis."""

    stores: Stores
    mongo: Mongo
    config: MongoConfig
    stack: AsyncExitStack
    deployment: str = field(default_factory=lambda: f"test-{ULID()}")

    async def settle(self, kind: type[RedisPeers] = RedisPeers) -> Neighbour:
        """Start a process whose peers are of that kind."""
        mongo, redis, name = connect_mongo(self.config), connect_redis(self.stores.redis_url), str(ULID())
        peers = kind(redis, deployment=self.deployment, name=name)
        self.stack.push_async_callback(mongo.close)
        self.stack.push_async_callback(redis.aclose, close_connection_pool=True)
        self.stack.push_async_callback(peers.close)
        store = Fragile(mongo)
        here = MortalDesk(store=store, peers=peers, clock=SystemClock(), ids=UlidSource())
        self.stack.callback(here.end)
        peers.start()
        return Neighbour(name=name, peers=peers, store=store, desk=ForwardingDesk(here=here, peers=peers))

    async def settle_two(
        self, asker: type[RedisPeers] = RedisPeers, owner: type[RedisPeers] = RedisPeers
    ) -> tuple[Neighbour, Neighbour]:
        """Start two who know each other."""
        two = await self.settle(asker), await self.settle(owner)
        names = tuple(sorted(one.name for one in two))
        await until(lambda: all(one.peers._members == names for one in two))
        return two

    async def open(self, owner: Neighbour | None = None, *, places: int = 10) -> Slot:
        """Add a slot, if wanted one that is `owner`'s; everybody has looked at it, as before a booking."""
        while True:
            slot = make_slot(capacity=places, places_left=places)
            if owner is None or owner.peers.owner_of(slot.id) is None:
                await MongoSlots(self.mongo).add_missing([slot])
                return slot

    async def slot(self, slot_id: str) -> Slot:
        """Return the slot as it is now."""
        ((found, _),) = (await MongoLedger(self.mongo).read({slot_id: 0})).values()
        return found

    async def left(self, slot: Slot) -> int:
        """Return how many places are left."""
        return (await self.slot(slot.id)).places_left

    @property
    def reservations(self) -> MongoReservations:
        return MongoReservations(self.mongo)


@asynccontextmanager
async def street_on(stores: Stores) -> AsyncIterator[Street]:
    """Have a street with a database of its own."""
    config = MongoConfig(uri=stores.mongodb_uri, database=fresh_database_name(), pool_size=6)
    mongo = connect_mongo(config)
    await mongo.create_indexes(COLLECTIONS)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(mongo.close)
        yield Street(stores=stores, mongo=mongo, config=config, stack=stack)


async def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; how long that takes is no matter."""
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def look(slot_id: str, *neighbours: Neighbour) -> None:
    """Look at the slot, as everybody does who is about to book: each then knows it as it is now."""
    for neighbour in neighbours:
        assert await neighbour.desk.find_slot(slot_id) is not None


async def kept(street: Street, booking: NewBooking) -> Reservation | None:
    reservation = booking.reservation
    return await street.reservations.find(reservation.id, reservation.citizen_id)


async def status(street: Street, booking: NewBooking) -> ReservationStatus:
    found = await kept(street, booking)
    assert found is not None
    return found.status


def dawdles(neighbour: Neighbour) -> Dawdling:
    assert isinstance(neighbour.peers, Dawdling)
    return neighbour.peers


async def until_cancelled(street: Street, booking: NewBooking) -> None:
    async with asyncio.timeout(60):
        while (found := await kept(street, booking)) is None or found.status is ReservationStatus.BOOKED:
            pass


async def settled(neighbour: Neighbour, street: Street) -> None:
    """Wait until everything that waits at this process is done: what comes last is done last."""
    slot = await street.open()
    await neighbour.desk._here.make(make_booking(slot))
