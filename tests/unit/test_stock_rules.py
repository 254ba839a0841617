"""What a scan finds in a count, and which differences become events."""

from dataclasses import replace
from typing import Any

import pytest

from qr.item_code import ItemKeyring, ItemNumber, make_item_code, readable
from services.identity.model import Scope, ScopeLevel
from services.items.model import Item, ItemState
from services.items.places import Place, item_epc
from services.items.stock.model import (
    Reason,
    Scan,
    ScanStatus,
    Sighting,
    StockTake,
    StockTakeState,
    Upload,
    Verdict,
)
from services.items.stock.rules import (
    Growth,
    Known,
    as_counted,
    by_disposition,
    counted,
    decide,
    is_at,
    may_sign_off,
    part_of,
    read_scanned,
)
from tests.factories import NOW

VENUE = "ven_01JD0000000000000000000000"
HERE = f"urn:chengma:place:{VENUE}:east-hall"
AWAY = f"urn:chengma:place:{VENUE}:west-hall"
SEEN_BY = (f"venue:{VENUE}", "district:310101", "city:310000")
CITY = Scope(level=ScopeLevel.CITY, id="310000")
KEYRING = ItemKeyring(secrets={1: bytes(32), 2: bytes([7]) * 32}, active_kid=1)
NUMBER = ItemNumber(kid=1, batch=1_780_000_000, serial=7)
CODE = make_item_code(NUMBER, KEYRING)


def make_take(**changes: Any) -> StockTake:
    take = StockTake(
        id="stk_example",
        place=Place(venue_id=VENUE, spot="east-hall"),
        item_type_id=None,
        name=None,
        seen_by=SEEN_BY,
        scopes=("district:310101",),
        state=StockTakeState.OPEN,
        expected=2,
        starts=("a",),
        counts={},
        missing=2,
        opened_at=NOW,
        opened_by="stf_example",
        signed_off_at=None,
        signed_off_by=None,
        mark_missing=None,
        told=0,
        to_tell=0,
        marked_missing=0,
        version=4,
    )
    return replace(take, **changes)


def make_item(item_id: str = "a", **changes: Any) -> Item:
    item = Item(
        id=item_id,
        type_id=None,
        batch_id=None,
        owner=CITY,
        seen_by=("district:310101", "city:310000"),
        state=ItemState.ACTIVE,
        name="示例香炉",
        serial=None,
        attributes={},
        disposition="active",
        conditions=(),
        place=HERE,
        holder=CITY,
        transfer=None,
        loan=None,
        inside=None,
        joined_to=None,
        began_with=0,
        last_index=0,
        version=1,
        last_event_at=NOW,
        activated_at=NOW,
    )
    return replace(item, **changes)


def make_upload(code: str = "code a", scan_id: str = "scan-1", device_id: str = "phone-1") -> Upload:
    scan = Scan(scan_id=scan_id, code=code, scanned_at=NOW, device_id=device_id, spot=None)
    return Upload(scan=scan, scanned_by="stf_example", received_at=NOW)


def known(*items: Item, expected: tuple[str, ...] = (), **codes: tuple[str | None, Reason | None]) -> Known:
    """Return what is known of items, each of which bears the code `code` and its id."""
    read: dict[str, tuple[str | None, Reason | None]] = {f"code {item.id}": (item.id, None) for item in items}
    return Known(
        records={}, read=read | codes, items={item.id: item for item in items}, sightings={}, expected=expected
    )


def verdict_of(growth: Growth) -> tuple[Verdict, Reason | None]:
    (answer,) = growth.answers
    return answer.record.verdict, answer.record.reason


@pytest.mark.parametrize(
    ("changes", "expected", "verdict", "reason"),
    [
        ({}, ("a",), Verdict.FOUND, None),
        # Expected is expected, though it was handed to others since.
        ({"seen_by": ("district:310115",), "place": AWAY}, ("a",), Verdict.FOUND, None),
        ({"place": AWAY}, (), Verdict.MISPLACED, None),
        ({"place": None}, (), Verdict.MISPLACED, None),
        ({"place": "urn:epc:id:sgln:6901234.00001.0"}, (), Verdict.MISPLACED, None),
        ({}, (), Verdict.NOT_IN_COUNT, None),
        ({"state": ItemState.ENDED}, ("a",), Verdict.ENDED, None),
        ({"state": ItemState.ENDED}, (), Verdict.ENDED, None),
        ({"state": ItemState.VOID}, ("a",), Verdict.UNKNOWN, Reason.NOT_ACTIVATED),
        ({"seen_by": ("district:310115",), "place": AWAY}, (), Verdict.UNKNOWN, Reason.OUT_OF_SCOPE),
        ({"seen_by": ("district:310115",), "state": ItemState.ENDED}, (), Verdict.UNKNOWN, Reason.OUT_OF_SCOPE),
    ],
)
def test_what_a_first_scan_finds(
    changes: dict[str, Any], expected: tuple[str, ...], verdict: Verdict, reason: Reason | None
) -> None:
    item = make_item(**changes)
    growth = decide(make_take(), [make_upload()], known(item, expected=expected))
    assert verdict_of(growth) == (verdict, reason)
    (record,) = growth.records
    assert record.item == (None if verdict is Verdict.UNKNOWN else counted(item))
    assert [sighting.verdict for sighting in growth.sightings] == ([] if verdict is Verdict.UNKNOWN else [verdict])
    is_seen = bool(expected) and verdict is not Verdict.UNKNOWN
    assert growth.take == make_take(counts={verdict: 1}, missing=1 if is_seen else 2, version=5)


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        ((None, Reason.FORGED), Reason.FORGED),
        ((None, Reason.NOT_A_CODE), Reason.NOT_A_CODE),
        (("urn:epc:id:sgtin:1.2.3", Reason.NOT_A_CODE), Reason.NOT_A_CODE),
        (("itm_blank", None), Reason.NOT_ACTIVATED),
    ],
)
def test_what_no_item_bears_is_unknown(read: tuple[str | None, Reason | None], reason: Reason) -> None:
    growth = decide(make_take(), [make_upload("x")], known(x=read))
    assert verdict_of(growth) == (Verdict.UNKNOWN, reason)
    assert growth.sightings == []


def test_a_second_scan_tells_of_the_first_by_whichever_phone() -> None:
    uploads = [make_upload(), make_upload(scan_id="scan-2", device_id="phone-2"), make_upload(scan_id="scan-3")]
    growth = decide(make_take(), uploads, known(make_item(), expected=("a",)))
    assert [record.verdict for record in growth.records] == [
        Verdict.FOUND, Verdict.FOUND_TWICE, Verdict.FOUND_TWICE
    ]  # fmt: skip
    assert [record.position for record in growth.records] == [0, 0, 1]
    first = Sighting(item_id="a", expected=True, verdict=Verdict.FOUND, scan=uploads[0].scan)
    assert [record.first for record in growth.records] == [None, first, first]
    assert growth.sightings == [first]
    assert growth.take.missing == 1


def test_a_scan_id_is_answered_once() -> None:
    facts = known(make_item(), make_item("b"), expected=("a", "b"))
    uploads = [make_upload(), make_upload(), make_upload("code b")]
    growth = decide(make_take(), uploads, facts)
    assert [answer.status for answer in growth.answers] == [
        ScanStatus.RECORDED, ScanStatus.REPEATED, ScanStatus.SCAN_ID_REUSED
    ]  # fmt: skip
    assert {answer.record for answer in growth.answers} == {growth.records[0]}
    assert growth.take.counts == {Verdict.FOUND: 1}


@pytest.mark.parametrize("state", [StockTakeState.SIGNING_OFF, StockTakeState.SIGNED_OFF])
def test_what_comes_after_the_sign_off_is_kept_and_changes_nothing(state: StockTakeState) -> None:
    facts = known(make_item(), expected=("a",), x=(None, Reason.FORGED))
    growth = decide(make_take(state=state), [make_upload(), make_upload("x", scan_id="scan-2")], facts)
    assert [(record.verdict, record.item) for record in growth.records] == [
        (Verdict.TOO_LATE, counted(make_item())), (Verdict.TOO_LATE, None)
    ]  # fmt: skip
    assert growth.sightings == []
    assert growth.take == make_take(state=state, counts={Verdict.TOO_LATE: 2}, version=5)


def test_scanned_texts_are_codes_links_or_identifiers_of_others() -> None:
    ours = (NUMBER.item_id, None)
    assert read_scanned(CODE, KEYRING) == ours
    assert read_scanned(f"https://code.example.cn/i/{CODE}", KEYRING) == ours
    assert read_scanned(readable(CODE).upper(), KEYRING) == ours
    assert read_scanned(CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), KEYRING) == (None, Reason.FORGED)
    other = make_item_code(replace(NUMBER, kid=2), KEYRING)
    assert read_scanned(other, ItemKeyring(secrets={1: bytes(32)}, active_kid=1)) == (None, Reason.FORGED)
    assert read_scanned("不是码", KEYRING) == (None, Reason.NOT_A_CODE)
    assert read_scanned("urn:epc:id:sgtin:1.2.3", KEYRING) == ("urn:epc:id:sgtin:1.2.3", Reason.NOT_A_CODE)
    # Whoever knows an id, and has no label, has seen nothing.
    assert read_scanned(item_epc(NUMBER.item_id), KEYRING) == (None, Reason.NOT_A_CODE)
    assert read_scanned(NUMBER.item_id, KEYRING) == (None, Reason.NOT_A_CODE)


def test_a_venue_covers_its_spots() -> None:
    spot, venue = make_take(), make_take(place=Place(venue_id=VENUE, spot=None))
    whole = f"urn:chengma:place:{VENUE}"
    assert [is_at(spot, uri) for uri in (HERE, AWAY, whole, None)] == [True, False, False, False]
    assert [is_at(venue, uri) for uri in (HERE, AWAY, whole, None)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("opener", "signer", "allowed"),
    [
        ("district:310101", "district:310101", True),
        ("district:310101", "city:310000", True),
        ("district:310101", f"venue:{VENUE}", False),
        ("city:310000", "district:310101", False),
        (f"venue:{VENUE}", f"venue:{VENUE}", True),
        (f"venue:{VENUE}", "district:310115", False),
    ],
)
def test_the_opener_s_level_or_one_above_signs_off(opener: str, signer: str, allowed: bool) -> None:  # noqa: FBT001 -- a case
    assert may_sign_off(make_take(scopes=(opener,)), [signer]) is allowed


def test_what_changed_since_it_was_counted_is_not_told() -> None:
    item = make_item()
    scopes = ["city:310000"]

    def told(now: Item | None) -> bool:
        return bool(list(as_counted([counted(item)], {} if now is None else {"a": now}, scopes)))

    assert told(item)
    assert not told(replace(item, state=ItemState.ENDED))
    assert not told(replace(item, place=AWAY))
    assert not told(replace(item, seen_by=("district:310115",)))
    assert not told(replace(item, state=ItemState.VOID))
    assert not told(None)


def test_what_was_missing_is_found_again() -> None:
    same, lost = make_item(), make_item("b", disposition="unknown")
    assert by_disposition([same, lost]) == ([same], [lost])


def test_parts_are_found_by_their_first_ids() -> None:
    starts = ("b", "d", "f")
    assert [part_of(starts, one) for one in "abcdefg"] == [None, 0, 0, 1, 1, 2, 2]
    assert part_of((), "a") is None
