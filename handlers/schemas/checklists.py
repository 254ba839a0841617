"""Checklists: templates, their releases, and the questions in them."""

from typing import Any

from marshmallow import ValidationError, fields

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import NULL, REQUIRED, TYPE, Count, Instant, Items, OneOf, Part, Text, WireSchema, YesOrNo
from handlers.schemas.items import OwnerSchema
from services.patrols.checklists.model import (
    Choice,
    Comparison,
    Condition,
    Failure,
    Question,
    QuestionType,
    Section,
    Severity,
    TemplateState,
)
from services.patrols.checklists.releasing import MOST_QUESTIONS
from services.patrols.checklists.rules import MOST_PHOTOS
from services.patrols.checklists.shapes import (
    HINT,
    LEGAL_BASIS,
    LONGEST_ANSWER,
    MOST_CHOICES,
    MOST_CONDITIONS,
    MOST_DAYS_AGO,
    MOST_DEADLINE_DAYS,
    TEXT,
    TEXT_EN,
    TITLE,
    TITLE_EN,
    UNIT,
)
from services.patrols.checklists.values import LARGEST_NUMBER
from services.patrols.checklists.writing import ChecklistContent
from services.patrols.sites.model import SiteKind

MOST_SECTIONS = 30
LARGEST = int(LARGEST_NUMBER)
MOST_RELEASES = 1_000_000
SLUG = "[a-z][a-z0-9_-]{0,39}"


class Number(fields.Field[float]):
    """A number of JSON within what a document holds; no words, no booleans."""

    default_error_messages = {"required": REQUIRED, "null": NULL}  # noqa: RUF012 -- marshmallow's own convention

    def __init__(self, **kwargs: Any) -> None:
        bounds = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
        super().__init__(
            allow_none=True, load_default=None, metadata={**bounds, **kwargs.pop("metadata", {})}, **kwargs
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002 -- marshmallow's signature
        return float(bounded_number(value))


def bounded_number(value: Any) -> int | float:
    """Return the number that `value` is; raises ValidationError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError(TYPE)
    if not -LARGEST <= value <= LARGEST:
        raise ValidationError(f"out_of_range [-{LARGEST}|{LARGEST}]: from -{LARGEST} to {LARGEST}")
    return value


class Scalar(fields.Field[Any]):
    """True or false, a number, or a text as `text` takes it: whatever an answer is."""

    default_error_messages = {"required": REQUIRED, "null": NULL}  # noqa: RUF012 -- marshmallow's own convention

    def __init__(self, *, text: fields.String, longest: int, **kwargs: Any) -> None:
        types = ["boolean", "number", "string"]
        bounds = {"minimum": -LARGEST, "maximum": LARGEST, "minLength": 1, "maxLength": longest}
        super().__init__(metadata={"type": types, **bounds, **kwargs.pop("metadata", {})}, **kwargs)
        self._text = text

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002 -- marshmallow's signature
        if isinstance(value, bool):
            return value
        return self._text.deserialize(value) if isinstance(value, str) else bounded_number(value)


class Line(Text):
    """A text that may be left out: null on the wire, empty here."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(longest=longest, allow_none=True, load_default=None, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(value or None, attr, obj, **kwargs)


class ConditionSchema(WireSchema):
    """What must hold of an earlier answer for a question to be asked; an answer not given fulfils nothing."""

    question_id = Text(required=True, longest=40, pattern=SLUG, metadata={"examples": ["has_kitchen"]})
    comparison = OneOf(Comparison, required=True)
    value = Scalar(
        text=Text(longest=40),
        longest=40,
        required=True,
        metadata={"description": "What that question can be answered.", "examples": [True]},
    )

    def make(self, values: dict[str, Any]) -> Condition:
        """Return the condition."""
        return Condition(**values)


class ChoiceSchema(WireSchema):
    """One of the answers of a `choice`."""

    value = Text(required=True, longest=40, pattern=SLUG, metadata={"examples": ["blocked"]})
    text = Text(required=True, longest=TITLE.most, metadata={"examples": ["堵塞"]})
    text_en = Text(required=True, longest=TITLE_EN.most, metadata={"examples": ["Blocked"]})
    fails = YesOrNo(load_default=False, metadata={"description": "Whether it is a finding."})

    def make(self, values: dict[str, Any]) -> Choice:
        """Return the choice."""
        return Choice(**values)


class FailureSchema(WireSchema):
    """What a failing answer is as a finding."""

    title = Text(required=True, longest=TEXT.most, metadata={"examples": ["安全出口被锁闭"]})
    title_en = Text(required=True, longest=TEXT_EN.most, metadata={"examples": ["A fire exit is locked"]})
    severity = OneOf(Severity, required=True)
    legal_basis = Text(
        required=True, longest=LEGAL_BASIS.most, metadata={"examples": ["《中华人民共和国消防法》第二十八条"]}
    )
    deadline_days = Count(
        required=True,
        least=0,
        most=MOST_DEADLINE_DAYS,
        metadata={"description": "Days to put it right; 0 is at once.", "examples": [3]},
    )

    def make(self, values: dict[str, Any]) -> Failure:
        """Return the failure."""
        return Failure(**values)


class QuestionSchema(WireSchema):
    """One question. What belongs to another type of question is left at its default."""

    id = Text(required=True, longest=40, pattern=SLUG, metadata={"examples": ["exits_clear"]})
    type = OneOf(QuestionType, required=True)
    text = Text(required=True, longest=TEXT.most, metadata={"examples": ["安全出口是否畅通、未上锁？"]})
    text_en = Text(required=True, longest=TEXT_EN.most, metadata={"examples": ["Are the exits clear and unlocked?"]})
    hint = Line(longest=HINT.most, metadata={"examples": ["逐个打开检查"]})
    required = YesOrNo(load_default=True)
    when = Items(
        Part(ConditionSchema),
        most=MOST_CONDITIONS,
        load_default=list,
        metadata={"description": "It is asked only if all of these hold."},
    )
    choices = Items(Part(ChoiceSchema), most=MOST_CHOICES, load_default=list)
    fails_on = YesOrNo(
        allow_none=True, load_default=None, metadata={"description": "The failing answer to a `yes_no`."}
    )
    least = Number(metadata={"description": "The least number that can be answered."})
    most = Number()
    good_least = Number(metadata={"description": "The least number that passes."})
    good_most = Number()
    unit = Line(longest=UNIT.most, metadata={"examples": ["人"]})
    longest = Count(least=1, most=LONGEST_ANSWER, load_default=500, metadata={"description": "Of a `text`."})
    fails_when_past = YesOrNo(
        load_default=False, metadata={"description": "Whether a `date` before the day of the visit fails."}
    )
    fails_after_days = Count(
        least=0,
        most=MOST_DAYS_AGO,
        allow_none=True,
        load_default=None,
        metadata={"description": "A `date` fails unless it is the day of the visit, or at most so many days before."},
    )
    photos_always = Count(least=0, most=MOST_PHOTOS, load_default=0)
    photos_on_failure = Count(least=0, most=MOST_PHOTOS, load_default=1)
    failure = Part(FailureSchema, allow_none=True, load_default=None)

    def make(self, values: dict[str, Any]) -> Question:
        """Return the question."""
        lines = {name: values[name] or "" for name in ("hint", "unit")}
        lists = {name: tuple(values[name]) for name in ("when", "choices")}
        return Question(**{**values, **lines, **lists})


class SectionSchema(WireSchema):
    """Questions under a title."""

    title = Text(required=True, longest=TITLE.most, metadata={"examples": ["消防安全"]})
    title_en = Text(required=True, longest=TITLE_EN.most, metadata={"examples": ["Fire safety"]})
    questions = Items(Part(QuestionSchema), least=1, most=MOST_QUESTIONS, required=True)

    def make(self, values: dict[str, Any]) -> Section:
        """Return the section."""
        return Section(**{**values, "questions": tuple(values["questions"])})


class ChecklistContentSchema(WireSchema):
    """What is written of a release."""

    name = Text(required=True, longest=TITLE.most, metadata={"examples": ["宗教活动场所安全检查"]})
    name_en = Text(required=True, longest=TITLE_EN.most, metadata={"examples": ["Venue safety"]})
    sections = Items(Part(SectionSchema), least=1, most=MOST_SECTIONS, required=True)


class NewChecklistSchema(ChecklistContentSchema):
    """A checklist to make, with its first release."""

    site_kind = OneOf(SiteKind, required=True)
    owner = Part(OwnerSchema, load_default=lambda: None)


class NewReleaseSchema(ChecklistContentSchema):
    """The next release of a checklist."""

    based_on = Count(
        required=True,
        least=1,
        most=MOST_RELEASES,
        metadata={"description": "The number of the release that this one changes.", "examples": [1]},
    )


def content_of(values: dict[str, Any]) -> ChecklistContent:
    """Return the content of a release."""
    return ChecklistContent(name=values["name"], name_en=values["name_en"], sections=tuple(values["sections"]))


class ChecklistQuery(PageQuery):
    """Which checklists are looked at."""

    site_kind = OneOf(SiteKind, load_default=None)
    state = OneOf(TemplateState, load_default=None)


class ChecklistSchema(WireSchema):
    """A checklist through all its releases."""

    id = shown_id("tpl")
    name = shown("宗教活动场所安全检查")
    name_en = shown("Venue safety")
    site_kind = OneOf(SiteKind, required=True)
    state = OneOf(
        TemplateState, required=True, metadata={"description": "`retired`: for no new visits; begun ones go on."}
    )
    latest = fields.Integer(required=True, metadata={"description": "The newest release.", "examples": [3]})
    owner = Part(OwnerSchema, required=True)
    changed_at = Instant(required=True)


ChecklistPageSchema = page_schema(ChecklistSchema, "ChecklistPageSchema")


class ReleaseHeadingSchema(WireSchema):
    """A release without its questions."""

    number = shown(3)
    name = shown("宗教活动场所安全检查")
    name_en = shown("Venue safety")
    released_at = Instant(required=True)
    released_by = shown_id("stf")


ReleaseHeadingPageSchema = page_schema(ReleaseHeadingSchema, "ReleaseHeadingPageSchema")


class ReleaseSchema(ReleaseHeadingSchema):
    """A release: it never changes, so a phone may keep it."""

    checklist_id = identifier("tpl", required=True, attribute="template_id")
    site_kind = OneOf(SiteKind, required=True)
    sections = Items(Part(SectionSchema), most=MOST_SECTIONS, required=True)
