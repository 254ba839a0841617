"""The quality of records that the main system gets."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from handlers.schemas.common import shown
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from services.sync.model import RecordKind
from services.sync.quality.counting import MOST_OFFENDERS
from services.sync.quality.model import Dimension, Measured

MOST_RULES = 100


class OffendersQuery(WireSchema):
    """Which rule the records break: any, where not said."""

    rule = Text(longest=80, load_default=None, metadata={"examples": ["missing:uscc"]})


def _score(example: float) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"examples": [example]})


class ScoresSchema(WireSchema):
    """0 to 100, rounded down; null where there are no records. `total` is the mean of the four."""

    total = _score(99.4)
    valid = _score(100.0)
    complete = _score(98.2)
    timely = _score(99.9)
    consistent = _score(99.7)


class KeptSchema(WireSchema):
    """How many records have each quality: `valid` of those `counted`, the others of those `delivered`."""

    valid = shown(1000)
    complete = shown(982)
    timely = shown(999)
    consistent = shown(997)


class BrokenRuleSchema(WireSchema):
    """How many records break a rule."""

    rule = shown("missing:uscc")
    records = shown(18)


class KindQualitySchema(WireSchema):
    """The quality of one kind of records, as it was last measured."""

    kind = OneOf(RecordKind, required=True)
    counted = shown(1000)
    delivered = shown(1000)
    scores = Part(ScoresSchema, required=True)
    kept = Part(KeptSchema, required=True)
    broken = Items(Part(BrokenRuleSchema), most=MOST_RULES, required=True)
    measured_at = Instant(required=True)


class QualitySchema(WireSchema):
    """All kinds that were measured; none before the first night."""

    items = Items(Part(KindQualitySchema), most=len(RecordKind), required=True)


class OffenderSchema(WireSchema):
    """A record that breaks a rule: its id here, and since when it is so."""

    id = shown("otl_01JD0000000000000000000000")
    rule = shown("missing:uscc")
    since = Instant(required=True)


class OffendersSchema(KindQualitySchema):
    """One kind, with the records to look at: each rule has an equal share of the places."""

    offenders = Items(Part(OffenderSchema), most=MOST_OFFENDERS, required=True)


def quality_view(measured: Measured) -> Mapping[str, Any]:
    """Return what was measured of a kind as it is shown."""
    return {
        "kind": measured.kind,
        "counted": measured.counted,
        "delivered": measured.delivered,
        "scores": {"total": measured.total, **{one.value: measured.score(one) for one in Dimension}},
        "kept": {one.value: measured.kept[one] for one in Dimension},
        "broken": [{"rule": rule, "records": count} for rule, count in measured.broken.items()],
        "offenders": measured.offenders,
        "measured_at": measured.measured_at,
    }
