"""Fair releases to test with: an office on a real store whose clock moves when told, and records made without one."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.common.clock import SystemClock, UlidSource, city_day
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.policies.directory import PolicyDirectory
from services.policies.model import VisitPolicy
from services.policies.mongo import MongoPolicies
from services.reservations.drafting import Drafting
from services.reservations.limits import DayLimits
from services.reservations.model import DocumentType, Slot, SlotState, Visitor
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import ReservationDesk
from services.reservations.releases.drawing import (
    beacon_content,
    digest_of,
    draw,
    key_of,
    pool_text,
    result_text,
)
from services.reservations.releases.freezing import Freezing
from services.reservations.releases.holding import Holding
from services.reservations.releases.marking import Marking
from services.reservations.releases.model import AskForPlaces, Beacon, DrawRequest, Entry, MakeRelease, Release
from services.reservations.releases.mongo.releases import MongoReleases
from services.reservations.releases.mongo.requests import MongoDrawRequests
from services.reservations.releases.opening import Opening
from services.reservations.releases.publishing import RECORD_FORMAT, Publishing
from services.reservations.releases.requesting import Requesting
from services.reservations.releases.settling import Settling
from services.reservations.releases.winning import Winning
from services.reservations.releases.working import ReleaseWork
from services.venues.directory import VenueDirectory
from services.venues.model import District, Venue
from tests.factories import make_district, make_venue, new_id

SEED = hashlib.sha256(b"a seed of tests").digest()
BEACON = Beacon(checkpoint="chengma.example/items\n5\nAAAA\n\n— example\n", public_value="05 11 17 22 30")
MANAGER = Actor(
    id="stf_1", role=Role.CITY_ADMIN, scopes=(Scope(level=ScopeLevel.CITY, id="310000"),), session_id="ses_1"
)


class Hand:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = SystemClock().now()

    def now(self) -> datetime:
        return self.at


class Backwards:
    """A cipher that hides nothing from the tests and everything from a search."""

    async def encrypt(self, text: str) -> bytes:
        return text.encode()[::-1]

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext[::-1].decode()


class Everybody:
    """Nobody's booking is paused."""

    async def ensure_welcome(self, citizen_id: str, policy: VisitPolicy) -> None:
        """Pass."""


@dataclass
class Notes:
    """Checkpoints of a log that is signed when the tests say so."""

    notes: list[str] = field(default_factory=list)

    async def last_number(self) -> int:
        return len(self.notes)

    async def find_growth(self, number: int) -> str | None:
        return self.notes[number] if number < len(self.notes) else None


class OneVenue:
    """A town with one venue."""

    def __init__(self, venue_id: str) -> None:
        self.venue_id = venue_id

    async def all_venues(self) -> Sequence[Venue]:
        return (make_venue(id=self.venue_id, city_id="310000", max_party_size=5),)

    async def all_districts(self) -> Sequence[District]:
        return (make_district(city_id="310000"),)

    async def put(self, districts: Sequence[District], venues: Sequence[Venue]) -> None:
        """The town stays what it is."""


def somebody(**changes: Any) -> Visitor:
    """Return an invented visitor whose passport nobody else has."""
    number = new_id("x")[-8:]
    values = {"name": "示例访客", "id_type": DocumentType.PASSPORT, "id_number": f"E{int(number, 36) % 10**8:08}"}
    return Visitor(**{**values, **changes})


@dataclass
class Office:
    """All of a process that deals with releases; two of them on one store are two processes."""

    mongo: Mongo
    desk: ReservationDesk
    venue_id: str
    clock: Hand
    notes: Notes
    watched: Callable[[Any], Any] = lambda port: port
    kind: type[MongoDrawRequests] = MongoDrawRequests
    defects: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The day that is released.
        self.day = city_day(self.clock.at) + timedelta(days=3)
        ids, digest, cipher = UlidSource(), KeyedDigest(b"pepper"), Backwards()
        venues = VenueDirectory(store=OneVenue(self.venue_id), clock=self.clock)
        policies = PolicyDirectory(store=MongoPolicies(self.mongo), clock=self.clock)
        watched, self.slots = self.watched, MongoSlots(self.mongo)
        self.releases, self.requests = watched(MongoReleases(self.mongo)), watched(self.kind(self.mongo))
        desk, notes = watched(self.desk), watched(self.notes)
        self.marking = Marking(desk=desk, slots=self.slots, store=self.releases)
        self.opening = Opening(
            store=self.releases, marking=self.marking, venues=venues, cipher=cipher, clock=self.clock
        )
        self.publishing = Publishing(store=self.releases, venues=venues)
        self.requesting = Requesting(
            releases=self.releases,
            requests=self.requests,
            marking=self.marking,
            drafting=Drafting(
                venues=venues, policies=policies, cipher=cipher, digest=digest, clock=self.clock, ids=ids
            ),
            pauses=Everybody(),
            cipher=cipher,
            clock=self.clock,
        )
        winning = Winning(
            desk=desk,
            reservations=watched(MongoReservations(self.mongo)),
            policies=policies,
            limits=DayLimits(digest),
            clock=self.clock,
            ids=ids,
        )
        self.work = ReleaseWork(
            releases=self.releases,
            marking=self.marking,
            freezing=Freezing(
                releases=self.releases,
                requests=self.requests,
                marking=self.marking,
                checkpoints=notes,
                clock=self.clock,
            ),
            holding=Holding(releases=self.releases, checkpoints=notes, cipher=cipher, clock=self.clock),
            settling=Settling(
                releases=self.releases,
                requests=self.requests,
                marking=self.marking,
                winning=winning,
                clock=self.clock,
            ),
            clock=self.clock,
            tell=self.defects.append,
        )

    async def open_slot(self, day: date, hour: int = 10, places: int = 4, **changes: Any) -> Slot:
        """Add an open slot of a day."""
        starts_at = datetime.fromisoformat(f"{day.isoformat()}T{hour:02}:00:00+08:00")
        slot = Slot(
            id=new_id("slt"),
            venue_id=self.venue_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            capacity=places,
            places_left=places,
            state=SlotState.OPEN,
        )
        assert await self.slots.add_missing([replace(slot, **changes)]) == 1
        return slot

    def wish(self, day: date, **changes: Any) -> MakeRelease:
        """Return a wish for a release that takes requests for an hour from now and is drawn an hour later."""
        now = self.clock.now()
        wish = MakeRelease(
            actor=MANAGER,
            venue_id=self.venue_id,
            visit_on=day,
            requests_open_at=now,
            requests_close_at=now + timedelta(hours=1),
            draw_at=now + timedelta(hours=2),
            source=None,
            request=None,
        )
        return replace(wish, **changes)

    async def ask(self, release: Release, *choices: Slot, party: int = 1, **changes: Any) -> DrawRequest:
        """Hand in a request of somebody new."""
        wish = AskForPlaces(
            citizen_id=new_id("cit"),
            release_id=release.id,
            choices=tuple(one.id for one in choices),
            visitors=tuple(somebody() for _ in range(party)),
            contact_phone="13800000000",
            request=None,
        )
        return await self.requesting.ask(replace(wish, **changes))

    def pass_to(self, instant: datetime) -> None:
        """Let time pass."""
        self.clock.at = max(self.clock.at, instant)

    async def freeze(self, release: Release) -> Release:
        """Let the time for requests end, and sign a checkpoint after it."""
        self.pass_to(release.requests_close_at)
        await self.work.look()
        self.notes.notes.append(f"checkpoint {len(self.notes.notes) + 1}")
        return await self.publishing.get(release.id)

    async def settle(self, release: Release) -> Release:
        """Let everything happen that happens until the end."""
        await self.freeze(release)
        self.pass_to(release.draw_at)
        await self.work.look()
        return await self.publishing.get(release.id)

    async def record(self, release: Release) -> dict[str, Any]:
        """Return the exported record."""
        text = "".join([piece async for piece in await self.publishing.record(release.id)])
        record: dict[str, Any] = json.loads(text)
        return record


def make_entries(count: int, slots: int) -> list[Entry]:
    """Return requests with three choices each, by numbers."""
    return [
        Entry(
            ticket=hashlib.sha256(f"request {number}".encode()).hexdigest()[:32],
            party_size=number % 5 + 1,
            choices=tuple(f"slt_{(number + step) % slots:03}" for step in range(3)),
        )
        for number in range(count)
    ]


def make_release_record(requests: int = 40, slots: int = 4, places: int = 12) -> dict[str, Any]:
    """Return a record that is right."""
    committed, release_id = hashlib.sha256(SEED).hexdigest(), "rel_1"
    pool = pool_text(
        release_id, committed, {f"slt_{number:03}": places for number in range(slots)}, make_entries(requests, slots)
    )
    lots = draw(json.loads(pool), key_of(SEED, digest_of(pool), BEACON))
    return {
        "format": RECORD_FORMAT,
        "algorithm": "chengma-release-1",
        "release_id": release_id,
        "venue_id": "ven_1",
        "visit_on": "2027-02-06",
        "public_source": {"name": "示例彩票第2026132期", "announced_on": "2027-02-01"},
        "seed_sha256": committed,
        "pool_sha256": digest_of(pool),
        "seed": SEED.hex(),
        "beacon": beacon_content(BEACON),
        "result_sha256": digest_of(result_text(lots)),
        "forfeited": [[next(one.ticket for one in lots if one.slot_id), "day_limit_reached"]],
        "pool": json.loads(pool),
        "result": json.loads(result_text(lots)),
    }
