"""A gate without network, beyond the vectors: instants between milliseconds, and the same order of checks online."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from qr.entry_code import venue_tag, verify_at_venue
from qr.errors import BadSignature, CodeRefused, PackExpired, RevokedKey, StaleCode, WrongVenue
from qr.gate_keys import venue_day_key
from qr.gate_pack import mark_of
from qr.gate_verifier import GateDecision, GateMemory, GateReason, GateVerifier, Verdict
from qr.keyring import Keyring
from tests.vectors import town

GATE = GateVerifier(town.pack())
RING = Keyring(active=town.ENTRY_KEYS[1], verify_keys=town.KEYS)
VISIT = town.booked(1)
HALF_HOUR, MICROSECOND = timedelta(minutes=30), timedelta(microseconds=1)


def day_key_for(tag: bytes, day: date) -> bytes:
    return venue_day_key(town.MASTER, tag, day)


def never_asked(_tag: bytes, _day: date) -> bytes:
    raise AssertionError("asked for another venue's key")


def at_venue(code: str, day_key_for: Callable[[bytes, date], bytes] = day_key_for) -> Any:
    return verify_at_venue(
        code, keyring=RING, venue_tag=venue_tag(town.VENUE), venue_day_key_for=day_key_for, now=town.NOW
    )


def decided(at_offset: timedelta, **fields: Any) -> Verdict:
    at = town.STARTS + at_offset
    return GATE.decide(town.screen(VISIT, at, **fields), at, memory=GateMemory())


def test_a_window_opens_and_closes_to_the_microsecond() -> None:
    assert decided(-HALF_HOUR - MICROSECOND).reason is GateReason.TOO_EARLY
    assert decided(-HALF_HOUR).decision is GateDecision.ADMITTED
    assert decided(timedelta(minutes=135) - MICROSECOND).decision is GateDecision.ADMITTED
    assert decided(timedelta(minutes=135)).reason is GateReason.TOO_LATE


def test_a_pack_expires_to_the_microsecond_for_all_that_is_decided() -> None:
    at = town.EXPIRES - MICROSECOND
    assert GATE.decide("", at, memory=GateMemory()).reason is GateReason.MALFORMED
    with pytest.raises(PackExpired):
        GATE.decide("", town.EXPIRES, memory=GateMemory())
    with pytest.raises(PackExpired):
        GATE.admit_walk_in(town.LEASE, 1, town.EXPIRES, memory=GateMemory())
    with pytest.raises(PackExpired):
        GATE.count_out(1, town.EXPIRES)


def test_time_needs_a_zone() -> None:
    with pytest.raises(TypeError):
        GATE.decide("", town.NOW.replace(tzinfo=None), memory=GateMemory())


def test_online_a_venue_stands_before_mac_and_step_and_its_key_is_not_even_derived() -> None:
    body = town.signed(town.payload(VISIT, venue=town.OTHER_VENUE), town.ENTRY_KEYS[1])
    with pytest.raises(WrongVenue):
        at_venue(town.drawn(body, town.NOW - HALF_HOUR, bytes(32)), never_asked)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (town.screen(VISIT, kid=3, venue=town.OTHER_VENUE), RevokedKey),
        (town.drawn(town.signed(town.payload(VISIT), town.STRANGER), town.NOW, bytes(32)), BadSignature),
        (town.screen(VISIT, venue=town.OTHER_VENUE), WrongVenue),
        (town.slip(VISIT, venue=town.OTHER_VENUE), WrongVenue),
        (town.screen(VISIT, town.NOW - HALF_HOUR), StaleCode),
    ],
)
def test_online_refuses_as_offline_does(code: str, refusal: type[CodeRefused]) -> None:
    with pytest.raises(refusal):
        at_venue(code)
    assert GATE.decide(code, town.NOW, memory=GateMemory()).reason == refusal.reason


def test_online_reads_what_offline_admits() -> None:
    entry_pass = at_venue(town.screen(VISIT))
    verdict = GATE.decide(town.screen(VISIT), town.NOW, memory=GateMemory())
    assert verdict == Verdict(
        decision=GateDecision.ADMITTED,
        reservation_id=entry_pass.reservation_id,
        admitted_now=3,
        admitted_count=3,
        party_size=entry_pass.party_size,
        starts_at=entry_pass.starts_at,
        ends_at=entry_pass.ends_at,
    )


def test_a_memory_counts_parties_leases_and_those_who_left() -> None:
    memory = GateMemory()
    party = GATE.decide(town.screen(VISIT), town.NOW, memory=memory, count=2)
    walk_ins = GATE.admit_walk_in(town.LEASE, 4, town.NOW, memory=memory)
    left = GateVerifier(town.pack_of_exit()).count_out(5, town.NOW)
    refused = GATE.decide("", town.NOW, memory=memory)
    for verdict in (party, walk_ins, left, refused):
        memory.remember(verdict)
    assert (memory.let_in(mark_of(VISIT)), memory.let_in(mark_of(town.LEASE)), memory.inside) == (2, 4, 1)
    for verdict in (party, walk_ins, left, refused):
        memory.forget(verdict)
    assert (memory.let_in(mark_of(VISIT)), memory.let_in(mark_of(town.LEASE)), memory.inside) == (0, 0, 0)


def test_a_pack_of_a_shorter_life_decides_until_then() -> None:
    short = GateVerifier(replace(town.pack(), expires_at=town.NOW))
    with pytest.raises(PackExpired):
        short.decide(town.screen(VISIT), town.NOW, memory=GateMemory())
