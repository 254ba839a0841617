"""The draw of a fair release, and the ids that follow from what they are for."""

import hashlib
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.reservations.model import SlotState
from services.reservations.releases.drawing import beacon_content, draw, key_of, read_result, result_text
from services.reservations.releases.errors import ChoiceRefused
from services.reservations.releases.model import Beacon, Entry
from services.reservations.releases.rules import (
    GATES,
    day_ends_at,
    day_starts_at,
    ensure_choices,
    gate_of,
    is_markable,
    release_id,
    request_id,
)
from tests.factories import make_slot
from tests.releases import BEACON, SEED, make_entries

ID = re.compile(r"[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}")
POOL = "ab" * 32


def pool_of(entries: list[Entry], **places: int) -> dict[str, object]:
    return {
        "slots": [{"id": name, "places": count} for name, count in places.items()],
        "requests": [
            {"ticket": one.ticket, "party_size": one.party_size, "choices": list(one.choices)} for one in entries
        ],
    }


def keys(count: int) -> list[bytes]:
    return [key_of(hashlib.sha256(bytes([number])).digest(), POOL, BEACON) for number in range(count)]


def test_each_gets_the_first_choice_that_still_has_places_enough() -> None:
    entries = make_entries(60, 4)
    places = {f"slt_{number:03}": 20 for number in range(4)}
    lots = draw(pool_of(entries, **places), keys(1)[0])
    assert sorted(one.ticket for one in lots) == sorted(one.ticket for one in entries)
    asked = {one.ticket: one for one in entries}
    for lot in lots:
        size = asked[lot.ticket].party_size
        fitting = [choice for choice in asked[lot.ticket].choices if places[choice] >= size]
        assert lot.slot_id == (fitting[0] if fitting else None)
        if lot.slot_id is not None:
            places[lot.slot_id] -= size
    assert min(places.values()) >= 0
    assert read_result(result_text(lots)) == lots


def test_a_large_party_that_does_not_fit_is_passed_over() -> None:
    entries = [
        replace(one, party_size=size, choices=("a",)) for one, size in zip(make_entries(3, 1), (5, 1, 1), strict=True)
    ]
    for key in keys(20):
        won = {one.ticket for one in draw(pool_of(entries, a=2), key) if one.slot_id}
        assert won == {entries[1].ticket, entries[2].ticket}


def test_all_have_the_same_chance_whenever_they_asked() -> None:
    entries = [replace(one, party_size=1, choices=("a",)) for one in make_entries(10, 1)]
    wins = Counter(
        one.ticket
        for number in range(2000)
        for one in draw(pool_of(entries, a=3), key_of(number.to_bytes(32), POOL, BEACON))
        if one.slot_id
    )
    # 600 each on average, with a deviation of 20.5: beyond five of these is no chance.
    assert all(abs(wins[one.ticket] - 600) < 103 for one in entries), wins


def test_every_part_changes_the_key() -> None:
    others = (
        key_of(bytes(32), POOL, BEACON),
        key_of(SEED, "00" * 32, BEACON),
        key_of(SEED, POOL, replace(BEACON, checkpoint=None)),
        key_of(SEED, POOL, replace(BEACON, public_value="05 11 17 22 31")),
        key_of(SEED, POOL, Beacon(checkpoint=None, public_value=None)),
    )
    assert len({key_of(SEED, POOL, BEACON), *others}) == 6
    assert beacon_content(BEACON) == {"checkpoint": BEACON.checkpoint, "public_value": BEACON.public_value}


def test_ids_follow_from_what_they_are_for() -> None:
    first = release_id("ven_a", date(2027, 2, 6))
    assert first == release_id("ven_a", date(2027, 2, 6))
    assert len({first, release_id("ven_b", date(2027, 2, 6)), release_id("ven_a", date(2027, 2, 7))}) == 3
    assert request_id(first, "cit_1") == request_id(first, "cit_1") != request_id(first, "cit_2")
    assert all(ID.fullmatch(one) for one in (first, request_id(first, "cit_1")))


def test_a_day_is_that_of_the_city() -> None:
    day = date(2027, 2, 6)
    assert day_starts_at(day) == datetime(2027, 2, 5, 16, tzinfo=UTC)
    assert day_ends_at(day) - day_starts_at(day) == timedelta(days=1)


def test_requests_pass_all_gates_alike() -> None:
    passed = Counter(gate_of(one.ticket) for one in make_entries(GATES * 100, 1))
    assert passed.keys() == set(range(GATES))
    assert max(passed.values()) < 160


def test_what_is_taken_or_closed_is_not_marked() -> None:
    slot = make_slot()
    assert is_markable(slot)
    others = (
        replace(slot, places_left=9),
        replace(slot, waiting=1),
        replace(slot, state=SlotState.CLOSED),
        replace(slot, state=SlotState.WITHDRAWN),
        replace(slot, state=SlotState.DRAWN),
    )
    assert not any(is_markable(one) for one in others)


def test_choices_are_drawn_slots_each_once() -> None:
    drawn, opened = make_slot(state=SlotState.DRAWN), make_slot()
    assert ensure_choices([drawn.id], [opened, drawn]) == drawn
    with pytest.raises(ChoiceRefused) as refused:
        ensure_choices([drawn.id, opened.id, drawn.id, "slt_x"], [opened, drawn])
    assert [one.path for one in refused.value.errors] == ["choices[1]", "choices[2]", "choices[3]"]
