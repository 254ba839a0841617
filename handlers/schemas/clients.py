"""Machine clients, their tokens, and the open interface."""

from marshmallow import fields

from handlers.schemas.common import EXAMPLE_ULID, PageQuery, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, Items, OneOf, Part, Text, WireSchema
from services.clients.model import ClientScope
from services.clients.rules import LONGEST_OVERLAP
from services.sync.model import RecordKind

MOST_DISTRICTS = 50
LONGEST_NAME = 60
LONGEST_OVERLAP_MINUTES = int(LONGEST_OVERLAP.total_seconds()) // 60
EXAMPLE_SECRET = "cls_EXAMPLE-only-43-characters-of-base64url-00000"  # noqa: S105 -- nobody's


class NewClientSchema(WireSchema):
    """What a new client is to be."""

    name = Text(longest=LONGEST_NAME, required=True, metadata={"examples": ["一网统管平台（示例）"]})
    scopes = Items(OneOf(ClientScope), least=1, most=len(ClientScope), required=True)
    districts = Items(
        Text(longest=6, shortest=6, pattern="[0-9]{6}", metadata={"examples": ["310101"]}),
        least=1,
        most=MOST_DISTRICTS,
        load_default=None,
        allow_none=True,
        metadata={"description": "GB/T 2260 codes; null is the whole city.", "examples": [["310101"]]},
    )
    requests_per_minute = Count(least=1, most=6000, load_default=60, metadata={"examples": [60]})
    requests_per_day = Count(
        least=1,
        most=10_000_000,
        load_default=10_000,
        metadata={"description": "From midnight to midnight in the city.", "examples": [10_000]},
    )


class RotationSchema(WireSchema):
    """How long the secret before stays good."""

    old_secret_minutes = Count(least=0, most=LONGEST_OVERLAP_MINUTES, load_default=60, metadata={"examples": [60]})


class ClientSecretSchema(WireSchema):
    """A secret, without what it is."""

    made_at = Instant(required=True)
    valid_until = Instant(required=True, allow_none=True, metadata={"description": "Null for the current secret."})


class ClientSchema(WireSchema):
    """A machine client."""

    client_id = shown_id("cli")
    city_id = shown("310000")
    name = shown("一网统管平台（示例）")
    scopes = Items(OneOf(ClientScope), most=len(ClientScope), required=True)
    districts = Items(shown("310101"), most=MOST_DISTRICTS, required=True, allow_none=True)
    requests_per_minute = shown(60)
    requests_per_day = shown(10_000)
    secrets = Items(Part(ClientSecretSchema), most=2, required=True)
    suspended_at = Instant(required=True, allow_none=True)
    made_by = shown_id("stf")
    made_at = Instant(required=True)
    changed_at = Instant(required=True)


class ClientWithSecretSchema(ClientSchema):
    """A machine client and its new secret."""

    client_secret = shown(EXAMPLE_SECRET)


class ClientWithUsageSchema(ClientSchema):
    """A machine client and how much it asked."""

    requests_today = shown(1234, allow_none=True)


class ClientListSchema(WireSchema):
    """All clients."""

    items = Items(Part(ClientSchema), most=1000, required=True)


class TokenRequestSchema(WireSchema):
    """The form of RFC 6749, section 4.4.2."""

    grant_type = Text(longest=100, required=True, metadata={"examples": ["client_credentials"]})
    scope = Text(longest=200, load_default=None, metadata={"examples": ["records:read"]})
    client_id = Text(longest=100, load_default=None, metadata={"examples": [f"cli_{EXAMPLE_ULID}"]})
    client_secret = Text(longest=100, load_default=None, metadata={"examples": [EXAMPLE_SECRET]})


class TokenReplySchema(WireSchema):
    """A token (RFC 6749, section 5.1)."""

    access_token = shown("eyJ0eXAiOiJhdCtqd3Qi…")
    token_type = fields.Constant("Bearer", required=True)
    expires_in = shown(900)
    scope = shown("records:read statistics:read")


class OpenRecordsQuery(PageQuery):
    """Which records."""

    kind = OneOf(RecordKind, required=True)


class OpenRecordSchema(WireSchema):
    """A record by the data standard."""

    kind = OneOf(RecordKind, required=True)
    id = shown("reservation-abcdefghijklmnopqrstuvwxyz")
    version = shown(3)
    standard = shown("reservation/1")
    district_id = shown("310101")
    day = Day(required=True)
    changed_on = Day(required=True, metadata={"description": "The day in the city of the latest change."})
    data = fields.Dict(
        required=True, metadata={"description": "As the schema of the kind says: `GET /open/standard/{kind}`."}
    )


class OpenRecordsSchema(WireSchema):
    """A stretch of a feed of changes."""

    items = Items(Part(OpenRecordSchema), most=200, required=True)
    next = fields.String(required=True, metadata={"description": "Where to go on, now or later."})
    more = fields.Boolean(required=True, metadata={"description": "Whether there is more already."})


class StandardKindSchema(WireSchema):
    """A kind of records."""

    kind = OneOf(RecordKind, required=True)
    standard = shown("reservation/1")
    version = shown("1.0")
    title = shown("Reservation")
    title_zh = shown("预约")
    schema = shown("/api/v1/open/standard/reservation")


class StandardListSchema(WireSchema):
    """All kinds."""

    items = Items(Part(StandardKindSchema), most=100, required=True)


class RecordSchemaSchema(WireSchema):
    """A JSON Schema, draft 2020-12."""

    schema = fields.String(data_key="$schema", required=True)
    id = fields.String(data_key="$id", required=True)
    standard = fields.String(data_key="x-standard", required=True, metadata={"examples": ["reservation/1"]})
    version = fields.String(data_key="x-version", required=True, metadata={"examples": ["1.0"]})
    title = fields.String(required=True)
    title_zh = fields.String(data_key="x-title-zh", required=True)
    description = fields.String(required=True)
    description_zh = fields.String(data_key="x-description-zh", required=True)
    type = fields.String(required=True)
    additional = fields.Boolean(data_key="additionalProperties", required=True)
    needed = Items(fields.String(), most=1000, data_key="required", attribute="needed", required=True)
    properties = fields.Dict(required=True)
