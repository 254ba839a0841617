"""What answers come to: conditions, evidence, failures, and nothing but AnswersInvalid for any answers at all."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.patrols.checklists.errors import AnswersInvalid
from services.patrols.checklists.model import (
    Answer,
    Choice,
    Comparison,
    Condition,
    Outcome,
    Question,
    QuestionType,
    Release,
    Severity,
)
from services.patrols.checklists.rules import MOST_PHOTOS, evaluate
from services.patrols.sites.model import CheckResult
from tests.checklists import PHOTOS, answer, make_failing, make_failure, make_question, make_release

DAY = date(2026, 11, 22)


def when(question_id: str, value: Any, comparison: Comparison = Comparison.EQUALS) -> tuple[Condition, ...]:
    return (Condition(question_id=question_id, comparison=comparison, value=value),)


CHOICES = (
    Choice(value="clear", text="畅通", text_en="Clear"),
    Choice(value="blocked", text="堵塞", text_en="Blocked", fails=True),
)
ALL_TYPES: tuple[Question, ...] = (
    make_failing("kitchen", Severity.MINOR),
    make_question("exits", QuestionType.CHOICE, choices=CHOICES, failure=make_failure(severity=Severity.CRITICAL)),
    make_question("people", QuestionType.NUMBER, least=0, most=500, required=False),
    make_question(
        "freezer",
        QuestionType.TEMPERATURE,
        when=when("kitchen", value=True),
        least=-60,
        most=40,
        good_most=-18,
        failure=make_failure(),
    ),
    make_question("expires", QuestionType.DATE, fails_when_past=True, failure=make_failure(), required=False),
    make_question("front", QuestionType.PHOTO, when=when("freezer", -18, Comparison.AT_LEAST)),
    make_question("signed", QuestionType.SIGNATURE, required=False),
    make_question("note", QuestionType.TEXT, longest=10, required=False),
)
RELEASE = make_release(*ALL_TYPES)
GOOD = (answer("kitchen", value=True), answer("exits", "clear"), answer("freezer", -20))


def codes(release: Release, *answers: Answer) -> set[tuple[str, str]]:
    with pytest.raises(AnswersInvalid) as refused:
        evaluate(release, answers, DAY)
    return {(error.path, error.code) for error in refused.value.errors}


def only(question: Question, one: Answer) -> Outcome:
    return evaluate(make_release(question), [one], DAY)


def test_good_answers_pass() -> None:
    outcome = evaluate(RELEASE, GOOD, DAY)
    assert (outcome.result, outcome.asked, outcome.answered, outcome.failed) == (CheckResult.PASSED, 7, 3, ())


@pytest.mark.parametrize(
    ("severities", "result"),
    [
        ([], CheckResult.PASSED),
        ([Severity.MINOR], CheckResult.FINDINGS),
        ([Severity.MAJOR, Severity.MINOR], CheckResult.FINDINGS),
        ([Severity.MINOR, Severity.CRITICAL], CheckResult.FAILED),
    ],
)
def test_the_worst_failure_makes_the_result(severities: list[Severity], result: CheckResult) -> None:
    questions = [make_failing(f"q{at}", severity) for at, severity in enumerate(severities)]
    answers = [answer(one.id, value=False, photos=1) for one in questions]
    outcome = evaluate(make_release(make_question("ok"), *questions), [answer("ok", value=True), *answers], DAY)
    assert outcome.result is result
    assert [one.question.id for one in outcome.failed] == [one.id for one in questions]


@pytest.mark.parametrize(
    ("question", "value", "code"),
    [
        (make_question("q"), 1, "wrong_type"),
        (make_question("q"), "true", "wrong_type"),
        (make_question("q"), None, "required"),
        (make_question("q", QuestionType.NUMBER), True, "wrong_type"),
        (make_question("q", QuestionType.NUMBER), "3", "wrong_type"),
        (make_question("q", QuestionType.NUMBER), float("nan"), "wrong_type"),
        (make_question("q", QuestionType.NUMBER), float("inf"), "wrong_type"),
        (make_question("q", QuestionType.NUMBER), 10**400, "out_of_range"),
        (make_question("q", QuestionType.NUMBER, least=0, most=9), 9.01, "out_of_range"),
        (make_question("q", QuestionType.TEMPERATURE, least=-60), -61, "out_of_range"),
        (make_question("q", QuestionType.TEXT, longest=3), "四个汉字", "too_long"),
        (make_question("q", QuestionType.TEXT), " ", "too_short"),
        (make_question("q", QuestionType.TEXT), 3, "wrong_type"),
        (make_question("q", QuestionType.CHOICE, choices=CHOICES), "open", "not_allowed"),
        (make_question("q", QuestionType.CHOICE, choices=CHOICES), False, "wrong_type"),
        (make_question("q", QuestionType.DATE), "2026-02-30", "invalid_format"),
        (make_question("q", QuestionType.DATE), "20261122", "invalid_format"),
        (make_question("q", QuestionType.DATE), 20261122, "wrong_type"),
    ],
)
def test_a_wrong_value_is_named(question: Question, value: Any, code: str) -> None:
    other = make_question("first")
    assert codes(make_release(other, question), answer("first", value=True), answer("q", value)) == {
        ("answers[1].value", code)
    }


def test_pictures_are_answered_by_photos_alone() -> None:
    for kind in (QuestionType.PHOTO, QuestionType.SIGNATURE):
        release = make_release(make_question("q", kind, photos_always=0))
        assert codes(release, answer("q")) == {("answers[0].photos", "evidence_missing")}
        assert codes(release, answer("q", "x", photos=1)) == {("answers[0].value", "value_not_asked")}
        assert evaluate(release, [answer("q", photos=1)], DAY).answered == 1


def test_evidence_is_needed_of_a_failure_only() -> None:
    release = make_release(make_failing("q", photos_on_failure=2))
    assert codes(release, answer("q", value=False, photos=1)) == {("answers[0].photos", "evidence_missing")}
    assert evaluate(release, [answer("q", value=True)], DAY).result is CheckResult.PASSED
    always = make_release(make_question("q", photos_always=1))
    assert codes(always, answer("q", value=True)) == {("answers[0].photos", "evidence_missing")}


def test_a_photo_counts_once_and_not_too_many() -> None:
    release = make_release(make_question("q"))
    twice = Answer(question_id="q", value=True, photos=(PHOTOS[0], PHOTOS[1], PHOTOS[0]))
    assert codes(release, twice) == {("answers[0].photos[2]", "repeated")}
    assert codes(release, answer("q", value=True, photos=MOST_PHOTOS + 1)) == {("answers[0].photos", "too_long")}


def test_unknown_and_repeated_questions_are_named() -> None:
    found = codes(make_release(make_question("q")), answer("x", 1), answer("q", value=True), answer("q", value=True))
    assert found == {("answers[0].question_id", "question_unknown"), ("answers[2].question_id", "repeated")}


def test_a_missing_answer_names_its_question() -> None:
    with pytest.raises(AnswersInvalid) as refused:
        evaluate(RELEASE, [GOOD[0], GOOD[1]], DAY)
    (error,) = refused.value.errors
    assert (error.path, error.code, error.values) == ("answers", "required", ("freezer",))


def test_what_follows_an_answer_without_its_photo_is_missed_at_once() -> None:
    follows = make_question("why", when=when("kitchen", value=False))
    release = make_release(make_failing("kitchen", Severity.MINOR), follows)
    lacking = codes(release, answer("kitchen", value=False))
    assert lacking == {("answers[0].photos", "evidence_missing"), ("answers", "required")}


def test_what_is_not_asked_is_kept_and_does_not_count() -> None:
    """A phone sends what was answered before an earlier answer changed, right or wrong."""
    leftover = (answer("freezer", "warm"), answer("front", photos=0))
    changed = (answer("kitchen", value=False, photos=1), GOOD[1], *leftover)
    outcome = evaluate(RELEASE, changed, DAY)
    assert outcome.set_aside == leftover
    assert [one.question.id for one in outcome.failed] == ["kitchen"]
    assert (outcome.asked, outcome.answered) == (6, 2)


def test_conditions_chain() -> None:
    """A question that is not asked fulfils nothing, whatever was answered to it."""
    release = make_release(
        make_question("a"),
        make_question("b", when=when("a", value=True)),
        make_question("c", when=when("b", value=True)),
        make_question("d", when=when("b", value=True, comparison=Comparison.DIFFERS)),
    )
    outcome = evaluate(release, [answer("a", value=False), answer("b", value=True)], DAY)
    assert (outcome.asked, outcome.answered) == (1, 1)
    assert codes(release, answer("a", value=True), answer("b", value=True)) == {("answers", "required")}
    assert evaluate(release, [answer(one, value=True) for one in "abc"], DAY).asked == 3


@pytest.mark.parametrize(
    ("comparison", "value", "asked"),
    [
        (Comparison.EQUALS, 5, True),
        (Comparison.EQUALS, 5.0, True),
        (Comparison.EQUALS, True, False),
        (Comparison.DIFFERS, 5, False),
        (Comparison.AT_LEAST, 5, True),
        (Comparison.AT_LEAST, 6, False),
        (Comparison.AT_MOST, 4.9, False),
        (Comparison.AT_MOST, "6", False),
    ],
)
def test_numbers_compare_as_numbers(comparison: Comparison, value: Any, asked: bool) -> None:  # noqa: FBT001 -- a column
    release = make_release(
        make_question("n", QuestionType.NUMBER), make_question("q", required=False, when=when("n", value, comparison))
    )
    assert evaluate(release, [answer("n", 5)], DAY).asked == 1 + asked


def test_true_is_not_one() -> None:
    release = make_release(make_question("b"), make_question("q", required=False, when=when("b", 1)))
    assert evaluate(release, [answer("b", value=True)], DAY).asked == 1


@pytest.mark.parametrize(("value", "failed"), [(-18, 0), (-18.1, 0), (-17.9, 1), (40, 1)])
def test_a_number_fails_outside_what_is_good(value: float, failed: int) -> None:
    question = make_question("q", QuestionType.TEMPERATURE, most=40, good_most=-18, failure=make_failure())
    assert len(only(question, answer("q", value, photos=1)).failed) == failed


@pytest.mark.parametrize(("days", "failed"), [(-1, 1), (0, 0), (1, 0)])
def test_a_date_fails_before_the_visit(days: int, failed: int) -> None:
    question = make_question("q", QuestionType.DATE, fails_when_past=True, failure=make_failure())
    day = (DAY + timedelta(days=days)).isoformat()
    assert len(only(question, answer("q", day, photos=1)).failed) == failed


@pytest.mark.parametrize(("days", "failed"), [(-366, 1), (-365, 0), (0, 0), (1, 1)])
def test_what_happened_must_have_been_lately(days: int, failed: int) -> None:
    question = make_question("q", QuestionType.DATE, fails_after_days=365, failure=make_failure())
    day = (DAY + timedelta(days=days)).isoformat()
    assert len(only(question, answer("q", day, photos=1)).failed) == failed


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["clear", "blocked", "2026-11-21", "2027-01-01", "2026-13-01", "", " "]),
    st.integers(min_value=-70, max_value=50),
    st.text(max_size=12),
)
ANSWERS = st.builds(
    Answer,
    question_id=st.sampled_from([*(one.id for one in ALL_TYPES), "nothing"]),
    value=VALUES,
    note=st.just(""),
    photos=st.lists(st.sampled_from(PHOTOS[:4]), max_size=3).map(tuple),
)
# Mostly right, so that much of it is accepted.
LIKELY = st.fixed_dictionaries(
    {},
    optional={
        "kitchen": st.booleans(),
        "exits": st.sampled_from(["clear", "blocked"]),
        "people": st.integers(min_value=0, max_value=500),
        "freezer": st.integers(min_value=-60, max_value=40),
        "expires": st.sampled_from(["2026-11-21", "2027-01-01"]),
        "note": st.text(max_size=12),
    },
).map(lambda chosen: [answer(name, value, photos=1) for name, value in chosen.items()])


@given(st.lists(ANSWERS, max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_answers_are_evaluated_or_named(answers: list[Answer]) -> None:
    try:
        outcome = evaluate(RELEASE, answers, DAY)
    except AnswersInvalid:
        return
    assert outcome.answered + len(outcome.set_aside) == len(answers)
    assert outcome.answered <= outcome.asked <= len(ALL_TYPES)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_the_order_of_answers_does_not_matter(data: st.DataObject) -> None:
    answers = [*data.draw(LIKELY), answer("front", photos=1)]
    shuffled = data.draw(st.permutations(answers))
    assert told(answers) == told(shuffled)


def told(answers: list[Answer]) -> Outcome | set[tuple[str, str]]:
    try:
        return evaluate(RELEASE, answers, DAY)
    except AnswersInvalid as refused:
        # Places move with the order; what is wrong does not.
        return {(error.path.rpartition("]")[2], error.code) for error in refused.errors}


def test_a_wrong_answer_fulfils_nothing() -> None:
    """So that one mistake is named once, and not again by every question that depends on it."""
    dependent = make_question("b", when=when("a", value=True, comparison=Comparison.DIFFERS))
    assert codes(make_release(make_question("a"), dependent), answer("a", 7)) == {("answers[0].value", "wrong_type")}
