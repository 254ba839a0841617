"""Values of answers: what each type of question takes, how values compare, and which of them fail."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from services.common.errors import FieldError
from services.patrols.checklists.model import Comparison, Question, QuestionType

# What a question without bounds takes; well within what a document holds.
LARGEST_NUMBER = 1e12
DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
PICTURES = frozenset({QuestionType.PHOTO, QuestionType.SIGNATURE})
NUMBERS = frozenset({QuestionType.NUMBER, QuestionType.TEMPERATURE})

Value = bool | int | float | str | None
Faults = Iterator[FieldError]


def read_number(value: object) -> int | float | None:
    """Return the number that a value is as JSON has them: true and false are none, nor is what is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_day(value: object) -> date | None:
    """Return the day that a value such as `2026-11-22` means."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def compares(value: Value, comparison: Comparison, other: Value) -> bool:
    """Tell whether `value` stands so to `other`; values of different kinds are different, and none is the greater.

    Days are text of one form, so that they compare as text does.
    """
    if comparison is Comparison.EQUALS:
        return _same(value, other)
    if comparison is Comparison.DIFFERS:
        return not _same(value, other)
    least, most = (other, value) if comparison is Comparison.AT_LEAST else (value, other)
    if isinstance(least, str) and isinstance(most, str):
        return least <= most
    lower, upper = read_number(least), read_number(most)
    return lower is not None and upper is not None and lower <= upper


def _same(value: Value, other: Value) -> bool:
    # In Python true is 1.
    return isinstance(value, bool) is isinstance(other, bool) and value == other


def value_faults(question: Question, value: Value, path: str) -> Faults:
    """Yield what is wrong with the value of an answer that stands at `path`."""
    if question.type not in PICTURES and value is None:
        yield FieldError(path=path, code="required", detail="this field is required")
    else:
        yield from _FAULTS[question.type](question, value, path)


def _wrong_type(path: str) -> FieldError:
    return FieldError(path=path, code="wrong_type", detail="this value has the wrong type")


def _picture_faults(_: Question, value: Value, path: str) -> Faults:
    if value is not None:
        yield FieldError(path=path, code="value_not_asked", detail="photos answer this question, and nothing else")


def _yes_no_faults(_: Question, value: Value, path: str) -> Faults:
    if not isinstance(value, bool):
        yield _wrong_type(path)


def _number_faults(question: Question, value: Value, path: str) -> Faults:
    number = read_number(value)
    if number is None:
        yield _wrong_type(path)
        return
    least = -LARGEST_NUMBER if question.least is None else question.least
    most = LARGEST_NUMBER if question.most is None else question.most
    if not least <= number <= most:
        bounds = (f"{least:g}", f"{most:g}")
        yield FieldError(path=path, code="out_of_range", detail=f"from {bounds[0]} to {bounds[1]}", values=bounds)


def _text_faults(question: Question, value: Value, path: str) -> Faults:
    if not isinstance(value, str):
        yield _wrong_type(path)
    elif not value.strip():
        yield FieldError(path=path, code="too_short", detail="blanks only", values=("1",))
    elif len(value) > question.longest:
        longest = str(question.longest)
        yield FieldError(path=path, code="too_long", detail=f"at most {longest}", values=(longest,))


def _choice_faults(question: Question, value: Value, path: str) -> Faults:
    known = [choice.value for choice in question.choices]
    if not isinstance(value, str):
        yield _wrong_type(path)
    elif value not in known:
        listed = ", ".join(known)
        yield FieldError(path=path, code="not_allowed", detail=f"must be one of: {listed}", values=(listed,))


def _date_faults(_: Question, value: Value, path: str) -> Faults:
    if not isinstance(value, str):
        yield _wrong_type(path)
    elif read_day(value) is None:
        yield FieldError(path=path, code="invalid_format", detail="a day such as 2026-11-22 is needed")


_FAULTS: Mapping[QuestionType, Callable[[Question, Value, str], Faults]] = {
    QuestionType.YES_NO: _yes_no_faults,
    QuestionType.CHOICE: _choice_faults,
    QuestionType.NUMBER: _number_faults,
    QuestionType.TEMPERATURE: _number_faults,
    QuestionType.TEXT: _text_faults,
    QuestionType.PHOTO: _picture_faults,
    QuestionType.SIGNATURE: _picture_faults,
    QuestionType.DATE: _date_faults,
}


def fails(question: Question, value: Value, visited_on: date) -> bool:
    """Tell whether a right answer, given on that day, is a failing one."""
    if question.type is QuestionType.YES_NO:
        return question.fails_on is not None and value is question.fails_on
    if question.type is QuestionType.CHOICE:
        return any(choice.fails for choice in question.choices if choice.value == value)
    if question.type in NUMBERS:
        return _is_out(question, value)
    if question.type is QuestionType.DATE:
        return _is_past(question, value, visited_on)
    return False


def _is_out(question: Question, value: Value) -> bool:
    number = read_number(value)
    least, most = question.good_least, question.good_most
    return number is not None and ((least is not None and number < least) or (most is not None and number > most))


def _is_past(question: Question, value: Value, visited_on: date) -> bool:
    day = read_day(value)
    if day is None:
        return False
    if question.fails_after_days is not None:
        return not timedelta() <= visited_on - day <= timedelta(days=question.fails_after_days)
    return question.fails_when_past and day < visited_on


def has_failing_answer(question: Question) -> bool:
    """Tell whether there is any answer that fails."""
    return (
        question.fails_on is not None
        or any(choice.fails for choice in question.choices)
        or question.good_least is not None
        or question.good_most is not None
        or question.fails_when_past
        or question.fails_after_days is not None
    )
