"""Inspectors, for whoever sends them."""

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Items, Part, Text, WireSchema

MOST_INSPECTORS = 10_000


class RosterQuery(WireSchema):
    """Whose inspectors: those of all districts in scope, where not said."""

    district_id = Text(
        longest=6,
        shortest=6,
        pattern="[0-9]{6}",
        load_default=None,
        metadata={"description": "Six digits (GB/T 2260).", "examples": ["310101"]},
    )


class RosterEntrySchema(WireSchema):
    """An inspector; `districts` are those within your scope, or the one asked for."""

    id = shown_id("stf")
    username = shown("inspector2")
    districts = Items(shown("310101"), most=MOST_INSPECTORS, required=True)


class RosterSchema(WireSchema):
    """Inspectors by their user names."""

    items = Items(Part(RosterEntrySchema), most=MOST_INSPECTORS, required=True)
