"""The public check of an item; hashes are base64."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from handlers.schemas.common import shown
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.transparency import EXAMPLE_HASH, EXAMPLE_ORIGIN, MOST_HASHES, Base64
from services.items.public.model import Caution, ProofStatus, PublicState, Verdict

JSON_TYPES = ["string", "number", "boolean", "array", "object", "null"]


def _hash(**kwargs: Any) -> Base64:
    return Base64(metadata={"type": "string", "examples": [EXAMPLE_HASH]}, **kwargs)


class PublicItemQuery(WireSchema):
    """Where the phone is, if the person lets it tell."""

    near = Text(
        longest=40,
        pattern=r"-?[0-9]{1,3}(\.[0-9]{1,8})?,-?[0-9]{1,2}(\.[0-9]{1,8})?",
        load_default=None,
        metadata={
            "description": "`lng,lat` in degrees, GCJ-02 or WGS 84. Kept to a tenth of a degree, and of the last "
            "check only, to see a code that is in two places at once.",
            "examples": ["121.5,31.2"],
        },
    )

    @validates_schema
    def _near_is_on_earth(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("near") is not None:
            lng, lat = (float(part) for part in data["near"].split(","))
            if not (-180 <= lng <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 -- degrees of the globe
                raise ValidationError({"near": ["out_of_range: longitude within 180, latitude within 90 degrees"]})


class PublicAttributeSchema(WireSchema):
    """An attribute that anybody may see."""

    name = shown("material")
    title = shown("材质")
    value = fields.Raw(
        required=True,
        metadata={"type": JSON_TYPES, "description": "As the type's schema has it.", "examples": ["铜"]},
    )


class ProvedCheckpointSchema(WireSchema):
    """A signed statement of the log's size and root."""

    origin = fields.String(required=True, attribute="checkpoint.origin", metadata={"examples": [EXAMPLE_ORIGIN]})
    size = fields.Integer(required=True, attribute="checkpoint.size")
    root = _hash(required=True, attribute="checkpoint.root")
    signed_at = Instant(required=True)
    note = fields.String(required=True, metadata={"description": "The same, signed (C2SP signed-note)."})


class LeafInclusionSchema(WireSchema):
    """The way from the leaf to the root (RFC 6962, section 2.1.1)."""

    leaf_hash = _hash(required=True)
    hashes = Items(_hash(), most=MOST_HASHES, required=True)


class ItemProofSchema(WireSchema):
    """That the item's latest event is in the log which nobody can change unseen."""

    index = fields.Integer(required=True, metadata={"description": "The event's leaf."})
    status = OneOf(ProofStatus, required=True)
    checkpoint = Part(ProvedCheckpointSchema, required=True, allow_none=True)
    inclusion = Part(LeafInclusionSchema, required=True, allow_none=True)
    expected_by = Instant(
        required=True, allow_none=True, metadata={"description": "When a pending event should have a checkpoint."}
    )


class PublicItemSchema(WireSchema):
    """What anybody may know of an item."""

    type_name = shown("示例香炉", allow_none=True)
    type_name_en = shown("Example censer", allow_none=True)
    name = shown("示例香炉", allow_none=True)
    attributes = Items(Part(PublicAttributeSchema), most=50, required=True)
    state = OneOf(PublicState, required=True)
    warnings = Items(OneOf(Caution), most=len(Caution), required=True)
    first_checked_at = Instant(required=True, allow_none=True)
    checks = fields.Integer(required=True, metadata={"description": "With this one; a reload is none."})
    last_checked_on = Day(
        required=True, allow_none=True, metadata={"description": "The day of the check before this one."}
    )
    proof = Part(ItemProofSchema, required=True)


class PublicCheckSchema(WireSchema):
    """The answer to a check. A code that is not ours is an answer, too."""

    verdict = OneOf(Verdict, required=True)
    code = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "As printed; null when not ours.", "examples": ["05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7"]},
    )
    item = Part(PublicItemSchema, required=True, allow_none=True, metadata={"description": "When genuine."})
