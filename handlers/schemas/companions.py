"""Companions: people whom a citizen books for."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema
from handlers.schemas.reservations import IdentityDocumentSchema
from services.reservations.companions.model import MOST_COMPANIONS
from services.reservations.model import DocumentType, Visitor


class NewCompanionSchema(IdentityDocumentSchema):
    """Somebody to be kept, as on the document shown at the gate."""

    def make(self, values: dict[str, Any]) -> Visitor:
        """Return the visitor."""
        return Visitor(**values)


class CompanionSchema(WireSchema):
    """A companion, masked."""

    id = shown_id("cpn")
    name = fields.String(required=True, metadata={"examples": ["示***"]})
    id_type = OneOf(DocumentType, required=True)
    id_number = fields.String(required=True, metadata={"examples": ["*****5678"]})
    added_at = Instant(required=True)


class CompanionListSchema(WireSchema):
    """All of a citizen's companions."""

    items = Items(Part(CompanionSchema), most=MOST_COMPANIONS, required=True)
