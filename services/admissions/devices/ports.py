"""What gate devices need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.admissions.devices.model import Enrolment, GateDevice, Revocation, Sighting


class DeviceStore(Protocol):
    """Devices, by id, by the digest of their code, and by venue."""

    async def add(self, device: GateDevice, code_digest: str) -> None:
        """Keep a device that was invited."""

    async def find(self, device_id: str) -> GateDevice | None:
        """Return the device, if it is kept, whatever its state."""

    async def find_by_code(self, code_digest: str) -> GateDevice | None:
        """Return the device that was invited by the code, whatever became of it."""

    async def find_by_key(self, public_key: bytes) -> GateDevice | None:
        """Return a device that has enrolled with this key, whatever became of it."""

    async def of_venue(self, venue_id: str) -> Sequence[GateDevice]:
        """Return all devices of a venue, in any order."""

    async def claim_enrolment(self, enrolment: Enrolment) -> bool:
        """Make an invited device an enrolled one; False when its code was used, has expired, or was revoked."""

    async def claim_revocation(self, revocation: Revocation) -> bool:
        """Revoke a device for good; False when it is no longer in the state that was seen."""

    async def note_seen(self, device_id: str, sighting: Sighting) -> None:
        """Note what was learnt of a device; what is None stays as it is."""
