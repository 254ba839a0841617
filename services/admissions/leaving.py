"""Leaving: people go out at an exit, and their places inside are free again."""

from dataclasses import dataclass
from datetime import datetime

from qr.entry_code import EntryPass
from services.admissions.code_reading import CodeReading
from services.admissions.errors import CountNeeded
from services.admissions.group import ScanGroups
from services.admissions.model import LeaveByGate, Movement, Reading, RefusedCode, Scan
from services.admissions.readers import reader_of, scan_digest
from services.admissions.rules import find_wrong_exit
from services.common.clock import Clock, IdSource
from services.common.protection import KeyedDigest
from services.venues.directory import VenueDirectory
from services.venues.model import Gate, Venue


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Counts who goes out. Nobody is held inside: a refusal says only that a code was not counted."""

    groups: ScanGroups
    venues: VenueDirectory
    codes: CodeReading
    digest: KeyedDigest
    clock: Clock
    ids: IdSource

    async def leave(self, command: LeaveByGate) -> Scan:
        """Return the answer; the same nonce with the same code and count gets the same answer again.

        Raises GateUnknown, CountNeeded, NonceReused, CountTooLarge, TooBusy.
        """
        if command.code is None and command.count is None:
            raise CountNeeded
        venue, gate = await self.venues.get_gate_for(command.actor, command.gate_id)
        now = self.clock.now()
        reader = reader_of(command.actor)
        reading = Reading(
            scan_id=f"{gate.id}:{command.nonce}",
            event_id=self.ids.new("evt"),
            code_digest=scan_digest(self.digest, reader, Movement.EXIT, command.code or "", command.count),
            gate_id=gate.id,
            venue_id=venue.id,
            nonce=command.nonce,
            count=command.count,
            code=self._read(command, venue, gate, now),
            scanned_at=now,
            reader=reader,
            movement=Movement.EXIT,
        )
        return await self.groups.answer(reading)

    def _read(self, command: LeaveByGate, venue: Venue, gate: Gate, now: datetime) -> EntryPass | RefusedCode | None:
        wrong = find_wrong_exit(gate)
        read = None if command.code is None else self.codes.genuine(command.code, venue, now)
        if wrong is None or isinstance(read, RefusedCode):
            return read
        return RefusedCode(reason=wrong, shown=read)
