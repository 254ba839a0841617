"""Codes that somebody has worked on, by the thousand: nobody is let in, and nothing is raised but a refusal.

`--hostile-codes full` tries a million.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qr.entry_code import EntryForm, EntryPass, venue_tag, verify_at_venue, verify_entry_code
from qr.errors import CodeRefused, MalformedCode
from qr.gate_keys import rotation_key, venue_day, venue_day_key
from qr.gate_verifier import GateDecision, GateMemory, GateVerifier
from qr.keyring import Keyring, SigningKey
from tests.hostile_codes import MAY_BE, Hostile, Hostiles, random_id
from tests.vectors import town

SIZES = {"small": 40_000, "full": 1_000_000}
SEED = 8
NOW = town.NOW
REPEATABLE = settings(derandomize=True, deadline=None, database=None)
RING = Keyring(active=town.ENTRY_KEYS[1], verify_keys=town.KEYS)
ABROAD = SigningKey(kid=1, seed=town.seed("abroad"))


def passes(venue: str, count: int, source: random.Random) -> list[EntryPass]:
    return [
        EntryPass(
            form=EntryForm.SCREEN,
            kid=1,
            reservation_id=random_id(source),
            venue_tag=venue_tag(venue),
            starts_at=town.STARTS,
            ends_at=town.ENDS,
            party_size=source.choice([1, 3, 30, 300]),
        )
        for _ in range(count)
    ]


def rotation_of(entry_pass: EntryPass, master: bytes = town.MASTER) -> bytes:
    day_key = venue_day_key(master, entry_pass.venue_tag, venue_day(entry_pass.starts_at))
    return rotation_key(day_key, entry_pass.reservation_id)


def hostile(seed: int) -> Hostile:
    source = random.Random(seed)
    known = Hostiles(
        keyring=RING,
        stranger=town.STRANGER,
        other_city=Keyring(active=ABROAD, verify_keys={1: ABROAD.verify_key()}),
        rotation_key_of=rotation_of,
        other_rotation_key_of=lambda one: rotation_of(one, town.OTHER_MASTER),
        genuine=passes(town.VENUE, 60, source),
        elsewhere=passes(town.OTHER_VENUE, 20, source),
        now=NOW,
    )
    return Hostile(known, seed)


def day_key_for(tag: bytes, day: date) -> bytes:
    return venue_day_key(town.MASTER, tag, day)


def online(code: str) -> str:
    """Return what the server's reading says, in a word."""
    try:
        verify_at_venue(code, keyring=RING, venue_tag=venue_tag(town.VENUE), venue_day_key_for=day_key_for, now=NOW)
    except CodeRefused as refused:
        return refused.reason
    return "believed"


def anywhere(code: str) -> str:
    """Return what a server's reading says that does not ask for the venue."""
    try:
        verify_entry_code(code, keyring=RING, venue_day_key_for=day_key_for, now=NOW)
    except CodeRefused as refused:
        return refused.reason
    return "believed"


GATE = GateVerifier(replace(town.pack(), keys=RING))


def offline(code: str, memory: GateMemory) -> str:
    """Return what a gate without network says, in a word; paper comes with a tail, as a thief would guess one."""
    verdict = GATE.decide(code, NOW, memory=memory, document_tail="123x")
    return str(verdict.reason or verdict.problem or verdict.decision)


@pytest.mark.timeout(3600)
def test_nobody_is_let_in_and_nothing_is_raised(request: pytest.FixtureRequest) -> None:
    count = SIZES[request.config.getoption("hostile_codes")]
    memory = GateMemory()
    tried: Counter[str] = Counter()
    answers: Counter[tuple[str, str]] = Counter()
    for kind, code in hostile(SEED).codes(count):
        answer = offline(code, memory)
        assert answer == online(code)
        answers[kind, answer] += 1
        tried[kind] += 1
    found: Mapping[str, set[str]] = {kind: {answer for one, answer in answers if one == kind} for kind in tried}
    wrong = {kind: said - MAY_BE[kind] for kind, said in found.items() if not said <= MAY_BE[kind]}
    by_reason: Counter[str] = Counter()
    for (_, answer), times in answers.items():
        by_reason[answer] += times
    print(f"\n{count:,} hostile codes: {dict(by_reason.most_common())}")
    assert wrong == {}
    assert set(tried) == set(MAY_BE)
    assert by_reason.total() == count
    assert memory.inside == 0


def test_the_codes_that_all_this_begins_with_are_good() -> None:
    made = hostile(SEED)
    for code in made.fresh:
        assert online(code) == "believed"
        assert offline(code, GateMemory()) == "admitted"


def test_a_code_that_was_let_in_lets_nobody_in_again() -> None:
    memory = GateMemory()
    for code in hostile(SEED).fresh:
        memory.remember(GATE.decide(code, NOW, memory=memory))
    inside = memory.inside
    for step in (0, 1):
        for code in hostile(SEED).fresh:
            verdict = GATE.decide(code, NOW + step * timedelta(seconds=15), memory=memory)
            assert (verdict.decision, verdict.reason) == (GateDecision.REFUSED, "already_admitted")
    assert memory.inside == inside


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.integers() | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)
ALMOST = st.tuples(
    st.integers(0, 3),
    st.integers(0, 300),
    st.binary(min_size=15, max_size=17),
    st.binary(min_size=7, max_size=9),
    *[VALUES] * 3,
).map(list)


@REPEATABLE
@given(VALUES | ALMOST, st.booleans())
def test_any_cbor_that_we_signed_is_read_or_malformed(value: object, as_screen: bool) -> None:  # noqa: FBT001 -- drawn
    payload = bytes(cbor2.dumps(value))
    body = town.signed(payload, town.ENTRY_KEYS[1])
    code = town.drawn(body, NOW, bytes(32)) if as_screen else town.text(body)
    assert anywhere(code) in {"malformed", "unknown_key", "revoked", "bad_signature", "believed"}
    # What is spelt as we spell it is a slip, and of no venue of ours.
    assert offline(code, GateMemory()) in {anywhere(code), "wrong_venue"}


@REPEATABLE
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x87\x01\x01", b"\x87\x02\x01", b"\x9f", b"\xbf", b"\x81" * 99])
)
def test_any_bytes_that_we_signed_are_malformed_or_refused_for_what_they_say(tail: bytes, head: bytes) -> None:
    for body in (
        town.signed(head + tail, town.ENTRY_KEYS[1]),
        town.signed(head + tail, town.ENTRY_KEYS[1]) + bytes(12),
    ):
        code = town.text(body)
        assert online(code) in {"malformed", "bad_signature", "wrong_venue", "unknown_key", "revoked"}
        assert offline(code, GateMemory()) == online(code)


@REPEATABLE
@given(st.text(max_size=400))
def test_any_text_is_malformed_with_and_without_network(code: str) -> None:
    for text in (code, "CC1:" + code):
        with pytest.raises(MalformedCode):
            verify_at_venue(text, keyring=RING, venue_tag=venue_tag(town.VENUE), venue_day_key_for=day_key_for, now=NOW)
        assert offline(text, GateMemory()) == "malformed"
