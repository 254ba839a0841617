"""Plates: what is asked for, and what they are."""

from typing import Any

from marshmallow import fields

from handlers.schemas.checklists import Number
from handlers.schemas.common import EXAMPLE_ULID, ID_CHARACTERS, shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, ScannedText, Text, WireSchema
from handlers.schemas.positions import GcjPositionSchema
from qr.plate_code import MOST_LINK_CHARACTERS
from services.patrols.plates.model import PlateEnd, PlateState, PlateVerdict
from services.patrols.sites.model import SiteKind, SiteState

MOST_SITES = 100
# That of docs/codes.md: whole in its form, and of nobody's keys.
EXAMPLE_PLATE_CODE = (
    "040g20cr0000003qan5hvg00000000r1k0000000examp7e000000004akvhdd48m24nrkkdg6xaezc8wqew2xc79kbs009yd83w0mf6vczq6jxh9dy"
    "szh03em9x1nss5h167xaw7edjs60bdbrg00764t3qw2r"
)
EXAMPLE_PLATE_LINK = f"https://codes.example.cn/o/{EXAMPLE_PLATE_CODE}"
MOST_PLATES_OF_A_SITE = 1000


def _site_id(**options: Any) -> Text:
    return Text(
        longest=ID_CHARACTERS,
        pattern=r"(otl|ven)_[0-9A-HJKMNP-TV-Z]{26}",
        metadata={"description": "An outlet or a venue.", "examples": [f"otl_{EXAMPLE_ULID}"]},
        **options,
    )


class IssuePlateSchema(WireSchema):
    """Which site gets a plate."""

    site_id = _site_id(required=True)


class PlateSitesSchema(WireSchema):
    """Several sites."""

    site_ids = Items(_site_id(), least=1, most=MOST_SITES, required=True)


class EndPlateSchema(WireSchema):
    """Why a plate ends."""

    reason = OneOf(PlateEnd, required=True)


class ScanPlateSchema(WireSchema):
    """What a scanner read, and where the phone was."""

    text = ScannedText(
        required=True,
        longest=MOST_LINK_CHARACTERS,
        metadata={"description": "The code, or the link.", "examples": [EXAMPLE_PLATE_LINK]},
    )
    near = Part(GcjPositionSchema, load_default=None)
    accuracy_m = Number(
        metadata={"description": "Radius in metres; below zero, as null, it is not known.", "examples": [15.5]}
    )

    def make(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what was scanned; phones say -1 for what they do not know."""
        accuracy = values["accuracy_m"]
        return {**values, "accuracy_m": None if accuracy is None or accuracy < 0 else accuracy}


class SeenSiteSchema(WireSchema):
    """The site that a plate belongs to."""

    id = shown_id("otl")
    kind = OneOf(SiteKind, required=True)
    name = shown("示例面馆")
    name_en = shown("Example noodles")
    state = OneOf(SiteState, required=True)
    merged_into = shown_id("otl", allow_none=True)


class SeenPlaceSchema(WireSchema):
    """How far from its site a plate was scanned, and whether that is too far to be true."""

    distance_m = fields.Float(required=True, metadata={"examples": [38.5]})
    elsewhere = fields.Boolean(required=True)


class SeenPlateSchema(WireSchema):
    """What a scanned plate is."""

    verdict = OneOf(PlateVerdict, required=True)
    plate_id = shown_id("plt", allow_none=True)
    ended_at = Instant(required=True, allow_none=True)
    reason = OneOf(PlateEnd, required=True, allow_none=True)
    site = Part(SeenSiteSchema, required=True, allow_none=True)
    place = Part(SeenPlaceSchema, required=True, allow_none=True)


class PlatesQuery(WireSchema):
    """Whose plates."""

    site_id = _site_id(required=True)


class EndedPlatesQuery(WireSchema):
    """From which day on."""

    since = Day(required=True, metadata={"description": "In the city's time; three years ago at the earliest."})


class PlateSchema(WireSchema):
    """A plate of a site; `replaced_by` is the plate that came in its place."""

    id = shown_id("plt")
    number = shown("01JD-0000-0000-0000-0000-0000-00")
    site_id = shown_id("otl")
    site_kind = OneOf(SiteKind, required=True)
    state = OneOf(PlateState, required=True)
    link = shown(EXAMPLE_PLATE_LINK, allow_none=True)
    issued_at = Instant(required=True)
    issued_by = shown_id("stf")
    ended_at = Instant(required=True, allow_none=True)
    reason = OneOf(PlateEnd, required=True, allow_none=True)
    replaced_by = shown_id("plt", allow_none=True)


class PlateListSchema(WireSchema):
    """All plates that a site ever had, newest first."""

    items = Items(Part(PlateSchema), most=MOST_PLATES_OF_A_SITE, required=True)


class PlatesOfSitesSchema(WireSchema):
    """One plate for each site."""

    items = Items(Part(PlateSchema), most=MOST_SITES, required=True)


class EndedPlatesSchema(WireSchema):
    """A signed list; docs/codes.md says how to check and to read `signed`, which holds all the rest."""

    kid = shown("plate-1")
    since = Instant(required=True)
    until = Instant(required=True, metadata={"description": "Ask from this day on the next time."})
    count = shown(2)
    signed = shown("AQEAAAAAaRx1gAAAAABpIMZw")
