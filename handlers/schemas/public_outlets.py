"""The public check of a plate."""

from marshmallow import fields

from handlers.schemas.common import shown
from handlers.schemas.fields import Day, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.public_items import PublicItemQuery
from services.patrols.plates.model import PlateVerdict
from services.patrols.public.model import Caution, LicenceStatus, Place, Sign
from services.patrols.sites.model import CheckResult, SiteKind, SiteState


class PublicPlateQuery(PublicItemQuery):
    """Where the phone is, if the person lets it tell."""

    near = Text(
        longest=40,
        pattern=r"-?[0-9]{1,3}(\.[0-9]{1,8})?,-?[0-9]{1,2}(\.[0-9]{1,8})?",
        load_default=None,
        metadata={
            "description": "`lng,lat` in degrees, GCJ-02, to see a plate that hangs where it does not belong. "
            "It is not kept.",
            "examples": ["121.5,31.2"],
        },
    )


class PublicSiteSchema(WireSchema):
    """What should hang at the door."""

    kind = OneOf(SiteKind, required=True)
    name = shown("示例清真餐厅")
    name_en = shown("Example halal restaurant")
    address = shown("示例路1号")
    state = OneOf(SiteState, required=True)
    merged_into = shown("示例清真餐厅总店", allow_none=True)
    merged_into_en = shown("Example halal restaurant, main branch", allow_none=True)


class PublicLicenceSchema(WireSchema):
    """A licence; without one, all but `status` are null."""

    status = OneOf(LicenceStatus, required=True, metadata={"description": "`expiring`: valid, in its last 30 days."})
    number = shown("示例-2026-001", allow_none=True)
    issuer = shown("示例区民族宗教事务局", allow_none=True)
    valid_from = Day(required=True, allow_none=True)
    valid_to = Day(required=True, allow_none=True, metadata={"description": "Its last day."})
    scope = shown("餐饮", allow_none=True)


class PublicCheckInSchema(WireSchema):
    """The latest check-in that was accepted, to the day."""

    result = OneOf(CheckResult, required=True)
    checked_on = Day(required=True)


class PublicStandingSchema(WireSchema):
    """How the outlet or venue stands."""

    licence = Part(PublicLicenceSchema, required=True, allow_none=True, metadata={"description": "Null for a venue."})
    last_check = Part(PublicCheckInSchema, required=True, allow_none=True)
    open_findings = fields.Integer(required=True, metadata={"description": "Found, and not yet put right."})


class PublicPlateSchema(WireSchema):
    """The answer to a scan. A plate that is not ours is an answer, too."""

    verdict = OneOf(PlateVerdict, required=True)
    place = OneOf(
        Place, required=True, metadata={"description": "Whether the phone is where the plate belongs, within 400 m."}
    )
    sign = OneOf(Sign, required=True, metadata={"description": "What to show at a glance; only `good` is green."})
    warnings = Items(OneOf(Caution), most=len(Caution), required=True, metadata={"description": "The worst first."})
    issued_on = Day(required=True, allow_none=True)
    ended_on = Day(required=True, allow_none=True)
    site = Part(PublicSiteSchema, required=True, allow_none=True, metadata={"description": "Null when not ours."})
    standing = Part(
        PublicStandingSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Only of a current plate that is not elsewhere: no other may lend credit."},
    )
