"""What can be released: every fault has its path; and the content that comes with the service has none."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from server.patrols.standing import SLUGS, read_content, standing_checklist, standing_id
from services.common.personal import asks_for_a_belief, asks_for_a_person
from services.patrols.checklists.errors import ChecklistInvalid
from services.patrols.checklists.model import (
    Choice,
    Comparison,
    Condition,
    Failure,
    Question,
    QuestionType,
    Section,
    Severity,
)
from services.patrols.checklists.releasing import MOST_QUESTIONS, ensure_releasable
from services.patrols.checklists.rules import evaluate
from services.patrols.checklists.values import has_failing_answer
from services.patrols.sites.model import CheckResult
from tests.checklists import PHOTOS, answer, make_failing, make_failure, make_question, make_release, sections_of

CHOICES = (Choice(value="a", text="甲", text_en="A"), Choice(value="b", text="乙", text_en="B"))
FIRST = make_question("first")
PLACE = "sections[0].questions[1]"


def faults(*questions: Question) -> set[tuple[str, str]]:
    with pytest.raises(ChecklistInvalid) as refused:
        ensure_releasable(sections_of(*questions))
    return {(error.path, error.code) for error in refused.value.errors}


def when(question_id: str, value: Any, comparison: Comparison = Comparison.EQUALS) -> tuple[Condition, ...]:
    return (Condition(question_id=question_id, comparison=comparison, value=value),)


NUMBER, CHOICE, DATE, TEXT = QuestionType.NUMBER, QuestionType.CHOICE, QuestionType.DATE, QuestionType.TEXT
FAILURE = make_failure()


@pytest.mark.parametrize(
    ("question", "where", "code"),
    [
        (make_question("first"), "id", "repeated"),
        (make_question("Ünlaut"), "id", "invalid_format"),
        (make_question("x" * 41), "id", "invalid_format"),
        (make_question("q", text=" "), "text", "too_short"),
        (make_question("q", text="长" * 201), "text", "too_long"),
        (make_question("q", choices=CHOICES), "choices", "not_of_this_type"),
        (make_question("q", CHOICE), "choices", "too_short"),
        (make_question("q", CHOICE, choices=(CHOICES[0], CHOICES[0])), "choices[1].value", "repeated"),
        (make_question("q", TEXT, fails_on=False, failure=FAILURE), "fails_on", "not_of_this_type"),
        (make_question("q", least=0), "least", "not_of_this_type"),
        (make_question("q", longest=3), "longest", "not_of_this_type"),
        (make_question("q", TEXT, longest=0), "longest", "out_of_range"),
        (make_question("q", NUMBER, least=9, most=1), "most", "bounds_not_ordered"),
        (make_question("q", NUMBER, most=9, good_most=10, failure=FAILURE), "most", "bounds_not_ordered"),
        (make_question("q", NUMBER, least=float("nan")), "least", "bounds_not_ordered"),
        (make_question("q", NUMBER, least=-1e13), "least", "bounds_not_ordered"),
        (make_question("q", fails_on=False), "failure", "required"),
        (make_question("q", failure=FAILURE), "failure", "never_fails"),
        (make_question("q", CHOICE, choices=CHOICES, failure=FAILURE), "failure", "never_fails"),
        (make_failing("q", photos_on_failure=0), "photos_on_failure", "out_of_range"),
        (make_failing("q", photos_on_failure=21), "photos_on_failure", "out_of_range"),
        (make_failing("q", failure=make_failure(deadline_days=366)), "failure.deadline_days", "out_of_range"),
        (make_failing("q", failure=make_failure(legal_basis="")), "failure.legal_basis", "too_short"),
        (make_question("q", when=when("q", value=True)), "when[0].question_id", "not_an_earlier_question"),
        (make_question("q", when=when("later", value=True)), "when[0].question_id", "not_an_earlier_question"),
        (make_question("q", when=when("first", 1)), "when[0].value", "not_comparable"),
        (
            make_question("q", when=when("first", value=True, comparison=Comparison.AT_LEAST)),
            "when[0].comparison",
            "not_comparable",
        ),
        (make_question("q", TEXT, text="负责人姓名"), "text", "personal_question"),
        (make_question("q", QuestionType.PHOTO, text="拍摄身份证"), "text", "personal_question"),
        (make_question("q", text="厨师是否为回族？"), "text", "personal_question"),
        (make_question("q", text_en="Is the cook a Muslim?"), "text_en", "personal_question"),
        (make_question("q", NUMBER, text="少数民族员工有几人？"), "text", "personal_question"),
        (make_question("q", hint="并询问其宗教信仰"), "hint", "personal_question"),
    ],
    ids=str,
)
def test_a_fault_has_its_place(question: Question, where: str, code: str) -> None:
    assert faults(FIRST, question) == {(f"{PLACE}.{where}", code)}


@pytest.mark.parametrize(
    ("about", "value", "comparison", "fits"),
    [
        (make_question("a", CHOICE, choices=CHOICES), "a", Comparison.DIFFERS, True),
        (make_question("a", CHOICE, choices=CHOICES), "c", Comparison.EQUALS, False),
        (make_question("a", NUMBER), 3, Comparison.AT_LEAST, True),
        (make_question("a", NUMBER), 10**30, Comparison.AT_MOST, False),
        (make_question("a", NUMBER), "3", Comparison.EQUALS, False),
        (make_question("a", DATE), "2026-11-22", Comparison.AT_MOST, True),
        (make_question("a", DATE), "yesterday", Comparison.AT_MOST, False),
        (make_question("a", TEXT), "x", Comparison.EQUALS, False),
        (make_question("a", QuestionType.PHOTO), True, Comparison.EQUALS, False),
    ],
    ids=str,
)
def test_a_condition_fits_what_it_looks_at(
    about: Question,
    value: Any,
    comparison: Comparison,
    fits: bool,  # noqa: FBT001 -- a column
) -> None:
    question = make_question("q", when=when("a", value, comparison))
    if fits:
        ensure_releasable(sections_of(about, question))
    else:
        assert faults(about, question) == {(f"{PLACE}.when[0].value", "not_comparable")}


def test_a_checklist_has_questions_but_not_too_many() -> None:
    assert faults() == {("sections", "too_short")}
    most = [make_question(f"q{at}") for at in range(MOST_QUESTIONS)]
    ensure_releasable(sections_of(*most))
    assert faults(*most, make_question("one-more")) == {("sections", "too_many_questions")}


def test_ids_are_one_across_sections() -> None:
    section = Section(title="", title_en="x", questions=(FIRST,))
    with pytest.raises(ChecklistInvalid) as refused:
        ensure_releasable((*sections_of(FIRST), section))
    assert {(error.path, error.code) for error in refused.value.errors} == {
        ("sections[1].title", "too_short"),
        ("sections[1].questions[0].id", "repeated"),
    }


def test_asking_by_yes_or_no_for_a_telephone_on_a_wall_is_no_question_of_a_person() -> None:
    ensure_releasable(sections_of(make_question("q", text="是否公示投诉电话？", text_en="Is a hotline shown?")))


@pytest.mark.parametrize("slug", SLUGS)
def test_what_comes_with_the_service_can_be_released(slug: str) -> None:
    content = standing_checklist("310000", slug).content
    ensure_releasable(content.sections)
    questions = [one for section in content.sections for one in section.questions]
    assert 20 <= len(questions) <= 32
    assert sum(one.failure is not None for one in questions) >= 18
    assert {one.failure.severity for one in questions if one.failure} == set(Severity)
    assert any(one.when for one in questions)
    for name, kind in walk(read_content(slug)["sections"], Section):
        assert name in {one.name for one in fields(kind)}, f"{kind.__name__} has no {name}"


def walk(value: Any, kind: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    """Yield each key of the file with the class that it must be a field of."""
    below: Mapping[str, type[Any]] = {
        "questions": Question,
        "choices": Choice,
        "when": Condition,
        "failure": Failure,
    }
    for one in value if isinstance(value, list) else [value]:
        for name, inner in one.items():
            yield name, kind
            if name in below:
                yield from walk(inner, below[name])


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_of_it_asks_for_a_person(slug: str) -> None:
    for section in standing_checklist("310000", slug).content.sections:
        for one in section.questions:
            texts = [one.text, one.text_en, *(choice.text for choice in one.choices), *(c.text_en for c in one.choices)]
            texts += [] if one.failure is None else [one.failure.title, one.failure.title_en]
            assert not [text for text in texts if asks_for_a_person(text) or asks_for_a_belief(text)]
            assert not asks_for_a_belief(one.hint)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_good_visit_passes_and_each_failing_answer_is_one_finding(slug: str) -> None:
    content = standing_checklist("310000", slug).content
    release = make_release(sections=content.sections)
    day = date(2026, 11, 22)
    good = {one.id: good_value(one) for one in release.questions}
    answers = [replace(answer(name, value), photos=PHOTOS[:3]) for name, value in good.items()]
    outcome = evaluate(release, answers, day)
    assert (outcome.result, outcome.failed) == (CheckResult.PASSED, ())
    assert outcome.asked == len(release.questions), "a good visit of everything leaves some question unasked"
    for one in release.questions:
        if has_failing_answer(one):
            changed = [replace(a, value=bad_value(one)) if a.question_id == one.id else a for a in answers]
            assert [found.question.id for found in evaluate(release, changed, day).failed] == [one.id]


def good_value(question: Question) -> Any:
    match question.type:
        case QuestionType.YES_NO:
            return question.fails_on is not True
        case QuestionType.CHOICE:
            return next(choice.value for choice in question.choices if not choice.fails)
        case QuestionType.NUMBER | QuestionType.TEMPERATURE:
            bounds = (question.good_least, question.good_most, question.most)
            return next(bound for bound in bounds if bound is not None)
        case QuestionType.DATE:
            return "2026-11-22"
        case QuestionType.TEXT:
            return "示例"
    return None


def bad_value(question: Question) -> Any:
    match question.type:
        case QuestionType.YES_NO:
            return question.fails_on
        case QuestionType.CHOICE:
            return next(choice.value for choice in question.choices if choice.fails)
        case QuestionType.DATE:
            return "2024-01-01"
    return question.least if question.good_least is not None else question.most


def test_each_city_has_its_own_on_every_start_the_same() -> None:
    ids = {standing_id(city, slug) for city in ("310000", "320100") for slug in SLUGS}
    assert len(ids) == 4
    assert standing_id("310000", SLUGS[0]) == standing_id("310000", SLUGS[0])
