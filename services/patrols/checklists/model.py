"""Checklists: templates, their releases, and answers to them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.patrols.sites.model import CheckResult, SiteKind


class QuestionType(StrEnum):
    """What an answer looks like: true or false, one of the choices, a number, a text, photos alone, a day."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    PHOTO = "photo"
    SIGNATURE = "signature"
    TEMPERATURE = "temperature"
    DATE = "date"


class Severity(StrEnum):
    """How bad a finding is."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Comparison(StrEnum):
    """How a condition compares an earlier answer."""

    EQUALS = "equals"
    DIFFERS = "differs"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class TemplateState(StrEnum):
    """Whether new visits may use it; visits that have begun may always."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A question is asked only if this holds of the answer to an earlier one; an answer not given fulfils nothing."""

    question_id: str
    comparison: Comparison
    value: bool | int | float | str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the answers of a CHOICE question; `fails` makes it a finding."""

    value: str
    text: str
    text_en: str
    fails: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What a failed question is as a finding; `deadline_days` from the day it is confirmed, 0 for at once."""

    title: str
    title_en: str
    severity: Severity
    legal_basis: str
    deadline_days: int


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    `fails_on` is the failing answer of a YES_NO question. `least` and `most` bound what may be answered to NUMBER and
    TEMPERATURE (unit `unit`; °C), `good_least` and `good_most` what passes. A DATE fails before the day of the visit
    with `fails_when_past`; with `fails_after_days` it fails unless it is that day or one of so many days before it.
    `photos_always` and `photos_on_failure` say how many photos an answer needs at least.
    """

    id: str
    type: QuestionType
    text: str
    text_en: str
    hint: str = ""
    required: bool = True
    when: tuple[Condition, ...] = ()
    choices: tuple[Choice, ...] = ()
    fails_on: bool | None = None
    least: float | None = None
    most: float | None = None
    good_least: float | None = None
    good_most: float | None = None
    unit: str = ""
    longest: int = 500
    fails_when_past: bool = False
    fails_after_days: int | None = None
    photos_always: int = 0
    photos_on_failure: int = 1
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions under a title."""

    title: str
    title_en: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True)
class Template:
    """A checklist through all its releases; `latest` is the number of the newest."""

    id: str
    name: str
    name_en: str
    site_kind: SiteKind
    state: TemplateState
    latest: int
    owner: str
    seen_by: tuple[str, ...]
    changed_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version of a template, which never changes: `id` is `template:number`."""

    id: str
    template_id: str
    number: int
    name: str
    name_en: str
    site_kind: SiteKind
    sections: tuple[Section, ...]
    released_at: datetime
    released_by: str
    version: int

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for section in self.sections for question in section.questions)


@dataclass(frozen=True, kw_only=True)
class ReleaseHeading:
    """A release without its questions."""

    id: str
    template_id: str
    number: int
    name: str
    name_en: str
    released_at: datetime
    released_by: str


def release_id(template_id: str, number: int) -> str:
    """Return the id of a release."""
    return f"{template_id}:{number}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer: `value` as JSON has it, None for PHOTO and SIGNATURE; `photos` by their SHA-256 in hexadecimal."""

    question_id: str
    value: bool | int | float | str | None
    note: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failed:
    """An answer that is a finding."""

    question: Question
    failure: Failure
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What all answers come to.

    `set_aside` are answers to questions that were not asked in the end: kept, because they were given before an earlier
    answer changed, but they count for nothing.
    """

    result: CheckResult
    asked: int
    answered: int
    failed: tuple[Failed, ...]
    set_aside: tuple[Answer, ...] = ()
