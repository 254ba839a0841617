"""Rules of ratings: who may rate when, which tags fit, what is masked, deadlines, states, figures."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.ratings import errors
from services.ratings.model import Answer, DayCount, Level, Rating, Tag, Ticket, TicketState
from services.ratings.rules import (
    BAD_TAGS,
    FEWEST_SHOWN,
    GOOD_TAGS,
    LONGEST_PERIOD,
    RATED_WITHIN,
    answered,
    closed,
    due_on,
    ensure_fitting,
    ensure_ratable,
    figures_of,
    is_bad,
    is_overdue,
    is_weekday,
    masked_words,
    new_ticket,
    period,
    tags_for,
)
from tests.factories import NOW

TODAY = date(2026, 11, 23)  # a Monday
MOMENT = timedelta(milliseconds=1)
ANSWER = Answer(words="谢谢", answered_on=TODAY, answered_by="stf_1")


def rating(level: Level = Level.DISSATISFIED, **changes: Any) -> Rating:
    made = Rating(
        id="rtg_1",
        venue_id="ven_1",
        seen_by=("city:310000",),
        visit_on=TODAY,
        rated_on=TODAY,
        level=level,
        tags=(),
        words=None,
        origin="origin",
        version=1,
        answer=None,
        ticket=new_ticket(TODAY + timedelta(days=21)) if is_bad(level) else None,
    )
    return replace(made, **changes)


def ticket_of(one: Rating) -> Ticket:
    assert one.ticket is not None
    return one.ticket


def test_a_visit_is_rated_by_who_entered_and_in_time() -> None:
    ends_at = NOW
    ensure_ratable(1, ends_at, ends_at - timedelta(hours=1))
    ensure_ratable(3, ends_at, ends_at + RATED_WITHIN - MOMENT)
    with pytest.raises(errors.RatingTooLate):
        ensure_ratable(1, ends_at, ends_at + RATED_WITHIN)
    for now in (ends_at, ends_at + RATED_WITHIN):
        with pytest.raises(errors.NotVisited):
            ensure_ratable(0, ends_at, now)


def test_every_tag_is_of_praise_or_of_blame() -> None:
    assert {*GOOD_TAGS, *BAD_TAGS} == set(Tag)
    assert not {*GOOD_TAGS} & {*BAD_TAGS}
    assert [tags_for(level) for level in Level] == [
        *(GOOD_TAGS, GOOD_TAGS, (*GOOD_TAGS, *BAD_TAGS)),
        *(BAD_TAGS, BAD_TAGS),
    ]


def test_tags_fit_the_level_and_stand_there_once() -> None:
    ensure_fitting(Level.SATISFIED, (Tag.CLEAN, Tag.ORDERLY))
    ensure_fitting(Level.BASICALLY_SATISFIED, (Tag.CLEAN, Tag.CROWDED))
    with pytest.raises(errors.TagsRefused) as refusal:
        ensure_fitting(Level.VERY_DISSATISFIED, (Tag.UNCLEAN, Tag.CLEAN, Tag.UNCLEAN))
    assert [(one.path, one.code) for one in refusal.value.errors] == [
        ("tags[1]", "not_allowed"),
        ("tags[2]", "named_twice"),
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("电话13800000000，请回电", "电话*******，请回电"),
        ("证件310101190001010000X。", "证件*******。"),
        ("证件31010119000101000x", "证件*******"),
        ("138 0000 0000", "*******"),
        ("(021)-6000-0000", "(*******"),
        ("021—60000000", "*******"),
        ("１３８００００００００", "*******"),
        ("٠١٢٣٤٥٦", "*******"),
        ("1380000\n0000", "*******"),
        ("12345 与 123456", "12345 与 123456"),
        ("等了30分钟，第2次来", "等了30分钟，第2次来"),
        ("2026年11月22日", "2026年11月22日"),
        ("1234567", "*******"),
        ("", None),
        (None, None),
    ],
)
def test_long_numbers_are_masked(written: str | None, kept: str | None) -> None:
    assert masked_words(written) == kept


def test_a_deadline_is_counted_in_working_days() -> None:
    assert due_on(TODAY, 1, is_weekday) == date(2026, 11, 24)
    assert due_on(TODAY, 5, is_weekday) == date(2026, 11, 30)
    assert due_on(TODAY, 15, is_weekday) == date(2026, 12, 14)
    saturday = date(2026, 11, 28)
    assert due_on(saturday, 1, is_weekday) == date(2026, 11, 30)
    # With an almanac: a holiday is none, a Sunday made up for is one.
    made_up, holiday = date(2026, 11, 29), date(2026, 11, 30)
    assert due_on(saturday, 1, lambda day: day == made_up or is_weekday(day)) == made_up
    assert due_on(saturday, 1, lambda day: day != holiday and is_weekday(day)) == date(2026, 12, 1)


def test_bad_ratings_have_a_ticket() -> None:
    assert [is_bad(level) for level in Level] == [False, False, False, True, True]
    assert new_ticket(TODAY).state is TicketState.OPEN


def test_a_ticket_is_answered_then_closed() -> None:
    first = rating()
    with pytest.raises(errors.TicketUnanswered):
        closed(first, "整改", "stf_1", NOW)
    told = answered(first, ANSWER, 1)
    assert (ticket_of(told).state, told.version, told.answer) == (TicketState.ANSWERED, 2, ANSWER)
    ended = closed(told, "整改", "stf_2", NOW)
    assert (ticket_of(ended).state, ticket_of(ended).measures, ticket_of(ended).closed_by) == (
        *(TicketState.CLOSED, "整改"),
        "stf_2",
    )
    with pytest.raises(errors.TicketClosed):
        closed(ended, "再次", "stf_2", NOW)
    with pytest.raises(errors.TicketUnknown):
        closed(rating(Level.SATISFIED), "整改", "stf_1", NOW)


def test_an_answer_is_corrected_by_who_saw_the_last_one() -> None:
    told = answered(rating(Level.SATISFIED), ANSWER, 1)
    again = answered(told, ANSWER, 1)
    assert again is told
    with pytest.raises(errors.RatingChanged):
        answered(told, replace(ANSWER, words="另一答复"), 1)
    with pytest.raises(errors.RatingChanged):
        answered(told, replace(ANSWER, answered_by="stf_2"), 1)
    later = replace(ANSWER, words="更正", answered_on=TODAY + timedelta(days=2), answered_by="stf_2")
    corrected = answered(told, later, 2)
    assert corrected.answer == replace(later, answered_on=TODAY)
    assert corrected.version == 3
    with pytest.raises(errors.RatingChanged):
        answered(rating(), ANSWER, 7)


def test_a_correction_opens_nothing_again() -> None:
    ended = closed(answered(rating(), ANSWER, 1), "整改", "stf_1", NOW)
    corrected = answered(ended, replace(ANSWER, words="更正"), ended.version)
    assert corrected.ticket == ended.ticket


def test_a_ticket_is_overdue_after_its_last_day() -> None:
    one = ticket_of(rating())
    assert not is_overdue(one, one.due_on)
    assert is_overdue(one, one.due_on + timedelta(days=1))
    assert not is_overdue(replace(one, state=TicketState.CLOSED), one.due_on + timedelta(days=1))


def test_figures_of_few_are_withheld() -> None:
    few = DayCount(levels={Level.SATISFIED: FEWEST_SHOWN - 1}, tags={})
    one = DayCount(levels={Level.VERY_DISSATISFIED: 1}, tags={Tag.UNSAFE: 1})
    assert figures_of([]) is None
    assert figures_of([few]) is None
    figures = figures_of([few, one])
    assert figures is not None
    assert (figures.count, figures.average, figures.satisfaction_rate) == (10, 3.7, 0.9)
    assert figures.levels == {5: 0, 4: 9, 3: 0, 2: 0, 1: 1}
    assert figures.tags == [(Tag.UNSAFE, 1)]
    middling = figures_of([DayCount(levels={Level.BASICALLY_SATISFIED: 10}, tags={})])
    assert middling is not None
    assert middling.satisfaction_rate == 1


def test_a_period_is_a_year_at_most() -> None:
    first, last = period(None, None, TODAY)
    assert (last, (last - first).days + 1) == (TODAY, LONGEST_PERIOD.days)
    assert period(TODAY, TODAY, TODAY) == (TODAY, TODAY)
    for from_on, to_on, code in (
        (TODAY, TODAY - timedelta(days=1), "days_reversed"),
        (TODAY - LONGEST_PERIOD, TODAY, "window_too_long"),
    ):
        with pytest.raises(errors.PeriodRefused) as refusal:
            period(from_on, to_on, TODAY)
        assert [one.code for one in refusal.value.errors] == [code]
