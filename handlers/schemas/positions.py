"""Positions that clients send, in degrees."""

from typing import Any

from marshmallow import fields, validate

from handlers.schemas.fields import NULL, REQUIRED, TYPE, WireSchema
from services.venues.model import GeoPoint


class Degrees(fields.Float):
    """A number of degrees, up to `most` on both sides of zero; no words, no booleans."""

    default_error_messages = {  # noqa: RUF012 -- marshmallow's own convention
        "required": REQUIRED,
        "null": NULL,
        "invalid": TYPE,
        "too_large": TYPE,
        "special": TYPE,
    }

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        error = f"out_of_range [-{most}|{most}]: from -{most} to {most}"
        super().__init__(validate=validate.Range(min=-most, max=most, error=error), **kwargs)

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        return super()._validated(value)


class GcjPositionSchema(WireSchema):
    """A position in degrees, GCJ-02."""

    lng = Degrees(most=180, required=True, metadata={"examples": [121.483]})
    lat = Degrees(most=90, required=True, metadata={"examples": [31.227]})

    def make(self, values: dict[str, Any]) -> GeoPoint:
        """Return the position."""
        return GeoPoint(**values)
