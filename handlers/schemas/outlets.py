"""Outlets: what is told of them, and how they are shown."""

from typing import Any

from marshmallow import ValidationError, fields, missing, validates_schema

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.positions import GcjPositionSchema
from services.patrols.model import PatrolEventKind
from services.patrols.outlets.model import CloseReason, Contact, Licence, OutletKind
from services.patrols.sites.model import SiteState

MOST_CONTACTS = 5
DEFAULT_RADIUS_M, LARGEST_RADIUS_M = 3_000, 50_000
MOST_VERSIONS = 10**9
POINT = r"-?[0-9]{1,3}(\.[0-9]{1,8})?,-?[0-9]{1,2}(\.[0-9]{1,8})?"


class LicenceSchema(WireSchema):
    """A halal licence, valid on both days and between; `scope` says for what."""

    number = Text(required=True, longest=60, metadata={"examples": ["示例-0001"]})
    issuer = Text(required=True, longest=100, metadata={"examples": ["示例民族宗教事务局"]})
    valid_from = Day(required=True)
    valid_to = Day(required=True)
    scope = Text(required=True, longest=200, metadata={"examples": ["餐饮服务"]})

    def make(self, values: dict[str, Any]) -> Licence:
        """Return the licence."""
        return Licence(**values)


class ContactSchema(WireSchema):
    """Who answers for an outlet. Kept encrypted, and shown to the staff of the district only."""

    name = Text(required=True, longest=40, metadata={"examples": ["示例联系人"]})
    phone = Text(
        required=True, longest=20, shortest=5, pattern=r"\+?[0-9][0-9 -]{3,18}", metadata={"examples": ["13800000000"]}
    )

    def make(self, values: dict[str, Any]) -> Contact:
        """Return the contact."""
        return Contact(**values)


def _name(**options: Any) -> Text:
    return Text(longest=100, metadata={"examples": ["示例清真餐厅一号"]}, **options)


def _name_en(**options: Any) -> Text:
    return Text(longest=100, metadata={"examples": ["Example halal restaurant 1"]}, **options)


def _address(**options: Any) -> Text:
    return Text(longest=200, metadata={"examples": ["黄浦区示例路2号（虚构地址）"]}, **options)


def _district(**options: Any) -> Text:
    about = {"description": "GB/T 2260 code.", "examples": ["310101"]}
    return Text(longest=6, shortest=6, pattern=r"[0-9]{6}", metadata=about, **options)


def _uscc(**options: Any) -> Text:
    about = {"description": "Unified social credit code (GB 32100).", "examples": ["91310000MA1FL0000N"]}
    return Text(longest=18, shortest=18, pattern=r"[0-9A-Z]{18}", allow_none=True, metadata=about, **options)


def _external_id(**options: Any) -> Text:
    about = {"description": "Its key in another list; one outlet of a city has it.", "examples": ["list-2026-17"]}
    return Text(longest=60, allow_none=True, metadata=about, **options)


class RegisterOutletSchema(WireSchema):
    """An outlet to be registered."""

    name = _name(required=True)
    name_en = _name_en(required=True)
    kind = OneOf(OutletKind, required=True)
    address = _address(required=True)
    district_id = _district(required=True)
    position = Part(GcjPositionSchema, required=True)
    uscc = _uscc(load_default=None)
    licence = Part(LicenceSchema, allow_none=True, load_default=None)
    external_id = _external_id(load_default=None)
    contacts = Items(Part(ContactSchema), most=MOST_CONTACTS, load_default=())


class ChangeOutletSchema(WireSchema):
    """What is to change; what is not named stays. `contacts` are replaced as a whole."""

    version = Count(
        least=1, most=MOST_VERSIONS, required=True, metadata={"description": "The one that was read.", "examples": [1]}
    )
    name = _name()
    name_en = _name_en()
    kind = OneOf(OutletKind)
    address = _address()
    district_id = _district()
    position = Part(GcjPositionSchema)
    uscc = _uscc()
    licence = Part(LicenceSchema, allow_none=True)
    external_id = _external_id()
    contacts = Items(Part(ContactSchema), most=MOST_CONTACTS)

    def make(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that were named."""
        return {name: value for name, value in values.items() if value is not missing}


class OutletVersionSchema(WireSchema):
    """Which version was read; without it, whatever it is now."""

    version = Count(least=1, most=MOST_VERSIONS, load_default=None, metadata={"examples": [1]})


class CloseOutletSchema(OutletVersionSchema):
    """Why an outlet closes."""

    reason = OneOf(CloseReason, required=True)


class MergeOutletSchema(OutletVersionSchema):
    """The outlet that it is merged into."""

    into = identifier("otl", required=True)


class OutletFilter(PageQuery):
    """Which outlets."""

    q = Text(
        longest=40,
        load_default=None,
        metadata={"description": "Words in the name, address, licence number or external id."},
    )
    district = Text(
        longest=6, shortest=6, pattern=r"[0-9]{6}", load_default=None, metadata={"description": "GB/T 2260 code."}
    )
    kind = OneOf(OutletKind, load_default=None)
    state = OneOf(SiteState, load_default=None)


class NearOutletsQuery(OutletFilter):
    """Which outlets, how far from where."""

    near = Text(
        required=True,
        longest=40,
        pattern=POINT,
        metadata={"description": "`lng,lat` in GCJ-02.", "examples": ["121.47,31.23"]},
    )
    radius_m = Count(
        least=1,
        most=LARGEST_RADIUS_M,
        strict=False,
        load_default=DEFAULT_RADIUS_M,
        metadata={"description": "Metres."},
    )

    @validates_schema
    def _near_is_on_earth(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("near") is not None:
            lng, lat = (float(part) for part in data["near"].split(","))
            if not (-180 <= lng <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 -- degrees of the globe
                raise ValidationError({"near": ["out_of_range: longitude within 180, latitude within 90 degrees"]})


class ExpiringQuery(PageQuery):
    """How far ahead."""

    within_days = Count(
        least=0, most=3650, strict=False, load_default=60, metadata={"description": "Days from today, of the city."}
    )


class OutletSchema(WireSchema):
    """An outlet; its position is GCJ-02."""

    id = shown_id("otl")
    name = shown("示例清真餐厅一号")
    name_en = shown("Example halal restaurant 1")
    kind = OneOf(OutletKind, required=True)
    address = shown("黄浦区示例路2号（虚构地址）")
    city_id = shown("310000")
    district_id = shown("310101")
    position = Part(GcjPositionSchema, required=True)
    uscc = shown("91310000MA1FL0000N", allow_none=True)
    licence = Part(LicenceSchema, required=True, allow_none=True)
    state = OneOf(SiteState, required=True)
    close_reason = OneOf(CloseReason, required=True, allow_none=True)
    merged_into = shown_id("otl", allow_none=True)
    absorbed = Items(fields.String(), most=50, required=True, metadata={"description": "Outlets merged into it."})
    external_id = shown("list-2026-17", allow_none=True)
    example = fields.Boolean(required=True, metadata={"description": "True for an invented outlet."})
    registered_at = Instant(required=True)
    changed_at = Instant(required=True)
    version = shown(1)


OutletPageSchema = page_schema(OutletSchema, "OutletPageSchema")


class NearOutletSchema(WireSchema):
    """An outlet and how far away it is."""

    outlet = Part(OutletSchema, required=True)
    distance_m = fields.Float(required=True, metadata={"examples": [120.5]})


NearOutletPageSchema = page_schema(NearOutletSchema, "NearOutletPageSchema")


class ContactsSchema(WireSchema):
    """Who answers for an outlet."""

    items = Items(Part(ContactSchema), most=MOST_CONTACTS, required=True)


class SiteEventSchema(WireSchema):
    """One thing that happened; `index` is its place in the log of patrols."""

    id = shown_id("evt")
    type = OneOf(PatrolEventKind, required=True, attribute="kind")
    subject_id = shown_id("otl")
    site_id = shown_id("otl", allow_none=True)
    index = shown(17)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    told_by = fields.String(
        required=True, metadata={"description": "An account, `anonymous` or `service`.", "examples": ["service"]}
    )
    data = fields.Dict(required=True, metadata={"description": "Ids, codes, counts, digests."})


SiteEventPageSchema = page_schema(SiteEventSchema, "SiteEventPageSchema")
