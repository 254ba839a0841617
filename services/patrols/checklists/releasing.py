"""Whether a checklist can be released: every question can be asked, answered, judged, and proved."""

import re
from collections.abc import Iterator, Mapping, Sequence

from services.common.errors import FieldError
from services.common.personal import asks_for_a_belief, asks_for_a_person
from services.patrols.checklists.errors import ChecklistInvalid
from services.patrols.checklists.model import Comparison, Condition, Question, QuestionType, Section
from services.patrols.checklists.rules import MOST_PHOTOS
from services.patrols.checklists.shapes import shape_faults
from services.patrols.checklists.values import LARGEST_NUMBER, NUMBERS, Value, has_failing_answer, read_day, read_number

MOST_QUESTIONS = 200
SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")
ORDERING = frozenset({Comparison.AT_LEAST, Comparison.AT_MOST})
ORDERED = NUMBERS | {QuestionType.DATE}
# Their answers can hold a name or a number, and a picture of a document holds both.
OPEN_ENDED = frozenset({QuestionType.TEXT, QuestionType.CHOICE, QuestionType.PHOTO, QuestionType.SIGNATURE})

Faults = Iterator[FieldError]


def ensure_releasable(sections: Sequence[Section]) -> None:
    """Pass, or raise ChecklistInvalid with all that is wrong, by paths such as `sections[0].questions[3].id`."""
    faults = [*_faults(sections)]
    if faults:
        raise ChecklistInvalid(errors=tuple(faults))


def _faults(sections: Sequence[Section]) -> Faults:
    total = sum(len(section.questions) for section in sections)
    if total > MOST_QUESTIONS:
        most = str(MOST_QUESTIONS)
        yield FieldError(path="sections", code="too_many_questions", detail=f"at most {most} questions", values=(most,))
    if total == 0:
        yield FieldError(path="sections", code="too_short", detail="at least one question is needed", values=("1",))
    earlier: dict[str, Question] = {}
    for at, section in enumerate(sections):
        yield from shape_faults(section, f"sections[{at}]")
        for text, name in ((section.title, "title"), (section.title_en, "title_en")):
            yield from _personal_text(text, f"sections[{at}].{name}")
        for index, question in enumerate(section.questions):
            yield from _question_faults(question, f"sections[{at}].questions[{index}]", earlier)
            earlier.setdefault(question.id, question)


def _question_faults(question: Question, path: str, earlier: Mapping[str, Question]) -> Faults:
    if not SLUG.fullmatch(question.id):
        yield FieldError(path=f"{path}.id", code="invalid_format", detail="small letters, digits, - and _")
    elif question.id in earlier:
        yield FieldError(path=f"{path}.id", code="repeated", detail="an earlier question has this id")
    for at, condition in enumerate(question.when):
        yield from _condition_faults(condition, f"{path}.when[{at}]", earlier)
    yield from _failure_faults(question, path)
    yield from _personal_faults(question, path)


def _condition_faults(condition: Condition, path: str, earlier: Mapping[str, Question]) -> Faults:
    about = earlier.get(condition.question_id)
    if about is None:
        yield FieldError(path=f"{path}.question_id", code="not_an_earlier_question", detail="no earlier question is it")
    elif condition.comparison in ORDERING and about.type not in ORDERED:
        yield FieldError(path=f"{path}.comparison", code="not_comparable", detail="its answers have no order")
    elif not _may_be_answered(about, condition.value):
        yield FieldError(path=f"{path}.value", code="not_comparable", detail="its answers are never of this kind")


def _may_be_answered(question: Question, value: Value) -> bool:
    match question.type:
        case QuestionType.YES_NO:
            return isinstance(value, bool)
        case QuestionType.CHOICE:
            return any(choice.value == value for choice in question.choices)
        case QuestionType.NUMBER | QuestionType.TEMPERATURE:
            number = read_number(value)
            return number is not None and abs(number) <= LARGEST_NUMBER
        case QuestionType.DATE:
            return read_day(value) is not None
    return False


def _failure_faults(question: Question, path: str) -> Faults:
    if question.failure is None:
        if has_failing_answer(question):
            yield FieldError(path=f"{path}.failure", code="required", detail="an answer fails: say what is then found")
        return
    if not has_failing_answer(question):
        yield FieldError(path=f"{path}.failure", code="never_fails", detail="no answer to this question fails")
    if max(question.photos_on_failure, question.photos_always) < 1:
        # A finding is closed only with pictures before and after.
        yield FieldError(
            path=f"{path}.photos_on_failure",
            code="out_of_range",
            detail="a finding needs a photo",
            values=("1", str(MOST_PHOTOS)),
        )


def _personal_faults(question: Question, path: str) -> Faults:
    texts = {"text": question.text, "text_en": question.text_en}
    for at, choice in enumerate(question.choices):
        texts |= {f"choices[{at}].text": choice.text, f"choices[{at}].text_en": choice.text_en}
    for name, text in texts.items():
        if question.type in OPEN_ENDED and asks_for_a_person(text):
            yield _personal(f"{path}.{name}")
        else:
            yield from _personal_text(text, f"{path}.{name}")
    yield from _personal_text(question.hint, f"{path}.hint")
    if question.failure is not None:
        yield from _personal_text(question.failure.title, f"{path}.failure.title")
        yield from _personal_text(question.failure.title_en, f"{path}.failure.title_en")


def _personal_text(text: str, path: str) -> Faults:
    if asks_for_a_belief(text):
        yield _personal(path)


def _personal(path: str) -> FieldError:
    return FieldError(path=path, code="personal_question", detail="never ask for a person's religion, name or number")
