"""Reconciliations with the main system: asking for one, and its report."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema
from services.sync.model import RecordKind
from services.sync.reconciling.model import (
    MOST_LISTED,
    Asker,
    Depth,
    KindReport,
    Reconciliation,
    Sort,
    State,
    Treatment,
    Wish,
)

MOST_KINDS = len(RecordKind)
MOST_SHOWN = 50
RECORD_ID = "reservation-5x3kq7m2n4p6r7s2t3v4w5x6y7"


class AskReconciliationSchema(WireSchema):
    """What is to be reconciled; without `kinds`, everything."""

    kinds = Items(OneOf(RecordKind), least=1, most=MOST_KINDS, load_default=list)
    depth = OneOf(Depth, load_default=Depth.SUMS)
    treatment = OneOf(Treatment, load_default=Treatment.REPAIR)

    def make(self, values: dict[str, Any]) -> Wish:
        """Return the wish."""
        kinds = tuple(dict.fromkeys(values["kinds"]))
        return Wish(kinds=kinds, depth=values["depth"], treatment=values["treatment"], by=Asker.API)


class FoundSchema(WireSchema):
    """How many differences of a sort there were."""

    sort = OneOf(Sort, required=True)
    count = shown(3)


class KindReportSchema(WireSchema):
    """A kind of record, on both sides; `reads` and what comparing everything would have read."""

    kind = OneOf(RecordKind, required=True)
    ours = shown(12_000)
    theirs = shown(11_997)
    found = Items(Part(FoundSchema), most=len(Sort), required=True)
    repaired = shown(3)
    left = shown(0)
    foreign = shown(0)
    reads = shown(640)
    full_reads = shown(23_997)
    records = shown(0)


class DifferenceSchema(WireSchema):
    """A record that was not the same on both sides, by the id that the main system knows."""

    kind = OneOf(RecordKind, required=True)
    id = fields.String(required=True, metadata={"examples": [RECORD_ID]})
    sort = OneOf(Sort, required=True)
    our_version = shown(4, allow_none=True)
    their_version = shown(3, allow_none=True)
    repaired = fields.Boolean(required=True)


class ReconciliationSummarySchema(WireSchema):
    """A reconciliation, as it is listed."""

    id = shown_id("rec")
    state = OneOf(State, required=True)
    by = OneOf(Asker, required=True)
    depth = OneOf(Depth, required=True)
    treatment = OneOf(Treatment, required=True)
    wished_kinds = Items(OneOf(RecordKind), most=MOST_KINDS, required=True)
    asked_at = Instant(required=True)
    started_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)
    failure = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "With failed: why.", "examples": ["database_unavailable"]},
    )
    kinds = Items(Part(KindReportSchema), most=MOST_KINDS, required=True)


class ReconciliationSchema(ReconciliationSummarySchema):
    """A reconciliation with the first differences that it found; the figures by kind count all of them."""

    differences = Items(Part(DifferenceSchema), most=MOST_LISTED, required=True)


class ReconciliationsSchema(WireSchema):
    """The latest reconciliations, newest first."""

    items = Items(Part(ReconciliationSummarySchema), most=MOST_SHOWN, required=True)


def shown_reconciliation(one: Reconciliation) -> Mapping[str, Any]:
    """Return a reconciliation as the wire has it."""
    return {
        **vars(one),
        "by": one.wish.by,
        "depth": one.wish.depth,
        "treatment": one.wish.treatment,
        "wished_kinds": one.wish.kinds,
        "kinds": [_shown_kind(report) for report in one.kinds],
        "differences": [vars(listed) for listed in one.listed],
    }


def _shown_kind(report: KindReport) -> Mapping[str, Any]:
    return {**vars(report), "found": [{"sort": sort, "count": count} for sort, count in report.found.items()]}
