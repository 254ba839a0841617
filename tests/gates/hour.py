"""The hour itself: who comes where, what goes wrong, and what the simulation knows of it, whatever the server says."""

import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qr.gate_verifier import GateDecision
from tests.field.line import NoAnswer
from tests.gates.device import OfflineGate
from tests.gates.town import EAST, NORTH, SOUTH, WEST, Builder, Party, Town

ENTRANCES = (NORTH, EAST, WEST)
OFFLINE = (EAST, WEST)
STOLEN_AT, REVOKED_AT, ENDS_AT = 20, 30, 60
UNHEARD = 0.15
Happening = Callable[[], Awaitable[None]]


@dataclass(kw_only=True)
class Known:
    """What did happen. `inside` counts people by reservation or lease, `nameless` those who stand on nothing.

    `expected` are the conflicts that there must be: the kind, and the reservation, the nonce, or device and number of
    an entry (or day); `seen` the gates that a conflict must name. `unrecorded` are people whose entry a thief
    destroyed.
    """

    inside: Counter[str] = field(default_factory=Counter)
    nameless: int = 0
    left: int = 0
    expected: set[tuple[str, str]] = field(default_factory=set)
    seen: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    unrecorded: Counter[str] = field(default_factory=Counter)
    undone: int = 0
    unheard: int = 0

    def expect(self, kind: str, about: str, *gates: str) -> None:
        """Note a conflict that there must be."""
        self.expected.add((kind, about))
        self.seen.setdefault((kind, about), set()).update(gates)


@dataclass(kw_only=True)
class Hour:
    """One hour at four gates."""

    town: Town
    builder: Builder
    luck: random.Random
    known: Known = field(default_factory=Known)
    at_hand: list[Party] = field(default_factory=list)
    _happenings: list[tuple[float, Happening]] = field(default_factory=list)

    def plan(self) -> None:
        """Draw what every party does."""
        for party in self.town.parties:
            fate = self.luck.random()
            self._on_paper(party) if party.tail else next(do for below, do in self._fates() if fate < below)(party)
        self._walk_ins()
        for minute in range(55):
            self._at(minute + 0.5, self._leave(self.luck.randint(1, max(3, len(self.town.parties) // 40))))

    async def live(self, others: list[tuple[float, Happening]]) -> None:
        """Live through it, with what `others` do."""
        happenings = sorted([*self._happenings, *others], key=lambda one: one[0])
        for minute, happening in happenings:
            self.town.calendar.turn_to(self.moment(minute))
            await happening()

    def moment(self, minute: float) -> datetime:
        return self.town.slot.starts_at + timedelta(minutes=minute)

    def _at(self, minute: float, happening: Happening) -> None:
        self._happenings.append((minute, happening))

    def _fates(self) -> tuple[tuple[float, Callable[[Party], None]], ...]:
        return (
            (0.05, self._cancelled_early),
            (0.08, self._cancelled_late),
            (0.10, self._revoked_late),
            (0.13, lambda party: self._shared(party, EAST, WEST)),
            (0.17, lambda party: self._shared(party, NORTH, self.luck.choice(OFFLINE))),
            (0.22, self._mistaken),
            (0.45, self._in_parts),
            (0.57, self._by_hand),
            (1.0, self._plainly),
        )

    # What parties do

    def _on_paper(self, party: Party) -> None:
        self._at(self.luck.uniform(0, 50), self._comes(party, self.luck.choice(ENTRANCES)))

    def _plainly(self, party: Party) -> None:
        self._at(self.luck.uniform(0, 55), self._comes(party, self.luck.choice(ENTRANCES)))

    def _by_hand(self, party: Party) -> None:
        async def happen() -> None:
            device = self.town.hand
            self._let_in(party, device.scan(self.town.code(party)).admitted_now, party.size)
            self.at_hand.append(party)

        self._at(self.luck.uniform(0, STOLEN_AT - 1), happen)

    def _in_parts(self, party: Party) -> None:
        if party.size == 1:
            self._plainly(party)
            return
        first = self.luck.randint(1, party.size - 1)
        minute = self.luck.uniform(0, 40)
        for count, when in ((first, minute), (party.size - first, minute + self.luck.uniform(0, 15))):
            self._at(when, self._comes(party, self.luck.choice(ENTRANCES), count))

    def _cancelled_early(self, party: Party) -> None:
        self._at(-20, self._cancels(party))

        async def happen() -> None:
            device = self.town.devices[self.luck.choice(OFFLINE)]
            assert device.scan(self.town.code(party)).reason == "cancelled"

        self._at(self.luck.uniform(0, 50), happen)

    def _cancelled_late(self, party: Party) -> None:
        self._at(-10, self._cancels(party))
        self._comes_in_vain(party, "cancelled")

    def _revoked_late(self, party: Party) -> None:
        async def happen() -> None:
            path = f"/venues/{self.town.venue.id}/reservations/{party.id}/revoke-code"
            await self.town.admin.insist("POST", path, {"reason": "shared"})

        self._at(-8, happen)
        self._comes_in_vain(party, "revoked")

    def _comes_in_vain(self, party: Party, kind: str) -> None:
        """The server lets them in no more; a gate without network, whose pack is older, does."""
        where = self.luck.choice(OFFLINE)

        async def happen() -> None:
            device = self.town.devices[where]
            self._let_in(party, device.scan(self.town.code(party)).admitted_now, party.size)
            self.known.expect(kind, party.id, device.storage.gate_id)
            assert await self._shown(NORTH, self.town.code(party)) == 0

        self._at(self.luck.uniform(0, 50), happen)

    def _shared(self, party: Party, *gates: str) -> None:
        """A screenshot is shown at two gates within seconds."""

        async def happen() -> None:
            code = self.town.code(party)
            for name in gates:
                admitted = await self._shown(name, code) if name == NORTH else self._scanned(name, code)
                self._let_in(party, admitted, party.size)
            self.known.expect("admitted_twice", party.id, *(self._gate(name) for name in gates))

        self._at(self.luck.uniform(0, 55), happen)

    def _mistaken(self, party: Party) -> None:
        """Too many were counted at first; it is taken back at once, and they are counted again."""
        name = self.luck.choice(ENTRANCES)

        async def happen() -> None:
            device = self.town.devices[name]
            if name == NORTH:
                nonce = new_nonce()
                assert await self._shown(name, self.town.code(party), nonce=nonce) == party.size
                await device.line.insist("POST", "/admissions/undo", {"gate_id": self._gate(name), "nonce": nonce})
            else:
                assert self._scanned(name, self.town.code(party)) == party.size
                device.undo(device.last.entry.nonce)
            self.known.undone += 1
            count = max(1, party.size - 1)
            code = self.town.code(party)
            admitted = await self._shown(name, code, count) if name == NORTH else self._scanned(name, code, count)
            self._let_in(party, admitted, count)

        self._at(self.luck.uniform(0, 55), happen)

    def _walk_ins(self) -> None:
        for name in OFFLINE:
            left = 50
            while left > 3:
                count = self.luck.randint(1, 3)
                left -= count
                self._at(self.luck.uniform(0, 55), self._walks_in(name, count))

    def _walks_in(self, name: str, count: int) -> Happening:
        async def happen() -> None:
            lease = self.town.leases[name]
            verdict = self.town.devices[name].walk_in(lease, count)
            assert verdict.admitted_now == count, verdict
            self.known.inside[lease] += count

        return happen

    def _leave(self, count: int) -> Happening:
        async def happen() -> None:
            device = self.town.devices[SOUTH]
            if sum(self.known.inside.values()) - self.known.left < count + 10:
                return
            if self.town.calendar.now >= self.moment(45):  # the exit has no network either by then
                assert device.count_out(count).decision is GateDecision.ADMITTED
            else:
                wish = {"gate_id": self._gate(SOUTH), "nonce": new_nonce(), "count": count}
                assert (await device.line.insist("POST", "/exits", wish))["left_now"] == count
            self.known.left += count

        return happen

    # How they do it

    def _comes(self, party: Party, name: str, count: int | None = None) -> Happening:
        async def happen() -> None:
            code, wanted = self.town.code(party), count or party.size
            if name != NORTH:
                self._let_in(party, self._scanned(name, code, count, party.tail), wanted)
            elif self.luck.random() < UNHEARD:
                self._let_in(party, await self._tried(party, code, count), wanted)
            else:
                self._let_in(party, await self._shown(name, code, count, party.tail), wanted)

        return happen

    async def _tried(self, party: Party, code: str, count: int | None) -> int:
        """Ask the server, hear nothing, and decide by the pack under the same nonce."""
        device, nonce = self.town.devices[NORTH], new_nonce()
        device.line.trouble = 1.0
        try:
            await device.line.post("/admissions", self._wish(NORTH, code, count, party.tail, nonce))
        except NoAnswer:
            self.known.unheard += 1
        device.line.trouble = 0.0
        return device.scan(code, count=count, tail=party.tail, nonce=nonce).admitted_now

    async def _shown(
        self, name: str, code: str, count: int | None = None, tail: str | None = None, nonce: str | None = None
    ) -> int:
        wish = self._wish(name, code, count, tail, nonce or new_nonce())
        return int((await self.town.devices[name].line.insist("POST", "/admissions", wish))["admitted_now"])

    def _wish(self, name: str, code: str, count: int | None, tail: str | None, nonce: str) -> dict[str, Any]:
        wish = {"gate_id": self._gate(name), "code": code, "nonce": nonce, "count": count, "document_tail": tail}
        return {key: value for key, value in wish.items() if value is not None}

    def _scanned(self, name: str, code: str, count: int | None = None, tail: str | None = None) -> int:
        return self.town.devices[name].scan(code, count=count, tail=tail).admitted_now

    def _gate(self, name: str) -> str:
        return self.town.devices[name].storage.gate_id

    def _cancels(self, party: Party) -> Happening:
        async def happen() -> None:
            line = await self.builder.citizen(party.visitor)
            await line.insist("POST", f"/reservations/{party.id}/cancel")

        return happen

    def _let_in(self, party: Party, admitted: int, wanted: int) -> None:
        assert admitted == wanted, (party, admitted, wanted)
        self.known.inside[party.id] += admitted


def new_nonce() -> str:
    return f"hour-{secrets.token_hex(8)}"


def packs_of(devices: list[OfflineGate]) -> Happening:
    """Return the fetching of all packs."""

    async def happen() -> None:
        for device in devices:
            await device.fetch_pack()

    return happen
