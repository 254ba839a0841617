"""Item types, batches and jobs."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import TYPE, Count, Instant, Items, OneOf, Part, Text, WireSchema
from services.identity.model import Scope, ScopeLevel
from services.items.model import LabelDesign, RequiredInspection, TypeContent
from services.jobs.model import JobState

MOST_QUANTITY = 1_000_000
EXAMPLE_SCHEMA = {
    "type": "object",
    "properties": {"material": {"type": "string", "title": "材质"}, "height_cm": {"type": "number", "minimum": 0}},
    "required": ["material"],
}


def _own() -> None:
    """Stand for the only scope of who asks; a function, because null is no owner."""


class FreeObject(fields.Dict):
    """An object whose content is judged later."""

    default_error_messages = {  # noqa: RUF012 -- marshmallow's own convention
        "required": "required: this field is required",
        "null": "null: this field may not be null",
        "invalid": TYPE,
    }


class OwnerSchema(WireSchema):
    """Whom it belongs to: a city or district by its code, or a venue."""

    level = OneOf(ScopeLevel, required=True, metadata={"examples": ["district"]})
    id = Text(required=True, longest=40, metadata={"examples": ["310101"]})

    def make(self, values: dict[str, Any]) -> Scope:
        """Return the scope."""
        return Scope(**values)


class LabelDesignSchema(WireSchema):
    """How the labels of a type look."""

    layout = Text(
        required=True,
        longest=40,
        pattern=r"[a-z0-9][a-z0-9_-]*",
        metadata={"description": "The name of a label layout.", "examples": ["a4-70"]},
    )
    title = Text(
        required=True, longest=20, metadata={"description": "A line of text above each code.", "examples": ["示例文物"]}
    )

    def make(self, values: dict[str, Any]) -> LabelDesign:
        """Return the design."""
        return LabelDesign(**values)


class RequiredInspectionSchema(WireSchema):
    """An inspection that is due every so many days."""

    name = Text(required=True, longest=40, metadata={"examples": ["防火检查"]})
    every_days = Count(required=True, least=1, most=3660, metadata={"examples": [90]})

    def make(self, values: dict[str, Any]) -> RequiredInspection:
        """Return the inspection."""
        return RequiredInspection(**values)


class TypeContentSchema(WireSchema):
    """What is written of an item type."""

    name = Text(required=True, longest=60, metadata={"examples": ["馆藏文物"]})
    name_en = Text(longest=100, load_default="", metadata={"examples": ["Artefact"]})
    attributes_schema = FreeObject(
        required=True,
        metadata={
            "description": "A JSON Schema (draft 2020-12) of an object, at most 16 KB, without references. Attributes "
            "are those of things: what asks for a person's religion, ethnicity, documents, phone or name is refused.",
            "examples": [EXAMPLE_SCHEMA],
        },
    )
    public_attributes = Items(
        Text(longest=40, metadata={"examples": ["material"]}),
        most=50,
        load_default=(),
        metadata={"description": "The attributes that anybody may see."},
    )
    label = Part(LabelDesignSchema, required=True)
    required_inspections = Items(Part(RequiredInspectionSchema), most=10, load_default=())


def content_of(values: dict[str, Any]) -> TypeContent:
    """Return what the checked body says of the type."""
    return TypeContent(
        name=values["name"],
        name_en=values["name_en"],
        attributes_schema=values["attributes_schema"],
        public_attributes=tuple(values["public_attributes"]),
        label=values["label"],
        required_inspections=tuple(values["required_inspections"]),
    )


class NewItemTypeSchema(TypeContentSchema):
    """A new item type."""

    owner = Part(OwnerSchema, load_default=_own)


class ChangedItemTypeSchema(TypeContentSchema):
    """An item type as it shall be; `version` is that of the type which was read."""

    version = Count(required=True, least=1, most=1_000_000, metadata={"examples": [1]})


class ItemTypeSummarySchema(WireSchema):
    """An item type in a list."""

    id = shown_id("ity")
    owner = Part(OwnerSchema, required=True)
    name = shown("馆藏文物")
    name_en = shown("Artefact")
    version = shown(1)
    created_at = Instant(required=True)


ItemTypePageSchema = page_schema(ItemTypeSummarySchema, "ItemTypePageSchema")


class ItemTypeSchema(ItemTypeSummarySchema):
    """An item type."""

    attributes_schema = fields.Dict(required=True, metadata={"examples": [EXAMPLE_SCHEMA]})
    public_attributes = Items(fields.String(), most=50, required=True)
    label = Part(LabelDesignSchema, required=True)
    required_inspections = Items(Part(RequiredInspectionSchema), most=10, required=True)


class ItemTypeQuery(PageQuery):
    """Which item types."""

    q = Text(longest=40, load_default=None, metadata={"description": "Words of its name.", "examples": ["文物"]})


class MintSchema(WireSchema):
    """A wish for codes."""

    item_type_id = identifier("ity", required=True)
    quantity = Count(required=True, least=1, most=MOST_QUANTITY, metadata={"examples": [700]})
    owner = Part(OwnerSchema, load_default=_own)


class ItemBatchSchema(WireSchema):
    """Codes made together, and the job that makes them."""

    id = shown_id("ibt")
    item_type_id = shown("ity_01JD0000000000000000000000", attribute="type_id")
    owner = Part(OwnerSchema, required=True)
    quantity = shown(700)
    job_id = shown_id("job")
    created_at = Instant(required=True)


class CodeFileSchema(WireSchema):
    """A file of a batch: which serials are in it, both ends included."""

    part = shown(1)
    first_serial = shown(0)
    last_serial = shown(699)


class ItemBatchDetailSchema(ItemBatchSchema):
    """A batch and how far it is."""

    state = OneOf(JobState, required=True, metadata={"description": "That of its job; its codes are made when `done`."})
    minted = shown(700)
    label_files = Items(
        Part(CodeFileSchema),
        most=1000,
        required=True,
        metadata={"description": "The files of `labels.pdf` in the type's own layout, once all codes are made."},
    )
    code_files = Items(
        Part(CodeFileSchema),
        most=1000,
        required=True,
        metadata={"description": "The files of `codes.csv`, once all codes are made."},
    )


ItemBatchPageSchema = page_schema(ItemBatchSchema, "ItemBatchPageSchema")


class CodesQuery(WireSchema):
    """Which file of codes."""

    part = Count(least=1, most=1000, strict=False, load_default=1, metadata={"description": "Counts from 1."})


class LabelsQuery(CodesQuery):
    """Which file of labels, and how they lie on the page."""

    layout = Text(
        longest=40,
        pattern=r"[a-z0-9][a-z0-9_-]*",
        load_default=None,
        metadata={"description": "Default: the layout of the item type.", "examples": ["a4-70"]},
    )


class ItemBatchQuery(PageQuery):
    """Which batches."""

    item_type_id = identifier("ity", load_default=None)


class JobSchema(WireSchema):
    """Long work in the background; `done` of `total` are items, codes or rows, as its kind counts."""

    id = shown_id("job")
    kind = shown("mint")
    state = OneOf(JobState, required=True)
    done = shown(2000)
    total = shown(100000)
    created_at = Instant(required=True)
    changed_at = Instant(required=True)
    failure = fields.String(required=True, allow_none=True, metadata={"description": "The code of what it failed by."})
