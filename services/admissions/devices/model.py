"""Gate devices, and what is said about them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qr.keyring import VerifyKey
from services.identity.model import Actor, DeviceToken
from services.venues.model import Venue

MOST_DEVICES = 200


class DeviceState(StrEnum):
    """Where a device stands: invited by a code, enrolled with its key, or revoked for good."""

    PENDING = "pending"
    ENROLLED = "enrolled"
    REVOKED = "revoked"


class DeviceRevokeReason(StrEnum):
    """Why a device may not act any more."""

    STOLEN = "stolen"
    LOST = "lost"
    REPLACED = "replaced"
    MISUSED = "misused"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class GateDevice:
    """A device at a venue's gates.

    `public_key` is 32 raw bytes (Ed25519). `skew_ms` is the server's time minus the device's when it last said its
    own; `queued` how many entries it had not uploaded then.
    """

    id: str
    venue_id: str
    name: str
    state: DeviceState
    created_at: datetime
    created_by: str
    code_expires_at: datetime
    public_key: bytes | None = None
    session_id: str | None = None
    enrolled_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoke_reason: DeviceRevokeReason | None = None
    last_seen_at: datetime | None = None
    skew_ms: int | None = None
    queued: int | None = None
    last_pack_at: datetime | None = None
    app: str | None = None


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A device that may enrol with a code, which nobody can read again."""

    device: GateDevice
    enrolment_code: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class EnrolDevice:
    """A device shows its code, and says its key, its time and what runs on it."""

    enrolment_code: str = field(repr=False)
    public_key: bytes
    device_time: datetime
    app: str | None


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a device becomes by its code: one fact."""

    device_id: str
    code_digest: str = field(repr=False)
    public_key: bytes
    session_id: str
    skew_ms: int
    app: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """What a device must know from now on."""

    device: GateDevice
    token: DeviceToken
    venue: Venue
    pack_keys: tuple[VerifyKey, ...]
    skew_ms: int
    server_time: datetime


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """That a device may not act any more."""

    device_id: str
    seen: DeviceState
    reason: DeviceRevokeReason
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """A device says that it is there: by its own clock, with so many entries to upload."""

    actor: Actor
    access_token: str = field(repr=False)
    device_time: datetime
    queued: int
    app: str | None


@dataclass(frozen=True, kw_only=True)
class HeartbeatAnswer:
    """What a device hears; `token` is None as long as its own will do."""

    server_time: datetime
    skew_ms: int
    token: DeviceToken | None
    pack_keys: tuple[VerifyKey, ...]


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What was learnt of a device when it was heard of; None where nothing was."""

    at: datetime
    skew_ms: int | None = None
    queued: int | None = None
    pack_at: datetime | None = None
    app: str | None = None
