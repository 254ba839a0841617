"""Leases as they are now: one at a time, of a gate and day, and those that a device lets people in on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.common.clock import Clock
from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.leases.errors import LeaseUnknown
from services.reservations.leases.model import GateDay, Lease, LeaseNote, LeaseState
from services.reservations.leases.ports import LeaseStore
from services.reservations.leases.rules import state_of
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class LeaseReading:
    """Answers to gates and to staff of the venue."""

    store: LeaseStore
    venues: VenueDirectory
    clock: Clock

    async def get(self, actor: Actor, lease_id: str) -> Lease:
        """Return a lease; raises LeaseUnknown, also outside the actor's scope."""
        found = await self.find(lease_id)
        if found is None or not may_see(actor, (await self.venues.get(found.venue_id)).owner):
            raise LeaseUnknown
        return found

    async def list(self, actor: Actor, day: GateDay) -> Page[Lease]:
        """Return a page of a gate's leases in the order of their making; raises GateUnknown, CursorInvalid."""
        name = f"leases of {day.gate_id} on {day.on.isoformat()}"
        after = "" if day.after is None else str(read_cursor(day.after, name, (str,))[0])
        await self.venues.get_gate_for(actor, day.gate_id)
        notes = [one for one in await self.store.of_gate(day.gate_id, day.on) if one.id > after]
        found = await self._first(notes, day.limit + 1)
        page = found[: day.limit]
        return Page(items=page, next=make_cursor(name, page[-1].id) if len(found) > len(page) else None)

    async def find(self, lease_id: str) -> Lease | None:
        """Return a lease of whatever venue, gate and holder: who asks compares these."""
        return await self.store.find(lease_id)

    async def open_of(self, gate_id: str, holder_id: str, on: date) -> Sequence[Lease]:
        """Return on what a device, or a person, can let people in at a gate, for slots on a day in the city."""
        notes = [one for one in await self.store.of_gate(gate_id, on) if one.holder_id == holder_id]
        now = self.clock.now()
        return [one for one in await self.store.several(notes) if one.left and state_of(one, now) is LeaseState.OPEN]

    async def _first(self, notes: Sequence[LeaseNote], wanted: int) -> Sequence[Lease]:
        """Return the first of those that came to something."""
        found: list[Lease] = []
        for start in range(0, len(notes), wanted):
            if len(found) >= wanted:
                break
            found += await self.store.several(notes[start : start + wanted])
        return found[:wanted]
