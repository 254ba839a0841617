"""Entry codes at the gate: what passes, and each refusal by its name."""

import traceback
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qr import errors
from qr.entry_code import (
    EntryCode,
    EntryForm,
    EntryPass,
    ensure_fresh,
    paper_code,
    read_entry_code,
    screen_code,
    sign_entry_pass,
    venue_tag,
    verify_entry_code,
)
from qr.gate_keys import rotation_key, venue_day, venue_day_key
from qr.identifiers import reservation_id_text
from qr.keyring import Keyring, KeyState, PublicKeyring, SigningKey, VerifyKey

REPEATABLE = settings(derandomize=True, deadline=None, database=None)
MASTER = bytes(range(32))
STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
NOW = STARTS + timedelta(minutes=5)  # the first instant of a step
STEP = timedelta(seconds=15)
OLD_KEY, NEW_KEY = (SigningKey(kid=kid, seed=bytes([kid]) * 32) for kid in (1, 2))
RING = Keyring(active=OLD_KEY, verify_keys={1: VerifyKey(kid=1, public=OLD_KEY.public)})
VENUE = venue_tag("ven_01K0000000EXAMP7E000000002")
SCREEN = EntryPass(
    form=EntryForm.SCREEN,
    kid=1,
    reservation_id="rsv_01K0000000EXAMP7E000000001",
    venue_tag=VENUE,
    starts_at=STARTS,
    ends_at=STARTS + timedelta(hours=2),
    party_size=3,
)
PAPER = replace(SCREEN, form=EntryForm.PAPER)


def day_key_for(tag: bytes, day: date) -> bytes:
    return venue_day_key(MASTER, tag, day)


def never_asked(_tag: bytes, _day: date) -> bytes:
    raise AssertionError("asked for a day key that nothing depends on")


def drawn(entry_pass: EntryPass, at: datetime, ring: Keyring = RING) -> EntryCode:
    day_key = day_key_for(entry_pass.venue_tag, venue_day(entry_pass.starts_at))
    key = rotation_key(day_key, entry_pass.reservation_id)
    return screen_code(sign_entry_pass(entry_pass, ring), key, at)


def verified(code: str, ring: PublicKeyring = RING, now: datetime = NOW) -> EntryPass:
    return verify_entry_code(code, keyring=ring, venue_day_key_for=day_key_for, now=now)


@REPEATABLE
@given(
    kid=st.integers(0, 255),
    raw_id=st.binary(min_size=16, max_size=16),
    starts_in=st.integers(0, 2**31 - 1),
    minutes=st.integers(1, 65_535),
    party_size=st.integers(1, 1000),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone beside it
)
def test_what_was_signed_is_what_the_gate_reads(
    kid: int, raw_id: bytes, starts_in: int, minutes: int, party_size: int, now: datetime
) -> None:
    key = SigningKey(kid=kid, seed=bytes(range(32)))
    ring = Keyring(active=key, verify_keys={kid: VerifyKey(kid=kid, public=key.public)})
    starts_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=starts_in)
    screen = replace(
        SCREEN,
        kid=kid,
        reservation_id=reservation_id_text(raw_id),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        party_size=party_size,
    )
    code = drawn(screen, now, ring)
    assert len(code) <= (178 if party_size <= 255 else 180)
    assert verified(code, ring, now) == screen
    paper = replace(screen, form=EntryForm.PAPER)
    assert verified(paper_code(sign_entry_pass(paper, ring)), ring, now) == paper


@pytest.mark.parametrize("drift", [-2, -1, 0, 1, 2])
def test_one_step_of_drift_is_accepted_either_way_and_no_more(drift: int) -> None:
    code = drawn(SCREEN, NOW + drift * STEP)
    if abs(drift) <= 1:
        assert verified(code) == SCREEN
    else:
        with pytest.raises(errors.StaleCode):
            verified(code)


def test_a_step_lasts_from_its_first_to_its_last_instant() -> None:
    last = NOW + STEP - timedelta(microseconds=1)
    assert drawn(SCREEN, NOW) == drawn(SCREEN, last) != drawn(SCREEN, NOW + STEP)
    assert verified(drawn(SCREEN, NOW), now=last + STEP) == SCREEN
    with pytest.raises(errors.StaleCode):
        verified(drawn(SCREEN, NOW), now=last + STEP + timedelta(microseconds=1))


def test_time_needs_a_zone() -> None:
    with pytest.raises(TypeError):
        drawn(SCREEN, NOW.replace(tzinfo=None))
    with pytest.raises(TypeError):
        verified(drawn(SCREEN, NOW), now=NOW.replace(tzinfo=None))


def test_paper_never_grows_stale_and_asks_for_no_day_key() -> None:
    code = paper_code(sign_entry_pass(PAPER, RING))
    at = NOW + timedelta(days=400)
    assert verify_entry_code(code, keyring=RING, venue_day_key_for=never_asked, now=at) == PAPER
    read = read_entry_code(code, RING)
    assert read.rotation is None
    ensure_fresh(read, venue_day_key=bytes(32), now=at)


def test_a_code_of_another_slot_time_still_verifies_since_the_window_is_no_matter_of_codes() -> None:
    at = STARTS - timedelta(days=3)
    assert verified(drawn(SCREEN, at), now=at) == SCREEN


def test_codes_that_are_out_survive_the_change_of_keys_until_their_key_is_revoked() -> None:
    out = drawn(SCREEN, NOW)
    new = VerifyKey(kid=2, public=NEW_KEY.public)

    def ring_with_old_key(state: KeyState) -> Keyring:
        old = VerifyKey(kid=1, public=OLD_KEY.public, state=state)
        return Keyring(active=NEW_KEY, verify_keys={1: old, 2: new})

    assert verified(out, ring_with_old_key(KeyState.RETIRING)) == SCREEN
    with pytest.raises(errors.RevokedKey):
        verified(out, ring_with_old_key(KeyState.REVOKED))
    with pytest.raises(errors.UnknownKey):
        verified(out, Keyring(active=NEW_KEY, verify_keys={2: new}))
    by_new = replace(SCREEN, kid=2)
    without_old = ring_with_old_key(KeyState.REVOKED)
    assert verified(drawn(by_new, NOW, without_old), without_old) == by_new


def test_a_gate_verifies_without_any_secret_but_its_own_day_key() -> None:
    public = PublicKeyring(verify_keys=RING.verify_keys)
    read = read_entry_code(drawn(SCREEN, NOW), public)
    assert read.entry_pass == SCREEN
    ensure_fresh(read, venue_day_key=day_key_for(VENUE, date(2027, 2, 6)), now=NOW)


def test_a_gate_of_another_venue_learns_whose_code_it_is_but_cannot_prove_the_step() -> None:
    read = read_entry_code(drawn(SCREEN, NOW), RING)
    assert read.entry_pass.venue_tag == VENUE
    other = venue_tag("ven_01K0000000EXAMP7E000000003")
    for day_key in (day_key_for(other, date(2027, 2, 6)), day_key_for(VENUE, date(2027, 2, 7))):
        with pytest.raises(errors.BadSignature):
            ensure_fresh(read, venue_day_key=day_key, now=NOW)


def test_the_day_key_is_the_one_of_the_citys_day() -> None:
    late = replace(SCREEN, starts_at=datetime(2027, 2, 5, 16, tzinfo=UTC), ends_at=datetime(2027, 2, 5, 17, tzinfo=UTC))
    asked: list[tuple[bytes, date]] = []

    def recording(tag: bytes, day: date) -> bytes:
        asked.append((tag, day))
        return day_key_for(tag, day)

    verify_entry_code(drawn(late, NOW), keyring=RING, venue_day_key_for=recording, now=NOW)
    assert asked == [(VENUE, date(2027, 2, 6))]


def test_another_reservations_rotation_key_is_no_proof() -> None:
    wrong = rotation_key(day_key_for(VENUE, date(2027, 2, 6)), "rsv_01K0000000EXAMP7E000000009")
    with pytest.raises(errors.BadSignature):
        verified(screen_code(sign_entry_pass(SCREEN, RING), wrong, NOW))


def test_a_code_by_another_key_under_the_same_kid_is_refused_before_any_secret_is_touched() -> None:
    forger = SigningKey(kid=1, seed=bytes(32))
    forged = drawn(SCREEN, NOW, Keyring(active=forger, verify_keys={1: VerifyKey(kid=1, public=forger.public)}))
    with pytest.raises(errors.BadSignature):
        verify_entry_code(forged, keyring=RING, venue_day_key_for=never_asked, now=NOW)


def test_what_the_key_lookup_raises_passes_through() -> None:
    def away(_tag: bytes, _day: date) -> bytes:
        raise LookupError("no key for that day")

    with pytest.raises(LookupError):
        verify_entry_code(drawn(SCREEN, NOW), keyring=RING, venue_day_key_for=away, now=NOW)


def test_signs_only_what_names_its_own_key() -> None:
    with pytest.raises(ValueError, match="another key"):
        sign_entry_pass(replace(SCREEN, kid=2), RING)


def test_each_form_is_drawn_in_its_own_way_only() -> None:
    with pytest.raises(ValueError, match="screen"):
        screen_code(sign_entry_pass(PAPER, RING), bytes(32), NOW)
    with pytest.raises(ValueError, match="paper"):
        paper_code(sign_entry_pass(SCREEN, RING))


def test_the_reasons_are_the_gates_words() -> None:
    leaves = {leaf.__name__: leaf.reason for leaf in errors.CodeRefused.__subclasses__()}
    assert leaves == {
        "MalformedCode": "malformed",
        "UnknownKey": "unknown_key",
        "RevokedKey": "revoked",
        "BadSignature": "bad_signature",
        "StaleCode": "stale_code",
        "WrongVenue": "wrong_venue",
    }


@pytest.mark.parametrize("spoilt", ["\n", "~", "PRIVATE"])
def test_a_refusal_says_its_reason_and_nothing_of_the_code(spoilt: str) -> None:
    code = drawn(SCREEN, NOW) + spoilt
    with pytest.raises(errors.MalformedCode) as refusal:
        verified(code)
    assert str(refusal.value) == "malformed"
    told = "".join(traceback.format_exception(refusal.value))
    assert code[4:24] not in told
    assert "PRIVATE" not in told
