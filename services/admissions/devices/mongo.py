"""Gate devices in MongoDB."""

from collections.abc import Sequence
from typing import Any

from pymongo import IndexModel

from services.admissions.devices.model import (
    DeviceRevokeReason,
    DeviceState,
    Enrolment,
    GateDevice,
    Revocation,
    Sighting,
)
from services.admissions.devices.rules import FORGET_PENDING
from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures

# A device that nobody enrolled forgets itself; one that was revoked stays, for its key proves what it signed before.
GATE_DEVICES = CollectionPlan(
    name="gate_devices",
    shard_key="_id",
    indexes=(
        IndexModel("venue_id"),
        IndexModel("code_digest"),
        IndexModel("public_key"),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
COLLECTIONS = (GATE_DEVICES,)
# What the wire has no use for.
KEPT_ONLY = ("code_digest", "forget_at")


class MongoDevices:
    """See `services.admissions.devices.ports.DeviceStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._devices = mongo.collection(GATE_DEVICES)

    async def add(self, device: GateDevice, code_digest: str) -> None:
        """Keep a device that was invited."""
        document = {**vars(device), "code_digest": code_digest, "forget_at": device.code_expires_at + FORGET_PENDING}
        document["_id"] = document.pop("id")
        async with translated_failures():
            await self._devices.insert_one(document)

    async def find(self, device_id: str) -> GateDevice | None:
        """Return the device, if it is kept, whatever its state."""
        async with translated_failures():
            return _read(await self._devices.find_one({"_id": device_id}))

    async def find_by_code(self, code_digest: str) -> GateDevice | None:
        """Return the device that was invited by the code, whatever became of it."""
        async with translated_failures():
            return _read(await self._devices.find_one({"code_digest": code_digest}))

    async def find_by_key(self, public_key: bytes) -> GateDevice | None:
        """Return a device that has enrolled with this key, whatever became of it."""
        async with translated_failures():
            return _read(await self._devices.find_one({"public_key": public_key}))

    async def of_venue(self, venue_id: str) -> Sequence[GateDevice]:
        """Return all devices of a venue, in any order."""
        async with translated_failures():
            return [device async for one in self._devices.find({"venue_id": venue_id}) if (device := _read(one))]

    async def claim_enrolment(self, enrolment: Enrolment) -> bool:
        """Make an invited device an enrolled one; False when its code was used, has expired, or was revoked."""
        good = {
            "_id": enrolment.device_id,
            "state": DeviceState.PENDING,
            "code_digest": enrolment.code_digest,
            "code_expires_at": {"$gt": enrolment.at},
        }
        change = {
            "state": DeviceState.ENROLLED,
            "public_key": enrolment.public_key,
            "session_id": enrolment.session_id,
            "enrolled_at": enrolment.at,
            "last_seen_at": enrolment.at,
            "skew_ms": enrolment.skew_ms,
            "app": enrolment.app,
            "forget_at": None,
        }
        async with translated_failures():
            return (await self._devices.update_one(good, {"$set": change})).modified_count == 1

    async def claim_revocation(self, revocation: Revocation) -> bool:
        """Revoke a device for good; False when it is no longer in the state that was seen."""
        change = {
            "state": DeviceState.REVOKED,
            "revoked_at": revocation.at,
            "revoked_by": revocation.by,
            "revoke_reason": revocation.reason,
            "forget_at": None,
        }
        seen = {"_id": revocation.device_id, "state": revocation.seen}
        async with translated_failures():
            return (await self._devices.update_one(seen, {"$set": change})).modified_count == 1

    async def note_seen(self, device_id: str, sighting: Sighting) -> None:
        """Note what was learnt of a device; what is None stays as it is."""
        learnt: dict[str, Any] = {
            "last_seen_at": sighting.at,
            "skew_ms": sighting.skew_ms,
            "queued": sighting.queued,
            "last_pack_at": sighting.pack_at,
            "app": sighting.app,
        }
        change = {name: value for name, value in learnt.items() if value is not None}
        async with translated_failures():
            await self._devices.update_one({"_id": device_id}, {"$set": change})


def _read(document: Document | None) -> GateDevice | None:
    if document is None:
        return None
    fields = {name: value for name, value in document.items() if name not in KEPT_ONLY}
    fields["id"] = fields.pop("_id")
    fields["state"] = DeviceState(fields["state"])
    reason = fields["revoke_reason"]
    fields["revoke_reason"] = None if reason is None else DeviceRevokeReason(reason)
    key = fields["public_key"]
    fields["public_key"] = None if key is None else bytes(key)
    return GateDevice(**fields)
