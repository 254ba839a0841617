"""Random draws: what is committed to, what comes of it, and what the public sees."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.patrol_rounds import LONGEST_NAME
from handlers.schemas.patrol_tasks import EXAMPLE_DAY, MOST_ASSIGNEES, site_field
from services.identity.model import Scope, ScopeLevel
from services.patrols.plans.draws import Recusal
from services.patrols.plans.model import CancelReason, DrawState, PublicSource, RecusalReason
from services.patrols.sites.model import SiteKind

MOST_SITES = 500
MOST_RECUSALS = 500
EXAMPLE_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class RecusalSchema(WireSchema):
    """An inspector who must not be sent to a site, and why: the reason is in the public record, so it is a code."""

    inspector_id = identifier("stf", required=True)
    site_id = site_field()
    reason = OneOf(RecusalReason, required=True)

    def make(self, values: dict[str, Any]) -> Recusal:
        """Return the recusal."""
        return Recusal(**values)


class PublicSourceSchema(WireSchema):
    """Whose figure becomes part of the seed, and when it is announced: on a later day than that of the commitment.

    A figure of the same day may be known already, and then whoever commits could choose what is drawn.
    """

    name = Text(longest=120, required=True, metadata={"examples": ["示例彩票第2026132期开奖号码"]})
    announced_on = Day(required=True, metadata=EXAMPLE_DAY)

    def make(self, values: dict[str, Any]) -> PublicSource:
        """Return the source."""
        return PublicSource(**values)


class DrawScopeSchema(WireSchema):
    """A district or a city, by GB/T 2260 code."""

    level = Text(required=True, longest=8, pattern="(district|city)", metadata={"examples": ["district"]})
    id = Text(required=True, longest=6, shortest=6, pattern="[0-9]{6}", metadata={"examples": ["310101"]})

    def make(self, values: dict[str, Any]) -> Scope:
        """Return the scope."""
        return Scope(level=ScopeLevel(values["level"]), id=values["id"])


class CommitDrawSchema(WireSchema):
    """What is to be drawn, and out of what."""

    name = Text(longest=LONGEST_NAME, required=True, metadata={"examples": ["2026年第四季度双随机抽查"]})
    scope = Part(DrawScopeSchema, required=True)
    site_kind = OneOf(SiteKind, required=True)
    template_id = identifier("tpl", required=True)
    sites = Count(
        least=1, most=MOST_SITES, required=True, metadata={"description": "How many are drawn.", "examples": [20]}
    )
    inspectors_per_site = Count(least=1, most=MOST_ASSIGNEES, load_default=2, metadata={"examples": [2]})
    from_on = Day(required=True, metadata=EXAMPLE_DAY)
    due_on = Day(required=True, metadata={"examples": ["2026-12-31"]})
    publish_on = Day(
        load_default=None,
        metadata={
            "description": "From when anybody may see what was drawn, at most 7 days after `due_on`; without it, as "
            "soon as it is held.",
            "examples": ["2027-01-01"],
        },
    )
    public_source = Part(PublicSourceSchema, required=True)
    recusals = Items(Part(RecusalSchema), most=MOST_RECUSALS, load_default=list)


class HoldDrawSchema(WireSchema):
    """The public part of the seed, exactly as it was announced."""

    public_value = Text(
        longest=200,
        pattern=r"[!-~]([ -~]*[!-~])?",
        required=True,
        metadata={"description": "Printable ASCII.", "examples": ["03 07 12 19 25 33 + 08"]},
    )


class HeldSchema(WireSchema):
    """Both parts of the seed, known since the draw was held."""

    server_seed = shown(EXAMPLE_DIGEST)
    public_value = shown("03 07 12 19 25 33 + 08")
    checkpoint_size = shown(4711)
    held_at = Instant(required=True)


class WithdrawnSchema(WireSchema):
    """That a draw will not be held."""

    reason = OneOf(CancelReason, required=True)
    withdrawn_at = Instant(required=True)


class DrawnSiteSchema(WireSchema):
    """A site that was drawn, the accounts that were drawn for it, and what was changed since.

    `cancelled_because` is why its task was called off, `reassigned` how often it was given to others.
    """

    site_id = shown_id("otl")
    name = shown("示例餐厅")
    name_en = shown("Example Restaurant")
    inspectors = Items(shown_id("stf"), most=MOST_ASSIGNEES, required=True)
    cancelled_because = OneOf(CancelReason, required=True, allow_none=True)
    reassigned = shown(0)


class DrawChangesSchema(WireSchema):
    """How many drawn tasks were called off since the draw was held, and how often one was given to others."""

    cancelled = shown(1)
    reassigned = shown(2)


class DrawSummarySchema(WireSchema):
    """A draw, as it is listed."""

    id = shown_id("drw")
    name = shown("2026年第四季度双随机抽查")
    scope = shown("district:310101")
    site_kind = OneOf(SiteKind, required=True)
    state = OneOf(DrawState, required=True)
    sites = shown(20)
    inspectors_per_site = shown(2)
    pool_sites = shown(400)
    pool_inspectors = shown(30)
    pool_sha256 = shown(EXAMPLE_DIGEST)
    seed_sha256 = shown(EXAMPLE_DIGEST)
    public_source = Part(PublicSourceSchema, required=True)
    from_on = Day(required=True)
    due_on = Day(required=True)
    publish_on = Day(required=True, allow_none=True)
    committed_at = Instant(required=True)
    held_at = Instant(required=True, allow_none=True)
    withdrawn = Part(WithdrawnSchema, required=True, allow_none=True)


DrawPageSchema = page_schema(DrawSummarySchema, "DrawPageSchema")


class DrawSchema(DrawSummarySchema):
    """A draw, and what was drawn once it was held (and, for the public, once it is published)."""

    template_id = shown_id("tpl")
    held = Part(HeldSchema, required=True, allow_none=True)
    drawn = Items(Part(DrawnSiteSchema), most=MOST_SITES, required=True, allow_none=True)
    changes = Part(DrawChangesSchema, required=True, allow_none=True)


class DrawRecordSchema(WireSchema):
    """Everything that it takes to repeat a draw: docs/patrols-draws.md says how, ./scripts/verify_draw does it."""

    format = shown("chengma-draw-record-1")
    committed = fields.Dict(required=True, metadata={"description": "The pool and all that the draw depends on."})
    pool_sha256 = shown(EXAMPLE_DIGEST)
    server_seed = shown(EXAMPLE_DIGEST)
    public_value = shown("03 07 12 19 25 33 + 08")
    seed = shown(EXAMPLE_DIGEST)
    result = fields.List(
        fields.Dict(), required=True, metadata={"description": "Sites and inspectors, in their order."}
    )
    log = fields.Dict(required=True, metadata={"description": "The commitment in the log, with its inclusion proof."})
