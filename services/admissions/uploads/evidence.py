"""What an entry of a log proves: the code as of the moment it was shown, or the lease; and what was wrong with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from qr.entry_code import DRIFT_STEPS, ROTATION_SECONDS, EntryPass, ReadCode, ensure_fresh, read_entry_code, step_at
from qr.entry_pass import EPOCH
from qr.errors import CodeRefused
from qr.gate_log import LogKind
from qr.identifiers import venue_tag
from services.admissions.model import ConflictKind, RefusalReason, RefusedCode
from services.admissions.rules import find_refusal, find_wrong_exit
from services.admissions.uploads.model import Moment
from services.common.clock import city_day
from services.reservations.entry_keys import EntryKeys
from services.reservations.leases.model import Lease
from services.reservations.leases.rules import pass_of
from services.venues.model import Gate, Venue

STEP = timedelta(seconds=ROTATION_SECONDS)
KINDS: Mapping[RefusalReason, ConflictKind] = {
    RefusalReason.MALFORMED: ConflictKind.NOT_GENUINE,
    RefusalReason.UNKNOWN_KEY: ConflictKind.NOT_GENUINE,
    RefusalReason.BAD_SIGNATURE: ConflictKind.NOT_GENUINE,
    RefusalReason.REVOKED: ConflictKind.REVOKED,
    RefusalReason.WRONG_VENUE: ConflictKind.WRONG_PLACE,
    RefusalReason.WRONG_GATE: ConflictKind.WRONG_PLACE,
    RefusalReason.TOO_EARLY: ConflictKind.WRONG_TIME,
    RefusalReason.TOO_LATE: ConflictKind.WRONG_TIME,
    RefusalReason.STALE_CODE: ConflictKind.STALE_CODE,
}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What an entry stands on; None where people were only counted. `wrong` is what a gate should have seen."""

    code: EntryPass | RefusedCode | None
    wrong: tuple[ConflictKind, ...] = ()

    @property
    def shown(self) -> EntryPass | None:
        """The pass, as far as the code proved one."""
        return self.code.shown if isinstance(self.code, RefusedCode) else self.code


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an entry happened."""

    venue: Venue
    gate: Gate


class CodeEvidence:
    """Reads codes that were shown to gates without network."""

    def __init__(self, keys: EntryKeys) -> None:
        self._keys = keys

    def of(self, code: str | None, kind: LogKind, place: Place, moment: Moment) -> Evidence:
        """Return what a code proves of the moment when it was shown.

        The step inside a genuine code tells itself when it was drawn: a screenshot shows, whatever the log says.
        """
        if code is None:
            return self._without_code(kind, place)
        try:
            read = read_entry_code(code, self._keys.keyring)
            self._ensure_drawn_by_us(read)
        except CodeRefused as refused:
            return _wrong(RefusalReason(refused.reason), None)
        if read.entry_pass.venue_tag != venue_tag(place.venue.id):
            # Another venue's visitor is nobody's business here.
            return _wrong(RefusalReason.WRONG_VENUE, None)
        found = [KINDS[one] for one in (_stale(read, moment), _out_of_place(read, kind, place, moment)) if one]
        return Evidence(code=read.entry_pass, wrong=tuple(found))

    def _without_code(self, kind: LogKind, place: Place) -> Evidence:
        if kind is not LogKind.EXIT:
            return _wrong(RefusalReason.MALFORMED, None)
        wrong = find_wrong_exit(place.gate)
        return Evidence(code=None, wrong=() if wrong is None else (KINDS[wrong],))

    def _ensure_drawn_by_us(self, read: ReadCode) -> None:
        """Pass if the rotation was made with the reservation's key, whenever that was; raises BadSignature."""
        if read.rotation is None:
            return
        shown = read.entry_pass
        day_key = self._keys.venue_day_key(shown.venue_tag, city_day(shown.starts_at))
        ensure_fresh(read, venue_day_key=day_key, now=EPOCH + read.rotation.step * STEP)


def lease_evidence(lease: Lease | None, device_id: str, place: Place, moment: Moment) -> Evidence:
    """Return what a lease proves; people who came in on none that the device had stand on nothing."""
    if lease is None or lease.holder_id != device_id:
        return _wrong(RefusalReason.MALFORMED, None)
    if lease.venue_id != place.venue.id:
        return _wrong(RefusalReason.WRONG_VENUE, None)
    shown, found = pass_of(lease), []
    if lease.gate_id != place.gate.id:
        found.append(ConflictKind.WRONG_PLACE)
    refusal = _untimely(shown, place.gate, moment)
    if refusal is None and moment.at - moment.slack >= lease.expires_at:
        refusal = RefusalReason.TOO_LATE
    if refusal is not None:
        found.append(KINDS[refusal])
    return Evidence(code=shown, wrong=tuple(dict.fromkeys(found)))


def _wrong(reason: RefusalReason, shown: EntryPass | None) -> Evidence:
    return Evidence(code=RefusedCode(reason=reason, shown=shown), wrong=(KINDS[reason],))


def _stale(read: ReadCode, moment: Moment) -> RefusalReason | None:
    if read.rotation is None:
        return None
    allowed = DRIFT_STEPS + math.ceil(moment.slack / STEP)
    return RefusalReason.STALE_CODE if abs(read.rotation.step - step_at(moment.at)) > allowed else None


def _out_of_place(read: ReadCode, kind: LogKind, place: Place, moment: Moment) -> RefusalReason | None:
    if kind is LogKind.EXIT:
        return find_wrong_exit(place.gate)  # nobody leaves too late
    return _untimely(read.entry_pass, place.gate, moment)


def _untimely(entry_pass: EntryPass, gate: Gate, moment: Moment) -> RefusalReason | None:
    """Return why the pass did not open the gate, neither then nor as far off as the clock may have been."""
    refusal = find_refusal(entry_pass, gate, moment.at)
    if refusal is RefusalReason.TOO_EARLY:
        return find_refusal(entry_pass, gate, _later(moment))
    if refusal is RefusalReason.TOO_LATE:
        return find_refusal(entry_pass, gate, moment.at - moment.slack)
    return refusal


def _later(moment: Moment) -> datetime:
    return moment.at + moment.slack
