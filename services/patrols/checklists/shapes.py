"""The shape of a checklist's questions: bounded texts, and what belongs to one type stands at that type only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from services.common.errors import FieldError
from services.patrols.checklists.model import Choice, Failure, Question, QuestionType, Section
from services.patrols.checklists.rules import MOST_PHOTOS
from services.patrols.checklists.values import LARGEST_NUMBER, NUMBERS

Faults = Iterator[FieldError]

LONGEST_ANSWER = 2000
MOST_DEADLINE_DAYS = 365
MOST_DAYS_AGO = 3660
MOST_CONDITIONS = 10
MOST_CHOICES = 30
LEAST_CHOICES = 2


@dataclass(frozen=True, kw_only=True)
class Length:
    """How long a text may be."""

    least: int
    most: int


TITLE = Length(least=1, most=60)
TITLE_EN = Length(least=1, most=120)
TEXT = Length(least=1, most=200)
TEXT_EN = Length(least=1, most=400)
HINT = Length(least=0, most=300)
UNIT = Length(least=0, most=20)
LEGAL_BASIS = Length(least=1, most=300)
CHOICE_VALUE = Length(least=1, most=40)

# What only some types have. Where it is left out, it is as the model's default says.
OWN_FIELDS: Mapping[str, frozenset[QuestionType]] = {
    "choices": frozenset({QuestionType.CHOICE}),
    "fails_on": frozenset({QuestionType.YES_NO}),
    "least": NUMBERS,
    "most": NUMBERS,
    "good_least": NUMBERS,
    "good_most": NUMBERS,
    "unit": frozenset({QuestionType.NUMBER}),
    "longest": frozenset({QuestionType.TEXT}),
    "fails_when_past": frozenset({QuestionType.DATE}),
    "fails_after_days": frozenset({QuestionType.DATE}),
}
_DEFAULTS = {one.name: one.default for one in fields(Question)}


def shape_faults(section: Section, path: str) -> Faults:
    """Yield what is wrong with the texts, bounds and fields of a section's questions."""
    yield from _text(section.title, TITLE, f"{path}.title")
    yield from _text(section.title_en, TITLE_EN, f"{path}.title_en")
    for at, question in enumerate(section.questions):
        yield from _question(question, f"{path}.questions[{at}]")


def _question(question: Question, path: str) -> Faults:
    yield from _text(question.text, TEXT, f"{path}.text")
    yield from _text(question.text_en, TEXT_EN, f"{path}.text_en")
    yield from _text(question.hint, HINT, f"{path}.hint")
    yield from _text(question.unit, UNIT, f"{path}.unit")
    for name, types in OWN_FIELDS.items():
        if question.type not in types and getattr(question, name) != _DEFAULTS[name]:
            yield FieldError(path=f"{path}.{name}", code="not_of_this_type", detail="this type of question has no such")
    if len(question.when) > MOST_CONDITIONS:
        yield _too_long(f"{path}.when", MOST_CONDITIONS)
    yield from _counts(question, path)
    yield from _bounds(question, path)
    if question.type is QuestionType.CHOICE:
        yield from _choices(question.choices, f"{path}.choices")
    if question.failure is not None:
        yield from _failure(question.failure, f"{path}.failure")


def _counts(question: Question, path: str) -> Faults:
    yield from _whole(question.photos_always, 0, MOST_PHOTOS, f"{path}.photos_always")
    yield from _whole(question.photos_on_failure, 0, MOST_PHOTOS, f"{path}.photos_on_failure")
    yield from _whole(question.longest, 1, LONGEST_ANSWER, f"{path}.longest")
    if question.fails_after_days is not None:
        yield from _whole(question.fails_after_days, 0, MOST_DAYS_AGO, f"{path}.fails_after_days")


def _bounds(question: Question, path: str) -> Faults:
    """Yield bounds that are out of order: least <= good_least <= good_most <= most, as far as they are there."""
    reached: float = -LARGEST_NUMBER
    for name in ("least", "good_least", "good_most", "most"):
        bound: float | None = getattr(question, name)
        if bound is None:
            continue
        # Not `bound < reached`, which no number at all would pass for.
        if not reached <= bound <= LARGEST_NUMBER:
            yield FieldError(path=f"{path}.{name}", code="bounds_not_ordered", detail="this is out of order")
        else:
            reached = bound


def _choices(choices: tuple[Choice, ...], path: str) -> Faults:
    if len(choices) < LEAST_CHOICES:
        yield FieldError(path=path, code="too_short", detail=f"at least {LEAST_CHOICES}", values=(str(LEAST_CHOICES),))
    if len(choices) > MOST_CHOICES:
        yield _too_long(path, MOST_CHOICES)
    values = [choice.value for choice in choices]
    for at, choice in enumerate(choices):
        yield from _text(choice.value, CHOICE_VALUE, f"{path}[{at}].value")
        yield from _text(choice.text, TITLE, f"{path}[{at}].text")
        yield from _text(choice.text_en, TITLE_EN, f"{path}[{at}].text_en")
        if choice.value in values[:at]:
            yield FieldError(path=f"{path}[{at}].value", code="repeated", detail="an earlier choice has this value")


def _failure(failure: Failure, path: str) -> Faults:
    yield from _text(failure.title, TEXT, f"{path}.title")
    yield from _text(failure.title_en, TEXT_EN, f"{path}.title_en")
    yield from _text(failure.legal_basis, LEGAL_BASIS, f"{path}.legal_basis")
    yield from _whole(failure.deadline_days, 0, MOST_DEADLINE_DAYS, f"{path}.deadline_days")


def _text(text: str, length: Length, path: str) -> Faults:
    if len(text.strip()) < length.least:
        yield FieldError(path=path, code="too_short", detail=f"at least {length.least}", values=(str(length.least),))
    elif len(text) > length.most:
        yield _too_long(path, length.most)


def _too_long(path: str, most: int) -> FieldError:
    return FieldError(path=path, code="too_long", detail=f"at most {most}", values=(str(most),))


def _whole(number: int, least: int, most: int, path: str) -> Faults:
    if not least <= number <= most:
        values = (str(least), str(most))
        yield FieldError(path=path, code="out_of_range", detail=f"from {least} to {most}", values=values)
