"""Which notices there are, when they are due, and what an accept is worth."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from services.notifications.errors import Backoff
from services.notifications.model import AcceptGiven, Fact, NoticeCall, NoticeKind
from services.notifications.rules import (
    MOST_ACCEPTS,
    evening_before,
    granted,
    notice_key,
    notices_of,
    rest_after,
    visit_of,
)
from services.notifications.windows import FARTHEST, MOST, Window
from tests.factories import NOW
from tests.notices import make_call

KIND = NoticeKind.WAITLIST_OFFER


def notices(call: NoticeCall, now: datetime = NOW) -> list[tuple[NoticeKind, datetime]]:
    numbers = count()
    return [(one.kind, one.due_at) for one in notices_of(call, now, lambda: f"ntc_{next(numbers)}")]


@pytest.mark.parametrize(
    ("starts_at", "evening"),
    [
        ("2026-11-24T09:00:00+08:00", "2026-11-23T19:00:00+08:00"),
        ("2026-11-24T00:30:00+08:00", "2026-11-23T19:00:00+08:00"),
        ("2026-11-23T23:30:00Z", "2026-11-23T19:00:00+08:00"),
        ("2027-01-01T09:00:00+08:00", "2026-12-31T19:00:00+08:00"),
        ("2028-03-01T09:00:00+08:00", "2028-02-29T19:00:00+08:00"),
    ],
)
def test_the_evening_before_is_the_citys(starts_at: str, evening: str) -> None:
    assert evening_before(datetime.fromisoformat(starts_at)) == datetime.fromisoformat(evening)


def test_a_booking_brings_a_reminder_while_its_evening_is_ahead() -> None:
    starts_at = datetime(2026, 12, 24, 1, 0, tzinfo=UTC)
    call = make_call(facts={Fact.STARTS_AT: starts_at.isoformat()}, expires_at=starts_at)
    evening = datetime(2026, 12, 23, 11, 0, tzinfo=UTC)
    before = evening - timedelta(seconds=1)
    assert notices(call, before) == [(call.kind, before), (NoticeKind.VISIT_REMINDER, evening)]
    assert notices(call, evening) == [(call.kind, evening)]


@pytest.mark.parametrize("facts", [{}, {"starts_at": "tomorrow"}, {"starts_at": "2027-12-24T09:00:00"}])
def test_without_a_start_there_is_no_reminder(facts: dict[str, str]) -> None:
    assert [kind for kind, _ in notices(make_call(facts=facts))] == [NoticeKind.BOOKING_CONFIRMED]


def test_a_draw_brings_a_reminder_only_with_places() -> None:
    facts = {Fact.STARTS_AT: (NOW + timedelta(days=9)).isoformat()}
    call = make_call(kind=NoticeKind.DRAW_RESULT, facts=facts)
    assert len(notices(call)) == 1
    with_places = make_call(kind=NoticeKind.DRAW_RESULT, facts={**facts, Fact.RESERVATION_ID: "rsv_won"})
    kinds = [one.subject_id for one in notices_of(with_places, NOW, lambda: "ntc_1")]
    assert kinds == [with_places.subject_id, "rsv_won"]


def test_what_leads_to_no_visit_yet_names_none() -> None:
    assert visit_of(NoticeKind.GROUP_DECIDED, "grp_1", {}) is None
    assert visit_of(NoticeKind.WAITLIST_OFFER, "wai_1", {Fact.RESERVATION_ID: "rsv_1"}) == "rsv_1"
    assert visit_of(NoticeKind.BOOKING_CHANGED, "rsv_1", {}) == "rsv_1"


def test_the_same_fact_has_one_name_and_another_round_has_another() -> None:
    call = make_call(kind=KIND, subject_id="wai_1", facts={Fact.ROUND: "1"})
    again = make_call(kind=KIND, subject_id="wai_1", facts={Fact.ROUND: "2"})
    assert notice_key(call) == "waitlist_offer:wai_1:1" != notice_key(again)
    assert notice_key(make_call(subject_id="rsv_1")) == notice_key(make_call(subject_id="rsv_1"))
    due_at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert notice_key(make_call(subject_id="rsv_1", due_at=due_at)) == "booking_confirmed:rsv_1:20261201T090000Z"


def test_nothing_is_due_in_the_past() -> None:
    assert notices(make_call(due_at=NOW - timedelta(days=3))) == [(NoticeKind.BOOKING_CONFIRMED, NOW)]


def test_accepts_are_added_one_for_each_kind_up_to_a_bound() -> None:
    yes, no = AcceptGiven(kind=KIND, accepted=True), AcceptGiven(kind=KIND, accepted=False)
    assert granted({}, [no]) == {}
    assert granted({KIND: 2}, [yes]) == {KIND: 3}
    assert granted({KIND: 2}, [yes, yes, no]) == {KIND: 3}
    assert granted({KIND: MOST_ACCEPTS}, [yes]) == {KIND: MOST_ACCEPTS}
    assert granted({KIND: MOST_ACCEPTS + 1}, [yes]) == {KIND: MOST_ACCEPTS + 1}


def test_rests_double_up_to_their_bound_with_some_chance() -> None:
    backoff = Backoff(first_s=60.0, longest_s=3600.0)
    longest = [rest_after(failures, backoff, lambda: 0.0).total_seconds() for failures in (1, 2, 3, 7, 999)]
    assert longest == [60.0, 120.0, 240.0, 3600.0, 3600.0]
    assert rest_after(1, backoff, lambda: 1.0).total_seconds() == 30.0


def test_a_window_walks_from_far_behind_to_the_present_and_stays_there() -> None:
    window = Window(NOW)
    since, until = window.stretch(NOW)
    assert since == NOW - FARTHEST
    looks = 1
    while window.looked(until, 0, NOW):
        before = until
        since, until = window.stretch(NOW)
        assert since == before
        looks += 1
    assert until > NOW
    assert looks < 20
    since, until = window.stretch(NOW)
    assert since < NOW < until
    assert not window.looked(until, 0, NOW)


def test_a_window_that_was_full_is_looked_at_again_and_gets_narrower() -> None:
    window = Window(NOW)
    since, until = window.stretch(NOW)
    assert window.looked(until, MOST, NOW)
    again, sooner = window.stretch(NOW)
    assert again == since
    assert sooner < until
