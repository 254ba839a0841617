"""What goes into a pack, and how long it lasts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from qr.gate_pack import mark_of, tail_mark
from services.admissions.packs.errors import PackDayRefused
from services.admissions.packs.model import PartyInside, PartyMarks, PartyMoved
from services.admissions.packs.rules import (
    digest_of,
    pack_day,
    pack_ends_at,
    parties_inside,
    party_marks,
    scanned_between,
    still_entered,
    tail_marks,
)
from services.common.clock import day_bounds
from tests.factories import make_slot, new_id

TODAY = date(2027, 2, 6)
NINE = datetime(2027, 2, 6, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = bytes(range(32))
NOBODY = PartyMarks(
    cancelled=frozenset(), revoked=frozenset(), admitted=frozenset(), partly_admitted={}, tails=frozenset()
)


def moved(reservation_id: str, count: int, party: int = 4, ends_at: datetime = NINE + 2 * HOUR) -> PartyMoved:
    return PartyMoved(
        reservation_id=reservation_id, party_size=party, admitted_now=count, starts_at=NINE, ends_at=ends_at
    )


def test_packs_are_for_today_and_tomorrow_of_the_city() -> None:
    late = datetime(2027, 2, 6, 15, 59, tzinfo=UTC)
    assert pack_day(None, late) == pack_day(TODAY, late) == TODAY
    assert pack_day(TODAY + timedelta(days=1), late) == date(2027, 2, 7)
    assert pack_day(None, late + timedelta(minutes=1)) == date(2027, 2, 7)
    for wrong in (TODAY - timedelta(days=1), TODAY + timedelta(days=2)):
        with pytest.raises(PackDayRefused):
            pack_day(wrong, late)


def test_a_pack_lasts_an_hour_longer_than_the_last_entry() -> None:
    slots = [make_slot(starts_at=NINE, ends_at=NINE + hours * HOUR) for hours in (8, 2)]
    closed = NINE + 8 * HOUR + timedelta(minutes=15)
    assert pack_ends_at(slots, NINE) == closed + HOUR
    early = make_slot(starts_at=NINE, ends_at=NINE + 8 * HOUR, last_entry_at=NINE + 4 * HOUR)
    assert pack_ends_at([early], NINE) == NINE + 5 * HOUR + timedelta(minutes=15)


def test_a_pack_lasts_at_least_an_hour_and_at_most_thirty() -> None:
    assert pack_ends_at([], NINE) == NINE + HOUR
    assert pack_ends_at([make_slot(starts_at=NINE - 9 * HOUR, ends_at=NINE - 8 * HOUR)], NINE) == NINE + HOUR
    assert pack_ends_at([make_slot(starts_at=NINE, ends_at=NINE + 40 * HOUR)], NINE) == NINE + 30 * HOUR
    assert pack_ends_at([], NINE + timedelta(milliseconds=900)) == NINE + HOUR


def test_entries_add_up_and_what_was_undone_does_not_count() -> None:
    one, two, three, past = (new_id("rsv") for _ in range(4))
    known = parties_inside(
        [
            *(moved(one, 2), moved(one, 1)),
            *(moved(two, 4), moved(two, -4)),
            *(moved(three, 4), moved(three, 4)),
            moved(past, 4, ends_at=NINE - 2 * HOUR),
        ],
        NINE,
    )
    assert known == {one: PartyInside(admitted=3, party_size=4), three: PartyInside(admitted=8, party_size=4)}


def test_nothing_is_said_of_parties_whose_time_has_passed() -> None:
    assert still_entered(NINE, NINE + timedelta(minutes=74))
    assert not still_entered(NINE, NINE + timedelta(minutes=75))


def test_people_of_a_day_come_before_midnight_and_after() -> None:
    first, end = day_bounds(TODAY)
    night = make_slot(starts_at=end - HOUR, ends_at=end + 2 * HOUR)
    assert scanned_between([night], first, end) == (first - 1.5 * HOUR, end + 3.25 * HOUR)
    assert scanned_between([], first, end)[1] == end + 1.25 * HOUR


def test_parties_become_marks() -> None:
    gone, stopped, whole, part, over = (new_id("rsv") for _ in range(5))
    marks = party_marks(
        cancelled=[gone],
        revoked=[stopped],
        inside={
            whole: PartyInside(admitted=4, party_size=4),
            part: PartyInside(admitted=3, party_size=4),
            over: PartyInside(admitted=5, party_size=4),
        },
        tails=tail_marks(whole, ["12ab", "5678", "1", "城城城城"], KEY),
    )
    assert marks.cancelled == {mark_of(gone)}
    assert marks.revoked == {mark_of(stopped)}
    assert marks.admitted == {mark_of(whole), mark_of(over)}
    assert marks.partly_admitted == {mark_of(part): 3}
    assert marks.tails == {tail_mark(KEY, whole, "12AB"), tail_mark(KEY, whole, "5678")}


def test_the_digest_stands_for_all_that_is_said() -> None:
    one, two = mark_of(new_id("rsv")), mark_of(new_id("rsv"))
    said = [
        digest_of(NOBODY, NINE),
        digest_of(NOBODY, NINE + HOUR),
        *(
            digest_of(PartyMarks(**{**vars(NOBODY), name: frozenset({one})}), NINE)
            for name in ("cancelled", "revoked", "admitted", "tails")
        ),
        digest_of(PartyMarks(**{**vars(NOBODY), "partly_admitted": {one: 1}}), NINE),
        digest_of(PartyMarks(**{**vars(NOBODY), "partly_admitted": {one: 2}}), NINE),
    ]
    assert len(set(said)) == len(said)
    both = PartyMarks(**{**vars(NOBODY), "admitted": frozenset([one, two])})
    assert digest_of(both) == digest_of(PartyMarks(**{**vars(NOBODY), "admitted": frozenset([two, one])}))
