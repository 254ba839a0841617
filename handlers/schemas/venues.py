"""Venues, gates, districts, slots."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from handlers.schemas.common import PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from services.reservations.model import SlotStatus
from services.venues.model import GateUse, VenueKind

LONGEST_WINDOW_DAYS = 62


class VenueQuery(PageQuery):
    """Which venues: by text, by district, or the nearest first."""

    q = Text(longest=40, load_default=None, metadata={"description": "Words in the name, pinyin or address."})
    district = Text(
        longest=6, shortest=6, pattern=r"[0-9]{6}", load_default=None, metadata={"description": "GB/T 2260 code."}
    )
    near = Text(
        longest=40,
        pattern=r"-?[0-9]{1,3}(\.[0-9]{1,8})?,-?[0-9]{1,2}(\.[0-9]{1,8})?",
        load_default=None,
        metadata={"description": "`lng,lat` in GCJ-02.", "examples": ["121.47,31.23"]},
    )

    @validates_schema
    def _near_is_on_earth(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("near") is not None:
            lng, lat = (float(part) for part in data["near"].split(","))
            if not (-180 <= lng <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 -- degrees of the globe
                raise ValidationError({"near": ["out_of_range: longitude within 180, latitude within 90 degrees"]})


class PositionSchema(WireSchema):
    """Degrees in GCJ-02."""

    lng = fields.Float(required=True, metadata={"examples": [121.4752]})
    lat = fields.Float(required=True, metadata={"examples": [31.2304]})


class OpeningHoursSchema(WireSchema):
    """Usual hours on some weekdays (1 is Monday)."""

    days = Items(fields.Integer(), most=7, required=True)
    opens = fields.String(required=True, metadata={"examples": ["07:00"]})
    closes = fields.String(required=True, metadata={"examples": ["16:30"]})


class GateSchema(WireSchema):
    """A gate."""

    id = shown_id("gat")
    name = shown("东门（示例）")
    name_en = shown("East gate (example)")
    use = OneOf(GateUse, required=True)


class VenueSchema(WireSchema):
    """A venue and its public facts."""

    id = shown_id("ven")
    name = shown("示例场所（全天开放）")
    name_en = shown("Example venue (open round the clock)")
    kind = OneOf(VenueKind, required=True)
    address = shown("黄浦区示例路1号（虚构地址）")
    city_id = shown("310000")
    district_id = shown("310101")
    position = Part(PositionSchema, required=True)
    usual_hours = Items(Part(OpeningHoursSchema), most=50, required=True)
    gates = Items(Part(GateSchema), most=100, required=True)
    max_party_size = shown(5)
    about = fields.String(required=True)
    about_en = fields.String(required=True)
    example = fields.Boolean(required=True, metadata={"description": "True for an invented venue."})


VenuePageSchema = page_schema(VenueSchema, "VenuePageSchema")


class DistrictSchema(WireSchema):
    """A district by its GB/T 2260 code."""

    id = shown("310101")
    city_id = shown("310000")
    name = shown("黄浦区")
    name_en = shown("Huangpu")


DistrictPageSchema = page_schema(DistrictSchema, "DistrictPageSchema")


class SlotQuery(PageQuery):
    """Which slots: those that end after `from` and start before `to`; by default the coming seven days."""

    since = Instant(data_key="from", load_default=None, metadata={"description": "Default: now."})
    until = Instant(data_key="to", load_default=None, metadata={"description": "Default: seven days after `from`."})


class SlotSchema(WireSchema):
    """A slot; `status` is what a citizen can do with it now."""

    id = shown_id("slt")
    venue_id = shown_id("ven")
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    last_entry_at = Instant(
        required=True, allow_none=True, metadata={"description": "Until when people are let in; null: until the end."}
    )
    capacity = fields.Integer(
        required=True, metadata={"description": "Places that anybody can book.", "examples": [500]}
    )
    places_left = fields.Integer(
        required=True,
        metadata={"description": "How many of them are left; none while others wait for them.", "examples": [498]},
    )
    waiting = fields.Integer(required=True, metadata={"description": "How many parties wait.", "examples": [0]})
    releases_at = Instant(
        required=True, allow_none=True, metadata={"description": "From when it can be booked; null: at once."}
    )
    status = OneOf(SlotStatus, required=True)


SlotPageSchema = page_schema(SlotSchema, "SlotPageSchema")
