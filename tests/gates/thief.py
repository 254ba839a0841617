"""A thief with a gate device in his hands: with its key, its pack, its log, and its time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from qr import gate_keys
from qr.entry_code import read_entry_code, screen_code
from qr.gate_log import LogKind
from tests.api.codes import pass_of
from tests.factories import new_id
from tests.field.line import Refused
from tests.gates.device import OfflineGate, Written
from tests.gates.hour import Hour, new_nonce

FORGED, REDRAWN = 3, 3
TAMPERED = 6


@dataclass(kw_only=True)
class Thief:
    """What he does, and what must come of it; `loot` is the log as he leaves it behind."""

    hour: Hour
    luck: random.Random
    sent: int = 0
    stolen: int = 0
    loot: list[Written] | None = None
    destroyed: set[int] = field(default_factory=set)
    locked_out: bool = False

    @property
    def _device(self) -> OfflineGate:
        return self.hour.town.hand

    async def honest_upload(self) -> None:
        """While the device is still honest: what it has written until now reaches the server."""
        await self._device.upload()
        self.sent = len(self._device.storage.log)

    async def forge(self) -> None:
        """Let people in on codes that he signed himself."""
        town, self.stolen = self.hour.town, len(self._device.storage.log)
        window = (town.slot.starts_at, town.slot.ends_at)
        for _ in range(FORGED):
            invented = pass_of(new_id("rsv"), town.venue.id, window)
            code = town.forge.code_by_strangers_key(invented, town.calendar.now)
            assert self._device.scan(code).reason == "bad_signature"
            written = self._lie(code, 2)
            self.hour.known.nameless += 2
            self.hour.known.expect("not_genuine", written.entry.nonce, written.entry.gate_id)

    def _untold(self) -> list[Written]:
        """Return what the device wrote while it was honest, and had not uploaded."""
        return [one for one in self._device.storage.log[self.sent : self.stolen] if one.entry.admitted_now]

    async def redraw(self) -> None:
        """Let people in on codes of others that he saw: the pack has the key to draw them anew."""
        town = self.hour.town
        for written in self._untold()[TAMPERED:][:REDRAWN]:
            assert written.code is not None
            pack = self._device.pack
            assert pack is not None
            read = read_entry_code(written.code, pack.keys)
            key = gate_keys.rotation_key(pack.venue_day_key, read.entry_pass.reservation_id)
            self._twice(read.entry_pass.reservation_id, self._lie(screen_code(read.signed, key, town.calendar.now), 1))

    async def flee(self) -> None:
        """Change the log: one entry altered, one cut out, one told in another way, one written a second time."""
        try:
            await self._device.upload()
        except Refused as refusal:
            self.locked_out = refusal.status == 401
        log = list(self._device.storage.log)
        cut, altered, moved = self._untold()[1:TAMPERED:2]
        for one in (cut, altered):
            self.hour.known.unrecorded[self._about(one)] += one.entry.admitted_now
        later = self._signed(moved, at=moved.entry.at - timedelta(minutes=9))
        self.hour.known.expect("stale_code", self._about(moved), moved.entry.gate_id)
        self.hour.known.expect("log_broken", f"{moved.entry.device_id}:{moved.entry.seq + 1}", moved.entry.gate_id)
        forgery = replace(altered, entry=replace(altered.entry, admitted_now=altered.entry.admitted_now + 1))
        again = self._again(log[1])
        changes = {cut.hash: None, altered.hash: forgery, moved.hash: later}
        self.loot = [one for one in (changes.get(one.hash, one) for one in log[self.sent :]) if one is not None]
        self.loot.append(again)
        self.destroyed = {cut.entry.seq, altered.entry.seq}

    def _again(self, first: Written) -> Written:
        """Write another entry under a number that was uploaded: the same people once more."""
        again = self._signed(first, nonce=new_nonce())
        self.hour.known.expect("log_forked", f"{again.entry.device_id}:{again.entry.seq}", again.entry.gate_id)
        self._twice(self._about(first), again)
        return again

    def _twice(self, reservation_id: str, written: Written) -> None:
        self.hour.known.inside[reservation_id] += written.entry.admitted_now
        self.hour.known.expect("admitted_twice", reservation_id, written.entry.gate_id)

    def _lie(self, code: str, count: int) -> Written:
        return self._device.pretend(kind=LogKind.ENTRY, code=code, count=count, admitted_now=count)

    def _signed(self, written: Written, **changes: object) -> Written:
        return self._device.write(replace(written.entry, **changes), written.code)  # type: ignore[arg-type]

    def _about(self, written: Written) -> str:
        pack = self._device.pack
        assert pack is not None
        assert written.code is not None
        return read_entry_code(written.code, pack.keys).entry_pass.reservation_id


def revoked_items(loot: Sequence[Written], device_id: str, revoked_at: datetime, day: date) -> set[tuple[str, str]]:
    """Return what must be looked at of a stolen device whose entries are uploaded on a day after its revocation.

    That is each entry of after the revocation, and once a day that there are others.
    """
    late = {one.entry.seq for one in loot if one.entry.at >= revoked_at}
    others = {day.isoformat()} if len(late) < len(loot) else set()
    return {("device_revoked", f"{device_id}:{about}") for about in (*late, *others)}
