"""The town of the hour: a venue with four gates, a slot, parties that have booked, and a device at each gate."""

import asyncio
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from ulid import ULID

from qr.entry_code import EntryForm, EntryPass
from server.wiring import Stores
from services.common.clock import UlidSource
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from services.keys.book import KeyBook
from services.reservations.entry_keys import EntryKeys
from services.reservations.model import Allotment, Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from services.venues.model import Channel, Gate, GateUse, Venue
from services.venues.mongo import MongoVenues
from tests.api.codes import Forge, pass_of, ring
from tests.clocked import Calendar
from tests.factories import make_district, make_venue, new_id
from tests.field.line import Line
from tests.gates.device import OfflineGate

PASSWORD = "an hour at the gates"
NORTH, EAST, WEST, SOUTH = "north", "east", "west", "south"
LEASED = 60
AT_ONCE = 12
LASTS = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Party:
    """People who have booked together; on paper, `tail` is what the gate asks for."""

    visitor: str
    pass_: EntryPass
    tail: str | None = None

    @property
    def id(self) -> str:
        return self.pass_.reservation_id

    @property
    def size(self) -> int:
        return self.pass_.party_size


@dataclass(frozen=True, kw_only=True)
class Town:
    """All that the hour needs; `gates` are gate ids by name, `hand` is a second device at the east gate."""

    venue: Venue
    slot: Slot
    parties: Sequence[Party]
    devices: Mapping[str, OfflineGate]
    hand: OfflineGate
    leases: Mapping[str, str]
    admin: Line
    manager: Line
    forge: Forge
    calendar: Calendar

    def code(self, party: Party) -> str:
        """Return what the party shows now."""
        if party.pass_.form is EntryForm.PAPER:
            return self.forge.slip(party.pass_)
        return self.forge.code(party.pass_, self.calendar.now)


def venue_with_gates() -> Venue:
    """Return a venue with three entrances and an exit."""
    uses = ((NORTH, GateUse.ENTRANCE), (EAST, GateUse.ENTRANCE), (WEST, GateUse.ENTRANCE), (SOUTH, GateUse.EXIT))
    gates = tuple(Gate(id=new_id("gat"), name=name, name_en=name, use=use) for name, use in uses)
    return make_venue(gates=gates, max_party_size=5)


class Builder:
    """Builds the town on a running server that knows the venue."""

    def __init__(
        self, client: httpx.AsyncClient, stores: Stores, luck: random.Random, calendar: Calendar, venue: Venue
    ) -> None:
        self._client, self._stores, self._luck = client, stores, luck
        self._calendar, self._venue = calendar, venue
        self._numbers = itertools.count(1)

    def line(self, trouble: float = 0.0) -> Line:
        return Line(client=self._client, luck=random.Random(self._luck.random()), trouble=trouble)

    async def log_in(self, username: str, password: str = PASSWORD) -> Line:
        line = self.line()
        told = await line.insist("POST", "/auth/staff", {"username": username, "password": password})
        line.token = told["access_token"]
        return line

    async def citizen(self, name: str) -> Line:
        line = self.line()
        told = await line.insist("POST", "/auth/wechat", {"code": f"sandbox-{name}#{next(self._numbers)}"})
        line.token = told["access_token"]
        return line

    async def manager(self) -> Line:
        """Return somebody who answers for the venue, newly logged in."""
        return await self.log_in("gate-manager")

    async def keep_slot(self, starts_at: datetime, walk_in: int) -> Slot:
        aside = Allotment(channel=Channel.WALK_IN, places=walk_in, left=walk_in, flows_at=None)
        slot = Slot(
            id=f"slt_{ULID()}",
            venue_id=self._venue.id,
            starts_at=starts_at,
            ends_at=starts_at + LASTS,
            capacity=20_000,
            places_left=20_000,
            state=SlotState.OPEN,
            set_aside=(aside,),
        )
        assert await MongoSlots(self._stores.mongo).add_missing([slot]) == 1
        return slot

    async def book(self, slot: Slot, visitors: int) -> list[Party]:
        """Return parties of so many people in all, about one in fifteen of them on paper."""
        manager, gate = await self._manager(), asyncio.Semaphore(AT_ONCE)
        sizes: list[int] = []
        while sum(sizes) < visitors:
            sizes.append(min(self._luck.choice((1, 2, 2, 3, 4, 5)), visitors - sum(sizes)))
        on_paper = [self._luck.random() < 1 / 15 for _ in sizes]

        async def one(number: int) -> Party:
            async with gate:
                paper = on_paper[number]
                line = manager if paper else await self.citizen(f"gate-{number}")
                return await self._booked(line, slot, f"gate-{number}", sizes[number], paper=paper)

        return list(await asyncio.gather(*(one(number) for number in range(len(sizes)))))

    async def _booked(self, line: Line, slot: Slot, name: str, size: int, *, paper: bool) -> Party:
        people = [
            {"name": "示例访客", "id_type": "passport", "id_number": f"E{next(self._numbers):08}"} for _ in range(size)
        ]
        path = f"/venues/{self._venue.id}/assisted-bookings" if paper else "/reservations"
        told = await line.insist("POST", path, {"slot_id": slot.id, "visitors": people})
        form = EntryForm.PAPER if paper else EntryForm.SCREEN
        pass_ = pass_of(told["id"], self._venue.id, (slot.starts_at, slot.ends_at), party_size=size, form=form)
        return Party(visitor=name, pass_=pass_, tail=people[-1]["id_number"][-4:] if paper else None)

    async def _manager(self) -> Line:
        accounts = StaffAccounts(staff=MongoStaff(self._stores.mongo), hasher=Argon2Hasher(), ids=UlidSource())
        scope = Scope(level=ScopeLevel.VENUE, id=self._venue.id)
        await accounts.add("gate-manager", PASSWORD, Role.VENUE_MANAGER, (scope,))
        return await self.manager()

    async def open_gates(self, slot: Slot, parties: Sequence[Party]) -> Town:
        """Return the town on the morning: devices enrolled, places for walk-ins leased. Packs come later."""
        admin, manager = await self.log_in("admin", "chengma-demo"), await self.manager()
        ids = {gate.name: gate.id for gate in self._venue.gates}
        names = (NORTH, EAST, WEST, SOUTH)
        devices = {name: await self._device(manager, ids[name]) for name in names}
        leases = {}
        for name in (EAST, WEST):
            wish = {"slot_id": slot.id, "places": LEASED}
            told = await devices[name].line.insist("POST", f"/gates/{ids[name]}/walk-in-leases", wish)
            leases[name] = told["id"]
        keys = await self._stores.keys.load()
        forge = Forge(EntryKeys(KeyBook(keys)), ring(9, b"of a key that nobody has revoked"))
        return Town(
            venue=self._venue,
            slot=slot,
            parties=parties,
            devices=devices,
            hand=await self._device(manager, ids[EAST]),
            leases=leases,
            admin=admin,
            manager=manager,
            forge=forge,
            calendar=self._calendar,
        )

    async def _device(self, manager: Line, gate_id: str) -> OfflineGate:
        return await OfflineGate.enrolled(self.line(), manager, self._venue.id, gate_id, lambda: self._calendar.now)


async def keep_venue(stores: Stores, venue: Venue) -> None:
    """Make a venue known before a server starts."""
    await MongoVenues(stores.mongo).put([make_district()], [venue])


def told_of(answer: Any) -> tuple[str, int]:
    """Return the decision of an answer over the wire, and how many it let in."""
    return str(answer["decision"]), int(answer["admitted_now"])
