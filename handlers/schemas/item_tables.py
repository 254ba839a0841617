"""Tables of things to register, and what became of them."""

from enum import StrEnum

from marshmallow import fields

from handlers.schemas.common import ID_CHARACTERS, FieldProblemSchema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from services.items.tables.model import TableState
from services.tables.rows import MOST_FAULTS


class OnError(StrEnum):
    """What wrong rows mean for the others."""

    REFUSE = "refuse"
    PROCEED = "proceed"


class ActivationsQuery(WireSchema):
    """For which type, and what to do when some rows are wrong."""

    item_type_id = Text(required=True, longest=ID_CHARACTERS)
    on_error = OneOf(OnError, load_default=OnError.REFUSE)


class ItemTableSchema(WireSchema):
    """A table, and what became of its rows."""

    id = shown("tab_0123456789abcdef0123456789abcdef")
    job_id = shown_id("job")
    type_id = shown_id("ity")
    on_error = OneOf(OnError, required=True)
    state = OneOf(
        TableState, required=True, metadata={"description": "`refused`: nothing was recorded, as some rows are wrong."}
    )
    rows = shown(300)
    recorded = fields.Integer(required=True, metadata={"description": "Rows that are items now."})
    refused = fields.Integer(required=True, metadata={"description": "Rows that are wrong."})
    errors = Items(
        Part(FieldProblemSchema),
        most=MOST_FAULTS,
        required=True,
        metadata={"description": "Paths such as `rows[12].code`: rows are numbered as spreadsheet programs show them."},
    )
    created_at = Instant(required=True)
