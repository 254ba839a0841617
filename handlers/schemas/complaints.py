"""Complaints, as anybody files them and as staff answer them."""

from typing import Any

from marshmallow import ValidationError, fields, pre_load, validates_schema

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Text, WireSchema, WrittenText
from services.patrols.complaints.model import ComplaintState, Outcome
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import SiteKind

MOST_PHOTOS = 3
SHORTEST_TEXT, LONGEST_TEXT = 10, 1000
EXAMPLE_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXAMPLE_SECRET = "5d41402abc4b2a76b9719d911017c592"  # noqa: S105 -- what one looks like
COMPLAINT = "cmp"


def _photo() -> Text:
    return Text(longest=64, shortest=64, pattern="[0-9a-f]{64}", metadata={"examples": [EXAMPLE_SHA256]})


class FileComplaintSchema(WireSchema):
    """What somebody says about an outlet or a venue."""

    request_id = Text(
        required=True,
        longest=64,
        shortest=16,
        pattern="[A-Za-z0-9._-]+",
        metadata={"description": "Made at random by the phone, once for each complaint.", "examples": ["a" * 32]},
    )
    text = WrittenText(
        shortest=SHORTEST_TEXT,
        longest=LONGEST_TEXT,
        required=True,
        metadata={"examples": ["11月22日中午，后厨与非清真食品混放。"]},
    )
    photos = Items(
        _photo(),
        most=MOST_PHOTOS,
        load_default=list,
        metadata={"description": "SHA-256 of each file; the files are sent on their own, before or after."},
    )
    contact = Text(
        shortest=5,
        longest=30,
        pattern=r"\+?[0-9][0-9 -]*",
        load_default=None,
        metadata={"description": "A telephone number, if one may ask back.", "examples": ["021-00000000"]},
    )


class FiledComplaintSchema(WireSchema):
    """What opens the answer later. The secret is shown now, and kept nowhere."""

    complaint_id = shown_id(COMPLAINT)
    secret = shown(EXAMPLE_SECRET)
    received_at = Instant(required=True)


class LookSchema(WireSchema):
    """What a complainer was given."""

    complaint_id = identifier(COMPLAINT, required=True)
    secret = Text(
        required=True,
        longest=32,
        shortest=32,
        pattern="[0-9a-f]+",
        metadata={"description": "Blanks in it and capital letters do not matter.", "examples": [EXAMPLE_SECRET]},
    )

    @pre_load
    def _as_people_copy_it(self, data: Any, **_: Any) -> Any:
        """Take number and secret with blanks, and in small or capital letters."""
        if not isinstance(data, dict):
            return data
        dense = {name: text.replace(" ", "") for name, text in data.items() if isinstance(text, str)}
        if "complaint_id" in dense:
            prefix, line, ulid = dense["complaint_id"].partition("_")
            dense["complaint_id"] = f"{prefix.lower()}{line}{ulid.upper()}"
        if "secret" in dense:
            dense["secret"] = dense["secret"].lower()
        return {**data, **dense}


class OwnComplaintSchema(WireSchema):
    """What became of a complaint, for whoever filed it."""

    complaint_id = shown_id(COMPLAINT)
    site_name = shown("示例清真餐厅")
    state = OneOf(ComplaintState, required=True)
    received_at = Instant(required=True)
    taken_up_at = Instant(required=True, allow_none=True)
    outcome = OneOf(Outcome, required=True, allow_none=True)
    answer = shown("经现场核查，情况属实，已责令整改。", allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    erased_at = Instant(
        required=True, allow_none=True, metadata={"description": "When the texts were let go, the answer too."}
    )


class ComplaintsQuery(PageQuery):
    """Which complaints are looked for."""

    state = OneOf(ComplaintState, load_default=None)
    site_id = Text(
        longest=30,
        pattern="(otl|ven)_[0-9A-HJKMNP-TV-Z]{26}",
        load_default=None,
        metadata={"examples": ["otl_01JD0000000000000000000000"]},
    )
    held_back = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "wrong_type: true or false"},
        metadata={"description": "Those beyond 20 about one site on one day, which no other list shows."},
    )


class ComplaintSchema(WireSchema):
    """A complaint without what was written."""

    id = shown_id(COMPLAINT)
    site_id = shown_id("otl")
    site_kind = OneOf(SiteKind, required=True)
    site_name = shown("示例清真餐厅")
    district_id = shown("310101")
    plate_id = shown_id("plt")
    plate_verdict = OneOf(PlateVerdict, required=True, metadata={"description": "What the plate was at that moment."})
    photos = Items(_photo(), most=MOST_PHOTOS, required=True)
    state = OneOf(ComplaintState, required=True)
    held_back = fields.Boolean(required=True)
    received_at = Instant(required=True)
    taken_up_at = Instant(required=True, allow_none=True)
    taken_up_by = shown_id("stf", allow_none=True)
    task_id = shown_id("tsk", allow_none=True)
    outcome = OneOf(Outcome, required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    answered_by = shown_id("stf", allow_none=True)
    erase_at = Instant(
        required=True, allow_none=True, metadata={"description": "When texts and photos are let go: 180 days later."}
    )
    erased_at = Instant(required=True, allow_none=True)


ComplaintPageSchema = page_schema(ComplaintSchema, "ComplaintPageSchema")


class WholeComplaintSchema(ComplaintSchema):
    """A complaint with what was written; null where nothing was, or where it is erased."""

    text = shown("后厨与非清真食品混放。", allow_none=True)
    contact = shown("021-00000000", allow_none=True)
    answer = shown("经现场核查，情况属实，已责令整改。", allow_none=True)


class TakeUpSchema(WireSchema):
    """How a complaint is looked into; with a checklist, by a visit."""

    template_id = identifier("tpl", load_default=None)
    assignees = Items(
        identifier("stf"),
        most=4,
        load_default=list,
        metadata={"description": "Inspectors; none means any of the district."},
    )
    due_on = Day(load_default=None, metadata={"description": "A week from now unless told otherwise."})

    @validates_schema
    def _a_visit_has_a_checklist(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("template_id") is None and (data.get("assignees") or data.get("due_on")):
            raise ValidationError({"template_id": ["required: a visit needs a checklist"]})


class AnswerComplaintSchema(WireSchema):
    """How a case ends; whoever complained can read it."""

    outcome = OneOf(Outcome, required=True)
    answer = WrittenText(
        shortest=SHORTEST_TEXT,
        longest=LONGEST_TEXT,
        required=True,
        metadata={"examples": ["经现场核查，情况属实，已责令整改。"]},
    )
