"""Gate devices, and the codes that staff revoke."""

import base64
from typing import Any

from marshmallow import fields

from handlers.schemas.common import EXAMPLE_ULID, PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Count, Instant, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.venues import GateSchema
from qr.keyring import ED25519, SM2
from services.admissions.devices.model import DeviceRevokeReason, DeviceState
from services.admissions.revocations.model import MOST_CHANGES, CodeChangeKind, CodeRevokeReason

KEY_EXAMPLE = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
MOST_QUEUED = 1_000_000
MOST_PACK_KEYS = 256
DEVICE_TIME = {"description": "The device's own clock as it sends this.", "examples": ["2026-11-22T10:00:00.125+08:00"]}
SKEW = "The server's time minus the device's, in milliseconds: add it to the device's clock."


def app_field() -> Text:
    """Return the field for what runs on a device."""
    return Text(
        longest=64,
        load_default=None,
        metadata={"description": "What runs on the device, and its version.", "examples": ["turnstile 2.3"]},
    )


class NewDeviceSchema(WireSchema):
    """A device that shall be enrolled."""

    name = Text(
        required=True,
        longest=40,
        metadata={"description": "What staff call it.", "examples": ["东门闸机2号（示例）"]},
    )


class InvitationSchema(WireSchema):
    """The code for one enrolment. Nobody can read it again."""

    id = shown_id("dev")
    enrolment_code = shown("K7QF2-9MXTB")
    expires_at = Instant(required=True)


class EnrolSchema(WireSchema):
    """A device with its code and the public half of a key that it has made."""

    enrolment_code = Text(
        required=True,
        longest=20,
        shortest=10,
        pattern=r"[0-9A-Za-z \-]+",
        metadata={
            "description": "In small or capital letters, with or without the hyphen.",
            "examples": ["K7QF2-9MXTB"],
        },
    )
    public_key = Text(
        required=True,
        longest=44,
        shortest=43,
        pattern=r"[A-Za-z0-9_-]{43}=?",
        metadata={"description": "Ed25519, 32 bytes in base64url.", "examples": [KEY_EXAMPLE]},
    )
    device_time = Instant(required=True, metadata=DEVICE_TIME)
    app = app_field()

    def make(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with the key's bytes."""
        return {**values, "public_key": base64.urlsafe_b64decode(values["public_key"][:43] + "=")}


class PackKeySchema(WireSchema):
    """A key that offline packs are signed with."""

    kid = shown(1)
    algorithm = fields.String(required=True, metadata={"enum": [ED25519, SM2], "examples": [ED25519]})
    public = fields.String(required=True, metadata={"description": "Base64url.", "examples": [KEY_EXAMPLE]})


class EnrolledVenueSchema(WireSchema):
    """The venue of a device, with the gates it can stand at."""

    id = shown_id("ven")
    name = shown("示例场所（全天开放）")
    name_en = shown("Example venue (open round the clock)")
    gates = Items(Part(GateSchema), most=100, required=True)


class EnrolledSchema(WireSchema):
    """What a device keeps: its id, its token, and how far its clock is off."""

    device_id = shown_id("dev")
    access_token = fields.String(required=True, metadata={"description": "Good for a year; only this device's."})
    expires_at = Instant(required=True, metadata={"description": "When the token ends, unless a heartbeat renews it."})
    venue = Part(EnrolledVenueSchema, required=True)
    pack_keys = Items(Part(PackKeySchema), most=MOST_PACK_KEYS, required=True)
    server_time = Instant(required=True)
    clock_skew_ms = fields.Integer(required=True, metadata={"description": SKEW, "examples": [-1250]})


class HeartbeatSchema(WireSchema):
    """What a device says of itself."""

    device_time = Instant(required=True, metadata=DEVICE_TIME)
    queued = Count(
        least=0,
        most=MOST_QUEUED,
        load_default=0,
        metadata={"description": "Entries that were not uploaded yet.", "examples": [0]},
    )
    app = app_field()


class HeartbeatAnswerSchema(WireSchema):
    """What a device hears; `access_token` is null as long as its own will do."""

    server_time = Instant(required=True)
    clock_skew_ms = fields.Integer(required=True, metadata={"description": SKEW, "examples": [-1250]})
    access_token = fields.String(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True, metadata={"description": "When that token ends."})
    pack_keys = Items(Part(PackKeySchema), most=MOST_PACK_KEYS, required=True)


class RevokeDeviceSchema(WireSchema):
    """Why a device may not act any more."""

    reason = OneOf(DeviceRevokeReason, required=True, metadata={"examples": [DeviceRevokeReason.STOLEN.value]})


class GateDeviceSchema(WireSchema):
    """A device as managers see it."""

    id = shown_id("dev")
    venue_id = shown_id("ven")
    name = shown("东门闸机2号（示例）")
    state = OneOf(DeviceState, required=True)
    created_at = Instant(required=True)
    code_expires_at = Instant(required=True)
    enrolled_at = Instant(required=True, allow_none=True)
    revoked_at = Instant(required=True, allow_none=True)
    revoke_reason = OneOf(DeviceRevokeReason, required=True, allow_none=True)
    last_seen_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Its last heartbeat, pack or upload; scans are not noted."},
    )
    clock_skew_ms = fields.Integer(
        required=True, allow_none=True, attribute="skew_ms", metadata={"description": SKEW, "examples": [-1250]}
    )
    clock_wrong = fields.Boolean(
        required=True, metadata={"description": "True when the clock was more than 30 seconds off."}
    )
    queued = fields.Integer(required=True, allow_none=True, metadata={"examples": [0]})
    last_pack_at = Instant(required=True, allow_none=True)
    app = fields.String(required=True, allow_none=True, metadata={"examples": ["turnstile 2.3"]})


GateDevicePageSchema = page_schema(GateDeviceSchema, "GateDevicePageSchema")


class DevicesQuery(PageQuery):
    """Which devices of a venue."""


class RevokeCodeSchema(WireSchema):
    """Why a code shall open nothing any more."""

    reason = OneOf(CodeRevokeReason, required=True, metadata={"examples": [CodeRevokeReason.SHARED.value]})


class CodeChangeSchema(WireSchema):
    """One step in a code's history."""

    kind = OneOf(CodeChangeKind, required=True)
    reason = OneOf(CodeRevokeReason, required=True, allow_none=True)
    at = Instant(required=True)
    by = fields.String(required=True, metadata={"examples": [f"stf_{EXAMPLE_ULID}"]})


class CodeStandingSchema(WireSchema):
    """How a code stands, and all that was done to it."""

    reservation_id = shown_id("rsv")
    revoked = fields.Boolean(required=True)
    history = Items(Part(CodeChangeSchema), most=MOST_CHANGES, required=True)
