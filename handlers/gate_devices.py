"""Gate devices: invited, enrolled, heard of, and revoked."""

import base64
from collections.abc import Iterable
from typing import Any

import structlog

from handlers.context import Limit
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.gate_devices import (
    DevicesQuery,
    EnrolledSchema,
    EnrolSchema,
    GateDevicePageSchema,
    GateDeviceSchema,
    HeartbeatAnswerSchema,
    HeartbeatSchema,
    InvitationSchema,
    NewDeviceSchema,
    RevokeDeviceSchema,
)
from qr.keyring import VerifyKey
from services.admissions.devices import errors
from services.admissions.devices.model import EnrolDevice, GateDevice, Heartbeat
from services.admissions.devices.rules import is_clock_wrong
from services.common.errors import TooBusy
from services.common.pages import CursorInvalid
from services.identity.errors import RoleForbidden
from services.identity.model import Role
from services.venues.errors import VenueUnknown

TAG = "Gate devices"
KEEPERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = KEEPERS | {Role.AUDITOR}

log = structlog.get_logger("gate")


class DeviceHandler(ApiHandler):
    """What the operations on devices share."""

    def note_clock(self, device_id: str, skew_ms: int) -> None:
        """Count how far a device's clock is off, and tell operators of one that somebody must set."""
        wrong = is_clock_wrong(skew_ms)
        self.services.metrics.count_outcome("gate_clock", "wrong" if wrong else "right")
        if wrong:
            log.warning("gate_clock_wrong", device=device_id, skew_ms=skew_ms)


class GateDevicesHandler(DeviceHandler):
    """`/venues/{venue_id}/gate-devices`."""

    @operation(
        Operation(
            summary="Invite a gate device",
            description="Returns a code for one enrolment within thirty minutes. Nobody can read it again: when it is "
            "lost, invite the device once more; one that nobody enrols is forgotten after a day.",
            tag=TAG,
            roles=KEEPERS,
            body=NewDeviceSchema,
            reply=InvitationSchema,
            status=201,
            refusals=(VenueUnknown, errors.TooManyDevices),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Invite a device."""
        made = await self.services.visits.devices.enrolling.invite(self.actor, venue_id, content["name"])
        return {
            "id": made.device.id,
            "enrolment_code": made.enrolment_code,
            "expires_at": made.device.code_expires_at,
        }

    @operation(
        Operation(
            summary="List a venue's gate devices",
            description="Newest first, revoked ones as well.",
            tag=TAG,
            roles=READERS,
            query=DevicesQuery,
            reply=GateDevicePageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a page of devices."""
        asked = self.parameters
        page = await self.services.visits.devices.keeping.list(
            self.actor, venue_id, limit=asked["limit"], after=asked["after"]
        )
        return {"items": [shown_device(one) for one in page.items], "next": page.next}


class EnrolmentHandler(DeviceHandler):
    """`/gate-devices/enrol`."""

    @operation(
        Operation(
            summary="Enrol a gate device",
            description="The device makes a key pair (Ed25519), keeps the secret half, and shows the public one with "
            "its code. It gets one access token, good for a year, with which it may do a gate's work at its venue and "
            "nothing else. A code works once: when the answer was lost, have the device invited again.",
            tag=TAG,
            body=EnrolSchema,
            reply=EnrolledSchema,
            log_in=True,
            refusals=(
                errors.DeviceKeyUnusable,
                errors.DeviceKeyTaken,
                errors.EnrolmentCodeRefused,
                errors.EnrolmentCodeUsed,
                errors.EnrolmentCodeExpired,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Enrol the device that has the code."""
        await self.limit(Limit.LOG_IN_ADDRESS, self.address, closed=True)
        enrolled = await self.services.visits.devices.enrolling.enrol(EnrolDevice(**content))
        self.note_clock(enrolled.device.id, enrolled.skew_ms)
        return {
            "device_id": enrolled.device.id,
            "access_token": enrolled.token.access_token,
            "expires_at": enrolled.token.expires_at,
            "venue": enrolled.venue,
            "pack_keys": shown_keys(enrolled.pack_keys),
            "server_time": enrolled.server_time,
            "clock_skew_ms": enrolled.skew_ms,
        }


class HeartbeatHandler(DeviceHandler):
    """`/gate-devices/heartbeat`."""

    @operation(
        Operation(
            summary="Say that a gate device is there",
            description="Every few minutes, from an enrolled device. Tells how far its clock is off, which keys packs "
            "are signed with, and gives a new token when the device's own ends within thirty days or its key is no "
            "longer in use; the old one then goes on until its end.",
            tag=TAG,
            roles=frozenset({Role.GATE}),
            devices=True,
            body=HeartbeatSchema,
            reply=HeartbeatAnswerSchema,
            refusals=(RoleForbidden,),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Note a heartbeat."""
        heartbeat = Heartbeat(actor=self.actor, access_token=self.bearer_token(), **content)
        answer = await self.services.visits.devices.beating.beat(heartbeat)
        self.note_clock(self.actor.id, answer.skew_ms)
        token = answer.token
        return {
            "server_time": answer.server_time,
            "clock_skew_ms": answer.skew_ms,
            "access_token": None if token is None else token.access_token,
            "expires_at": None if token is None else token.expires_at,
            "pack_keys": shown_keys(answer.pack_keys),
        }


class DeviceRevocationHandler(DeviceHandler):
    """`/gate-devices/{device_id}/revoke`."""

    @operation(
        Operation(
            summary="Revoke a gate device",
            description="From now on its token is refused everywhere. For good: what comes back is enrolled anew. "
            "Again changes nothing.",
            tag=TAG,
            roles=KEEPERS,
            body=RevokeDeviceSchema,
            reply=GateDeviceSchema,
            refusals=(errors.DeviceUnknown, TooBusy),
        )
    )
    async def post(self, device_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Revoke a device."""
        return shown_device(await self.services.visits.devices.keeping.revoke(self.actor, device_id, content["reason"]))


def shown_device(device: GateDevice) -> dict[str, Any]:
    """Return a device as the wire has it."""
    return {**vars(device), "clock_wrong": device.skew_ms is not None and is_clock_wrong(device.skew_ms)}


def shown_keys(keys: Iterable[VerifyKey]) -> list[dict[str, Any]]:
    """Return keys as the wire has them."""
    return [
        {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "public": base64.urlsafe_b64encode(key.public).decode().rstrip("="),
        }
        for key in keys
    ]
