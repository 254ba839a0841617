"""What a gate asks for."""

from handlers.schemas.fields import Day, WireSchema


class OfflinePackQuery(WireSchema):
    """Which pack."""

    day = Day(load_default=None, metadata={"description": "Today, which is the default, or tomorrow, in the city."})
