"""Conflicts with the main system, and what of it was refused."""

from marshmallow import fields

from handlers.schemas.common import PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema
from services.sync.inbound.model import Cause, ConflictState, FieldOwner, ReferenceKind

MOST_FIELDS = 30


def _value(example: str) -> fields.String:
    about = {"examples": [example], "description": "JSON, shortened where it is long; null where it is personal."}
    return fields.String(required=True, allow_none=True, metadata=about)


class ConflictsQuery(PageQuery):
    """Which conflicts are looked for."""

    state = OneOf(ConflictState, load_default=None, metadata={"description": "Whether anybody has acknowledged them."})


class ConflictFieldSchema(WireSchema):
    """A field on both sides."""

    name = shown("address")
    here = _value('"示例路1号"')
    there = _value('"示例路2号"')


class ConflictSchema(WireSchema):
    """That both sides said different things; `winner` says whose word stands, `there_version` against which version."""

    id = shown_id("cfl")
    kind = OneOf(ReferenceKind, required=True)
    key = shown("venue-17")
    local_id = shown_id("ven")
    cause = OneOf(Cause, required=True)
    winner = OneOf(FieldOwner, required=True)
    # `fields` is marshmallow's own name in a schema.
    differing = Items(Part(ConflictFieldSchema), most=MOST_FIELDS, required=True, data_key="fields", attribute="fields")
    here_version = shown(3, allow_none=True)
    there_version = shown(8)
    seen_at = Instant(required=True)
    acknowledged_at = Instant(required=True, allow_none=True)
    acknowledged_by = shown_id("stf", allow_none=True)


class ReferenceFlawSchema(WireSchema):
    """What is wrong: where in the document, and by which rule."""

    path = shown("data.uscc")
    rule = shown("uscc_invalid")


class RefusedSchema(WireSchema):
    """A document of the main system that could not be taken."""

    kind = OneOf(ReferenceKind, required=True)
    key = shown("outlet-204")
    version = shown(5, allow_none=True)
    flaws = Items(Part(ReferenceFlawSchema), most=MOST_FIELDS, required=True)
    first_seen_at = Instant(required=True)
    seen_at = Instant(required=True)


ConflictPageSchema = page_schema(ConflictSchema, "ConflictPageSchema")
RefusedPageSchema = page_schema(RefusedSchema, "RefusedPageSchema")
