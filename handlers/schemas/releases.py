"""Releases of days whose places are drawn by lot, and requests for them."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.reservations import PHONE_PATTERN, party_field
from services.reservations.releases.model import MOST_CHOICES, PublicSource, ReleaseState, RequestState

EXAMPLE_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXAMPLE_TICKET = EXAMPLE_DIGEST[:32]
MOST_IN_A_RECORD = 1_000_000


def shown_digest() -> fields.String | fields.Integer:
    """Return a field for a SHA-256 that there may be later."""
    return shown(EXAMPLE_DIGEST, allow_none=True)


class ReleaseSourceSchema(WireSchema):
    """Whose figure is mixed into the draw, and when it is announced: on a day after the close, by the day of the draw.

    Staff give it then by `POST /releases/{release_id}/public-value`.
    """

    name = Text(longest=120, required=True, metadata={"examples": ["示例彩票第2026132期开奖号码"]})
    announced_on = Day(required=True)

    def make(self, values: dict[str, Any]) -> PublicSource:
        """Return the source."""
        return PublicSource(**values)


class MakeReleaseSchema(WireSchema):
    """A day whose places are to be drawn, and the stages."""

    visit_on = Day(required=True, metadata={"description": "The day of the visits, in the city."})
    requests_open_at = Instant(required=True, metadata={"examples": ["2027-01-20T08:00:00+08:00"]})
    requests_close_at = Instant(required=True, metadata={"examples": ["2027-01-30T20:00:00+08:00"]})
    draw_at = Instant(
        required=True,
        metadata={"description": "At least 10 minutes after the close, and 4 hours before the day of the visits."},
    )
    public_source = Part(ReleaseSourceSchema, load_default=None, allow_none=True)


class BeaconSchema(WireSchema):
    """What nobody could foresee at the close; null for what had not come in time."""

    checkpoint = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The first checkpoint of the log of items after the freeze that has more leaves than "
            "the last one before."
        },
    )
    public_value = shown("05 11 17 22 30", allow_none=True)


class FairReleaseSchema(WireSchema):
    """A day whose places are drawn: what is public of it so far."""

    id = shown_id("rel")
    venue_id = shown_id("ven")
    visit_on = Day(required=True)
    requests_open_at = Instant(required=True)
    requests_close_at = Instant(required=True)
    draw_at = Instant(required=True)
    public_source = Part(ReleaseSourceSchema, required=True, allow_none=True)
    state = OneOf(
        ReleaseState,
        required=True,
        metadata={
            "description": "`open`: requests may come, within their time. `frozen`: the pool is fixed and public. "
            "`drawn`: the result is public. `settled`: it became bookings, and all can book what is left."
        },
    )
    seed_sha256 = shown(EXAMPLE_DIGEST)
    pool_sha256 = shown_digest()
    requests = shown(1200, allow_none=True)
    frozen_at = Instant(required=True, allow_none=True)
    seed = shown_digest()
    beacon = Part(BeaconSchema, required=True, allow_none=True)
    result_sha256 = shown_digest()
    won = shown(400, allow_none=True)
    lost = shown(800, allow_none=True)
    drawn_at = Instant(required=True, allow_none=True)
    forfeited = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many of those who won could not be booked any more.", "examples": [3]},
    )
    settled_at = Instant(required=True, allow_none=True)


FairReleasePageSchema = page_schema(FairReleaseSchema, "FairReleasePageSchema")


class ReleasesQuery(PageQuery):
    """A venue's releases, the latest day first."""


class PublicValueSchema(WireSchema):
    """The figure, as it was announced."""

    value = Text(longest=200, pattern="[ -~]+", required=True, metadata={"examples": ["05 11 17 22 30"]})


class AskForPlacesSchema(WireSchema):
    """A wish for places in one of several slots."""

    choices = Items(
        identifier("slt"),
        least=1,
        most=MOST_CHOICES,
        required=True,
        metadata={"description": "Drawn slots of the day, the one that is wished for most first."},
    )
    contact_phone = Text(
        longest=20, shortest=6, pattern=PHONE_PATTERN, load_default=None, metadata={"examples": ["13800000000"]}
    )
    visitors = party_field()


class OwnDrawRequestSchema(WireSchema):
    """One's own request."""

    id = shown_id("drq")
    release_id = shown_id("rel")
    ticket = fields.String(
        required=True,
        metadata={
            "description": "How the pool shows this request: SHA-256 of `chengma release ticket 1`, a zero byte, the "
            "16 bytes of `salt` and `id`, the first 32 hexadecimal characters.",
            "examples": [EXAMPLE_TICKET],
        },
    )
    salt = shown(EXAMPLE_TICKET)
    choices = Items(fields.String(), most=MOST_CHOICES, required=True)
    party_size = shown(2)
    made_at = Instant(required=True)
    state = OneOf(
        RequestState,
        required=True,
        metadata={"description": "`forfeited`: it was drawn, and could not be booked any more; `refusal` says why."},
    )
    slot_id = shown_id("slt", allow_none=True)
    reservation_id = shown_id("rsv", allow_none=True)
    refusal = shown("visitor_already_booked", allow_none=True)


class PoolSlotSchema(WireSchema):
    """A slot that is drawn, and its places for individuals."""

    id = shown_id("slt")
    places = shown(100)


class PoolRequestSchema(WireSchema):
    """A request, without whose it is."""

    ticket = shown(EXAMPLE_TICKET)
    party_size = shown(2)
    choices = Items(fields.String(), most=MOST_CHOICES, required=True)


class PoolSchema(WireSchema):
    """All that takes part in a draw, in the very spelling whose SHA-256 was published."""

    algorithm = shown("chengma-release-1")
    release_id = shown_id("rel")
    seed_sha256 = shown(EXAMPLE_DIGEST)
    slots = Items(Part(PoolSlotSchema), most=1000, required=True)
    requests = Items(Part(PoolRequestSchema), most=MOST_IN_A_RECORD, required=True)


class FairReleaseRecordSchema(WireSchema):
    """Everything that it takes to repeat a draw: see docs/fair-release.md."""

    format = shown("chengma-release-record-1")
    algorithm = shown("chengma-release-1")
    release_id = shown_id("rel")
    venue_id = shown_id("ven")
    visit_on = Day(required=True)
    public_source = Part(ReleaseSourceSchema, required=True, allow_none=True)
    seed_sha256 = shown(EXAMPLE_DIGEST)
    pool_sha256 = shown(EXAMPLE_DIGEST)
    seed = shown(EXAMPLE_DIGEST)
    beacon = Part(BeaconSchema, required=True)
    result_sha256 = shown(EXAMPLE_DIGEST)
    forfeited = Items(
        Items(fields.String(), most=2),
        most=MOST_IN_A_RECORD,
        required=True,
        allow_none=True,
        metadata={"description": "Pairs of ticket and the code of why it could not be booked; null until settled."},
    )
    pool = Part(PoolSchema, required=True)
    result = Items(
        Items(fields.String(allow_none=True), most=2),
        most=MOST_IN_A_RECORD,
        required=True,
        metadata={"description": "Pairs of ticket and slot, or null, in the order of the draw."},
    )
