"""What codes prove that were shown to a gate without network, as of the moment when they were shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qr import gate_keys
from qr.entry_code import EntryForm, EntryPass, paper_code, screen_code, sign_entry_pass
from qr.gate_log import LogKind
from qr.identifiers import venue_tag
from qr.keyring import Keyring, KeyState, SigningKey
from services.admissions.model import ConflictKind, RefusedCode
from services.admissions.uploads.evidence import CodeEvidence, Evidence, Place, lease_evidence
from services.admissions.uploads.model import Moment, SkewFrom
from services.common.clock import city_day
from services.keys.model import KeyPurpose
from services.reservations.leases.model import Lease, LeaseNote
from services.venues.model import Gate, GateUse
from tests.factories import make_entry_pass, make_reservation, make_slot, make_venue, new_id
from tests.uploads import BOOK, ENTRY_KEYS

MINUTE = timedelta(minutes=1)
EXIT = Gate(id=new_id("gat"), name="出口", name_en="Exit", use=GateUse.EXIT)
VENUE = make_venue()
ENTRANCE = Place(venue=VENUE, gate=VENUE.gates[0])
STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
PASS = make_entry_pass(venue_tag=venue_tag(VENUE.id), starts_at=STARTS, ends_at=STARTS + 60 * MINUTE)
SHOWN = STARTS + 10 * MINUTE
STRANGER = SigningKey(kid=1, seed=b"a stranger's secret of 32 bytes!")


def at(moment: datetime, *, skew: timedelta = timedelta(0)) -> Moment:
    return Moment(at=moment, skew=skew, skew_from=SkewFrom.UPLOAD, slack=abs(skew) + timedelta(seconds=15))


def drawn(shown: EntryPass, moment: datetime, ring: Keyring | None = None) -> str:
    day_key = ENTRY_KEYS.venue_day_key(shown.venue_tag, city_day(shown.starts_at))
    signed = sign_entry_pass(shown, ring or BOOK.keyring(KeyPurpose.ENTRY_SIGNING))
    return screen_code(signed, gate_keys.rotation_key(day_key, shown.reservation_id), moment)


def read(code: str | None, moment: Moment, *, place: Place = ENTRANCE, kind: LogKind = LogKind.ENTRY) -> Evidence:
    return CodeEvidence(ENTRY_KEYS).of(code, kind, place, moment)


def test_a_code_of_the_moment_proves_its_party() -> None:
    evidence = read(drawn(PASS, SHOWN), at(SHOWN))
    assert (evidence.code, evidence.wrong) == (PASS, ())


@pytest.mark.parametrize(
    ("seconds", "skew", "wrong"),
    [
        (30, 0, ()),
        (-30, 0, ()),
        (46, 0, (ConflictKind.STALE_CODE,)),
        (-46, 0, (ConflictKind.STALE_CODE,)),
        (100, 90, ()),
        (600, 120, (ConflictKind.STALE_CODE,)),
    ],
)
def test_the_step_tells_when_a_code_was_drawn(seconds: int, skew: int, wrong: tuple[ConflictKind, ...]) -> None:
    code = drawn(PASS, SHOWN + timedelta(seconds=seconds))
    evidence = read(code, at(SHOWN, skew=timedelta(seconds=skew)))
    assert (evidence.shown, evidence.wrong) == (PASS, wrong)


def test_what_is_not_ours_proves_nobody() -> None:
    forged = drawn(PASS, SHOWN, Keyring(active=STRANGER, verify_keys={1: STRANGER.verify_key(KeyState.ACTIVE)}))
    code = drawn(PASS, SHOWN)
    redrawn = screen_code(sign_entry_pass(PASS, BOOK.keyring(KeyPurpose.ENTRY_SIGNING)), bytes(32), SHOWN)
    for one in (forged, redrawn, code[:-1], "hello", "", None):
        evidence = read(one, at(SHOWN))
        assert (evidence.shown, evidence.wrong) == (None, (ConflictKind.NOT_GENUINE,)), one


def test_another_venues_visitor_is_nobodys_business() -> None:
    elsewhere = replace(PASS, venue_tag=venue_tag(new_id("ven")))
    evidence = read(drawn(elsewhere, SHOWN), at(SHOWN))
    assert (evidence.shown, evidence.wrong) == (None, (ConflictKind.WRONG_PLACE,))


def test_hours_count_give_or_take_what_the_clock_may_be_wrong() -> None:
    for moment, wrong in (
        (STARTS - 30 * MINUTE, ()),
        (STARTS - 30 * MINUTE - timedelta(seconds=15), ()),
        (STARTS - 31 * MINUTE, (ConflictKind.WRONG_TIME,)),
        (PASS.ends_at + 15 * MINUTE, ()),
        (PASS.ends_at + 16 * MINUTE, (ConflictKind.WRONG_TIME,)),
    ):
        evidence = read(drawn(PASS, moment), at(moment))
        assert (evidence.shown, evidence.wrong) == (PASS, wrong), moment


def test_ways_out_are_for_leaving_and_nobody_leaves_too_late() -> None:
    out, late = Place(venue=VENUE, gate=EXIT), PASS.ends_at + 300 * MINUTE
    assert read(drawn(PASS, SHOWN), at(SHOWN), place=out).wrong == (ConflictKind.WRONG_PLACE,)
    assert read(drawn(PASS, late), at(late), place=out, kind=LogKind.EXIT).wrong == ()
    assert read(None, at(late), place=out, kind=LogKind.EXIT) == Evidence(code=None)
    assert read(None, at(late), kind=LogKind.EXIT).wrong == (ConflictKind.WRONG_PLACE,)


def test_paper_does_not_grow_stale() -> None:
    slip = replace(PASS, form=EntryForm.PAPER)
    code = paper_code(sign_entry_pass(slip, BOOK.keyring(KeyPurpose.ENTRY_SIGNING)))
    assert read(code, at(SHOWN)) == Evidence(code=slip)


def lease(**changes: Any) -> Lease:
    slot = make_slot(venue_id=VENUE.id, starts_at=STARTS, ends_at=STARTS + 60 * MINUTE)
    note = LeaseNote(id=new_id("rsv"), venue_id=VENUE.id, gate_id=ENTRANCE.gate.id, holder_id="dev_1", leased=5)
    reservation = make_reservation(slot, party=1)
    note = replace(note, **changes)
    return Lease(note=note, reservation=replace(reservation, id=note.id, party_size=5), used=0)


def test_a_lease_is_its_holders_gates_and_hours() -> None:
    mine, moment = lease(), at(SHOWN)
    assert lease_evidence(mine, "dev_1", ENTRANCE, moment).wrong == ()
    assert lease_evidence(mine, "dev_2", ENTRANCE, moment).wrong == (ConflictKind.NOT_GENUINE,)
    assert isinstance(lease_evidence(None, "dev_1", ENTRANCE, moment).code, RefusedCode)
    assert lease_evidence(lease(gate_id="gat_2"), "dev_1", ENTRANCE, moment).wrong == (ConflictKind.WRONG_PLACE,)
    assert lease_evidence(lease(venue_id="ven_2"), "dev_1", ENTRANCE, moment).shown is None
    early, over = at(STARTS - 40 * MINUTE), at(STARTS + 61 * MINUTE)
    assert lease_evidence(mine, "dev_1", ENTRANCE, early).wrong == (ConflictKind.WRONG_TIME,)
    assert lease_evidence(mine, "dev_1", ENTRANCE, over).wrong == (ConflictKind.WRONG_TIME,)
