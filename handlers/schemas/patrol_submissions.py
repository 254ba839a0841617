"""Submissions: what phones send of a visit."""

from typing import Any

from handlers.schemas.checklists import SLUG, Number, Scalar
from handlers.schemas.common import EXAMPLE_ULID, identifier
from handlers.schemas.fields import (
    Count,
    Instant,
    Items,
    OneOf,
    Part,
    ScannedText,
    Text,
    WireSchema,
    WrittenText,
    YesOrNo,
)
from handlers.schemas.photos import EXAMPLE_SUM, SUM_CHARACTERS
from handlers.schemas.plates import EXAMPLE_PLATE_LINK
from handlers.schemas.positions import Degrees
from services.patrols.checkins.model import CoordinateSystem, Fix, Reinspection, Submission
from services.patrols.checklists.model import Answer
from services.patrols.findings.model import Remedy

MOST_ANSWERS = 300
MOST_PHOTOS = 20
MOST_REINSPECTIONS = 20
LONGEST_TEXT = 2000
SITE_ID = r"(otl|ven)_[0-9A-HJKMNP-TV-Z]{26}"
SITE_CHARACTERS = 30
EXAMPLE_SITE = f"otl_{EXAMPLE_ULID}"


def submission_id_field() -> Text:
    """Return the field of the id that a phone makes."""
    return Text(
        required=True,
        shortest=8,
        longest=64,
        pattern="[A-Za-z0-9._-]+",
        metadata={"description": "Made by the phone, once for each visit.", "examples": [f"visit-{EXAMPLE_ULID}"]},
    )


def _photos() -> Items:
    return Items(
        Text(
            shortest=SUM_CHARACTERS,
            longest=SUM_CHARACTERS,
            pattern="[0-9a-f]+",
            metadata={"description": "The SHA-256 of a photo's file.", "examples": [EXAMPLE_SUM]},
        ),
        most=MOST_PHOTOS,
        load_default=list,
    )


class FixSchema(WireSchema):
    """A position as the phone gave it."""

    lng = Degrees(most=180, required=True, metadata={"examples": [121.4752]})
    lat = Degrees(most=90, required=True, metadata={"examples": [31.2304]})
    accuracy_m = Number(
        metadata={"description": "Radius in metres; below zero, as null, it is not known.", "examples": [15.5]}
    )
    system = OneOf(CoordinateSystem, required=True, metadata={"description": "What the degrees refer to."})
    mocked = YesOrNo(
        load_default=None, metadata={"description": "Whether the phone said that another app made the position up."}
    )
    at = Instant(required=True, metadata={"description": "When it was found, by the phone's clock."})

    def make(self, values: dict[str, Any]) -> Fix:
        """Return the fix."""
        accuracy = values["accuracy_m"]
        return Fix(**{**values, "accuracy_m": None if accuracy is None or accuracy < 0 else accuracy})


class GivenAnswerSchema(WireSchema):
    """An answer to a question of the checklist."""

    question_id = Text(required=True, longest=40, pattern=SLUG, metadata={"examples": ["licence_displayed"]})
    value = Scalar(
        text=WrittenText(longest=LONGEST_TEXT),
        longest=LONGEST_TEXT,
        allow_none=True,
        load_default=None,
        metadata={"description": "True or false, a number, a text or a day; null for photos.", "examples": [True]},
    )
    note = WrittenText(
        shortest=0, longest=LONGEST_TEXT, load_default="", metadata={"examples": ["示例：后厨整洁，证照齐全。"]}
    )
    photos = _photos()

    def make(self, values: dict[str, Any]) -> Answer:
        """Return the answer."""
        return Answer(**{**values, "photos": tuple(values["photos"])})


class JudgedFindingSchema(WireSchema):
    """What the visit says of an earlier finding."""

    finding_id = identifier("fnd", required=True)
    remedy = OneOf(Remedy, required=True)
    note = WrittenText(shortest=0, longest=LONGEST_TEXT, load_default="", metadata={"examples": ["示例：已整改到位。"]})
    photos = _photos()

    def make(self, values: dict[str, Any]) -> Reinspection:
        """Return the re-inspection."""
        return Reinspection(**{**values, "photos": tuple(values["photos"])})


class SubmissionSchema(WireSchema):
    """A visit; it may be sent again, now or in a week. `plate` or `site_id` is needed."""

    submission_id = submission_id_field()
    task_id = identifier("tsk", load_default=None)
    plate = ScannedText(
        longest=500,
        load_default=None,
        metadata={"description": "The code or link, as scanned.", "examples": [EXAMPLE_PLATE_LINK]},
    )
    site_id = Text(longest=SITE_CHARACTERS, pattern=SITE_ID, load_default=None, metadata={"examples": [EXAMPLE_SITE]})
    template_id = identifier("tpl", required=True)
    template_number = Count(required=True, least=1, most=1_000_000, metadata={"examples": [1]})
    started_at = Instant(required=True)
    captured_at = Instant(required=True, metadata={"description": "When the visit ended, by the phone's clock."})
    sent_at = Instant(
        load_default=None,
        metadata={"description": "The phone's clock at this very request; it may differ when the same is sent again."},
    )
    fix = Part(FixSchema, load_default=None)
    answers = Items(
        Part(GivenAnswerSchema),
        most=MOST_ANSWERS,
        required=True,
        metadata={"description": "Empty beside `reinspections`, the checklist is not gone through."},
    )
    reinspections = Items(Part(JudgedFindingSchema), most=MOST_REINSPECTIONS, load_default=list)
    device = Text(shortest=0, longest=100, load_default=None, metadata={"examples": ["phone-1"]})

    def make(self, values: dict[str, Any]) -> Submission:
        """Return the submission."""
        lists = {name: tuple(values[name]) for name in ("answers", "reinspections")}
        return Submission(**{**values, **lists})
