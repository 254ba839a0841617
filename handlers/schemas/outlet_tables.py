"""Tables of outlets, and what became of them."""

from marshmallow import fields

from handlers.schemas.common import FieldProblemSchema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema
from services.patrols.outlets.tables.model import OnFault, OutletTableState
from services.tables.rows import MOST_FAULTS


class ImportQuery(WireSchema):
    """What to do when some rows are wrong."""

    on_error = OneOf(OnFault, load_default=OnFault.REFUSE)


class OutletTableSchema(WireSchema):
    """A table of outlets, and what became of its rows."""

    id = shown_id("otb")
    job_id = shown_id("job")
    on_error = OneOf(OnFault, required=True)
    state = OneOf(
        OutletTableState,
        required=True,
        metadata={"description": "`refused`: nothing was recorded, as some rows are wrong."},
    )
    rows = shown(300)
    added = fields.Integer(required=True, metadata={"description": "Rows that are new outlets."})
    changed = fields.Integer(required=True, metadata={"description": "Rows that changed an outlet."})
    unchanged = fields.Integer(required=True, metadata={"description": "Rows that say what is known."})
    refused = fields.Integer(required=True, metadata={"description": "Rows that are wrong."})
    errors = Items(
        Part(FieldProblemSchema),
        most=MOST_FAULTS,
        required=True,
        metadata={"description": "Paths such as `rows[12].uscc`: rows are numbered as spreadsheet programs show them."},
    )
    created_at = Instant(required=True)
