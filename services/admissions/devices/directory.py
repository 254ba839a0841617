"""Which device is which: for uploads and packs."""

from datetime import datetime

from services.admissions.devices.model import GateDevice, Sighting
from services.admissions.devices.ports import DeviceStore
from services.common.clock import Clock


class DeviceDirectory:
    """Finds devices, revoked ones as well: what a device signed before it was revoked happened."""

    def __init__(self, *, store: DeviceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, device_id: str) -> GateDevice | None:
        """Return the device, as the database has it now."""
        return await self._store.find(device_id)

    async def note_seen(
        self, device_id: str, *, skew_ms: int | None = None, queued: int | None = None, pack_at: datetime | None = None
    ) -> None:
        """Note that a device was heard of: by a heartbeat, a pack or an upload, and never by a scan."""
        sighting = Sighting(at=self._clock.now(), skew_ms=skew_ms, queued=queued, pack_at=pack_at)
        await self._store.note_seen(device_id, sighting)
