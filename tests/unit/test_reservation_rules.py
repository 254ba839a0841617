"""Decisions about bookings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.reservations.errors import PartyRefused, SlotClosed, SlotEnded, SlotFull
from services.reservations.model import DocumentType, Slot, SlotState, SlotStatus, Visitor
from services.reservations.rules import (
    ensure_bookable,
    ensure_party,
    entry_window,
    masked_name,
    masked_number,
    status_of,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SLOT = Slot(
    id="slt_1",
    venue_id="ven_1",
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=1),
    capacity=10,
    places_left=3,
    state=SlotState.OPEN,
)


def visitor(number: str, kind: DocumentType = DocumentType.PASSPORT) -> Visitor:
    return Visitor(name="示例访客", id_type=kind, id_number=number)


def paths_and_codes(refused: PartyRefused) -> list[tuple[str, str]]:
    return [(error.path, error.code) for error in refused.errors]


@pytest.mark.parametrize(
    ("slot", "now", "status"),
    [
        (SLOT, NOW, SlotStatus.OPEN),
        (SLOT, SLOT.ends_at - timedelta(milliseconds=1), SlotStatus.OPEN),
        (SLOT, SLOT.ends_at, SlotStatus.ENDED),
        (replace(SLOT, places_left=0), NOW, SlotStatus.FULL),
        (replace(SLOT, state=SlotState.CLOSED), NOW, SlotStatus.CLOSED),
        (replace(SLOT, state=SlotState.CLOSED), SLOT.ends_at, SlotStatus.ENDED),
    ],
)
def test_a_slot_says_what_can_be_done_with_it(slot: Slot, now: datetime, status: SlotStatus) -> None:
    assert status_of(slot, now) is status


def test_a_party_needs_as_many_places_as_it_has_people() -> None:
    ensure_bookable(SLOT, 3, NOW)
    with pytest.raises(SlotFull):
        ensure_bookable(SLOT, 4, NOW)


def test_a_slot_that_is_closed_or_over_is_refused_by_name() -> None:
    with pytest.raises(SlotClosed):
        ensure_bookable(replace(SLOT, state=SlotState.CLOSED), 1, NOW)
    with pytest.raises(SlotEnded) as refused:
        ensure_bookable(SLOT, 1, SLOT.ends_at)
    assert refused.value.errors[0].path == "slot_id"


def test_one_document_comes_once_in_a_party_however_it_is_typed() -> None:
    with pytest.raises(PartyRefused) as refused:
        ensure_party([visitor("E1234567"), visitor("E7654321"), visitor("e1234567")], 5)
    assert paths_and_codes(refused.value) == [("visitors[2].id_number", "duplicate")]


def test_the_same_number_on_another_kind_of_document_is_another_document() -> None:
    ensure_party([visitor("12345678"), visitor("12345678", DocumentType.TAIWAN_PERMIT)], 5)


def test_a_party_is_no_larger_than_the_venue_takes() -> None:
    with pytest.raises(PartyRefused) as refused:
        ensure_party([visitor(f"E000000{number}") for number in range(4)], 3)
    assert paths_and_codes(refused.value) == [("visitors", "party_too_large")]


def test_a_resident_identity_number_has_a_right_check_digit() -> None:
    # The specimen number of GB 11643-1999.
    ensure_party([visitor("11010519491231002X", DocumentType.RESIDENT_ID)], 5)
    with pytest.raises(PartyRefused) as refused:
        ensure_party([visitor("110105194912310021", DocumentType.RESIDENT_ID)], 5)
    assert paths_and_codes(refused.value) == [("visitors[0].id_number", "invalid_checksum")]


def test_every_fault_of_a_party_is_named_at_once() -> None:
    with pytest.raises(PartyRefused) as refused:
        ensure_party(
            [visitor("E-123"), visitor("123", DocumentType.RESIDENT_ID), visitor("E12345"), visitor("E12345")], 2
        )
    assert {path for path, _ in paths_and_codes(refused.value)} == {
        "visitors",
        "visitors[0].id_number",
        "visitors[1].id_number",
        "visitors[3].id_number",
    }


def test_the_gate_opens_before_the_slot_and_closes_after_it() -> None:
    opens_at, closes_at = entry_window(SLOT.starts_at, SLOT.ends_at)
    assert (SLOT.starts_at - opens_at, closes_at - SLOT.ends_at) == (timedelta(minutes=30), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("name", "masked"), [("示例访客", "示***"), ("某", "某*"), ("某某", "某*"), ("Example Visitor", "E**************")]
)
def test_a_masked_name_shows_its_first_character_only(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"), [("E12345678", "*****5678"), ("AB12", "**12"), ("11010519491231002X", "**************002X")]
)
def test_a_masked_number_shows_four_characters_and_never_more_than_half(number: str, masked: str) -> None:
    assert masked_number(number) == masked
