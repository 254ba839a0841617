"""How a gate decides without network: the reference, which the one in the mini-program's TypeScript agrees with.

`docs/codes.md` gives the order of the checks, `tests/vectors/` what comes out. Pure: no clock, no store, no network.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from qr.entry_code import EPOCH_DAY, prove_at_venue, step_at
from qr.entry_pass import EPOCH, RawPass
from qr.errors import CodeRefused, PackExpired
from qr.gate_pack_model import MARK_BYTES, GatePack, PackGateUse, PackLease, mark_of, tail_byte
from qr.gate_verdict import GateDecision, GateMemory, GateProblem, GateReason, Verdict
from qr.identifiers import reservation_id_text, venue_tag

__all__ = ["GateDecision", "GateMemory", "GateProblem", "GateReason", "GateVerifier", "Verdict"]

_MINUTE_S = 60
_SECOND = timedelta(seconds=1)


class _Party(NamedTuple):
    """Who wants to come in, and how many of them are: a booked party or a lease of walk-ins."""

    id: str
    size: int
    known: int
    starts_at: datetime
    ends_at: datetime

    def refused(self, reason: GateReason) -> Verdict:
        return self._verdict(decision=GateDecision.REFUSED, reason=reason)

    def asked_again(self, problem: GateProblem) -> Verdict:
        return self._verdict(problem=problem)

    def admitted(self, entering: int) -> Verdict:
        return self._verdict(decision=GateDecision.ADMITTED, entering=entering)

    def _verdict(
        self,
        *,
        decision: GateDecision | None = None,
        reason: GateReason | None = None,
        problem: GateProblem | None = None,
        entering: int = 0,
    ) -> Verdict:
        return Verdict(
            decision=decision,
            reason=reason,
            problem=problem,
            reservation_id=self.id,
            admitted_now=entering,
            admitted_count=self.known + entering,
            party_size=self.size,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )


class GateVerifier:
    """Decides about codes, walk-ins and ways out by one pack; safe to use for as long as the pack lasts."""

    def __init__(self, pack: GatePack) -> None:
        self._pack = pack
        self._tag = venue_tag(pack.venue_id)
        self._day_number = (pack.day - EPOCH_DAY).days
        self._opens_before_s = pack.opens_before // _SECOND
        self._closes_after_s = pack.closes_after // _SECOND
        self._leases = {lease.id: lease for lease in pack.leases}

    def decide(
        self,
        code: str,
        now: datetime,
        *,
        memory: GateMemory,
        count: int | None = None,
        document_tail: str | None = None,
    ) -> Verdict:
        """Return the verdict on a code at `now` (aware); what it lets in must be remembered before the next one.

        `count` is how many enter, 1 or more, or None for all who have not yet; `document_tail` the last four characters
        of a document, for paper. Raises PackExpired.
        """
        self._ensure_current(now)
        try:
            raw = prove_at_venue(
                code, keyring=self._pack.keys, venue_tag=self._tag, day_key_of=self._day_key_of, step=step_at(now)
            )
        except CodeRefused as refused:
            return Verdict(decision=GateDecision.REFUSED, reason=GateReason(refused.reason))
        refusal = self._refusal(raw, now)
        if refusal is not None:
            return _party(raw, known=0).refused(refusal)
        problem = self._document_problem(raw, document_tail)
        if problem is not None:
            return _party(raw, known=0).asked_again(problem)
        return self._admit_booked(raw, count, memory)

    def admit_walk_in(self, lease_id: str, count: int, now: datetime, *, memory: GateMemory) -> Verdict:
        """Return the verdict on `count` people, 1 or more, who come without booking, on a lease. Raises PackExpired."""
        self._ensure_current(now)
        lease = self._leases.get(lease_id)
        if lease is None:
            return Verdict(decision=None, problem=GateProblem.LEASE_UNKNOWN)
        known = _clipped(lease.used + memory.let_in(mark_of(lease.id)), lease.places)
        party = _Party(lease.id, lease.places, known, lease.starts_at, lease.ends_at)
        refusal = self._lease_refusal(lease, now)
        if refusal is not None:
            return party.refused(refusal)
        if now >= lease.expires_at:
            return party.asked_again(GateProblem.LEASE_EXPIRED)
        return self._admit(party, count, memory)

    def count_out(self, count: int, now: datetime) -> Verdict:
        """Return the verdict on `count` people, 1 or more, who leave. Raises PackExpired."""
        self._ensure_current(now)
        if self._pack.gate_use is not PackGateUse.EXIT:
            return Verdict(decision=GateDecision.REFUSED, reason=GateReason.WRONG_GATE)
        return Verdict(decision=GateDecision.ADMITTED, admitted_now=count)

    def _ensure_current(self, now: datetime) -> None:
        if now >= self._pack.expires_at:
            raise PackExpired

    def _day_key_of(self, raw: RawPass) -> bytes | None:
        """Return the pack's key, or None for a code of another day: _refusal lets none of those in."""
        return self._pack.venue_day_key if raw.day_number == self._day_number else None

    def _refusal(self, raw: RawPass, now: datetime) -> GateReason | None:
        if self._pack.gate_use is not PackGateUse.ENTRANCE:
            return GateReason.WRONG_GATE
        if raw.day_number != self._day_number:
            return GateReason.TOO_EARLY if raw.day_number > self._day_number else GateReason.TOO_LATE
        starts_s = raw.starts * _MINUTE_S
        return self._untimely(starts_s, starts_s + raw.minutes * _MINUTE_S, now)

    def _lease_refusal(self, lease: PackLease, now: datetime) -> GateReason | None:
        if self._pack.gate_use is not PackGateUse.ENTRANCE:
            return GateReason.WRONG_GATE
        return self._untimely((lease.starts_at - EPOCH) // _SECOND, (lease.ends_at - EPOCH) // _SECOND, now)

    def _untimely(self, starts_s: int, ends_s: int, now: datetime) -> GateReason | None:
        now_s = (now - EPOCH) // _SECOND  # rounded down: the window's ends are on whole seconds
        if now_s < starts_s - self._opens_before_s:
            return GateReason.TOO_EARLY
        return GateReason.TOO_LATE if now_s >= ends_s + self._closes_after_s else None

    def _document_problem(self, raw: RawPass, tail: str | None) -> GateProblem | None:
        if not raw.is_paper:
            return None
        if tail is None:
            return GateProblem.DOCUMENT_TAIL_NEEDED
        try:
            byte = tail_byte(self._pack.venue_day_key, raw.raw_id, tail)
        except ValueError:
            return GateProblem.DOCUMENT_TAIL_WRONG
        return None if raw.raw_id[-MARK_BYTES:] + byte in self._pack.tails else GateProblem.DOCUMENT_TAIL_WRONG

    def _admit_booked(self, raw: RawPass, count: int | None, memory: GateMemory) -> Verdict:
        pack, mark = self._pack, raw.raw_id[-MARK_BYTES:]
        before = raw.party_size if mark in pack.admitted else pack.partly_admitted.get(mark, 0)
        party = _party(raw, known=_clipped(before + memory.let_in(mark), raw.party_size))
        if mark in pack.cancelled:
            return party.refused(GateReason.CANCELLED)
        if mark in pack.revoked:
            return party.refused(GateReason.REVOKED)
        return self._admit(party, count, memory)

    def _admit(self, party: _Party, count: int | None, memory: GateMemory) -> Verdict:
        left = party.size - party.known
        if left <= 0:
            return party.refused(GateReason.ALREADY_ADMITTED)
        if count is not None and count > left:
            return party.asked_again(GateProblem.COUNT_TOO_LARGE)
        entering = left if count is None else count
        if self._pack.ceiling is not None and self._pack.ceiling < self._pack.inside + memory.inside + entering:
            return party.refused(GateReason.VENUE_FULL)
        return party.admitted(entering)


def _clipped(known: int, size: int) -> int:
    """Return how many of a party are in: pack and memory may both count an entry, or both its undoing."""
    return max(0, min(known, size))


def _party(raw: RawPass, known: int) -> _Party:
    return _Party(reservation_id_text(raw.raw_id), raw.party_size, known, *raw.instants)
