"""Heartbeats: a device says that it is there, learns how far its clock is off, and gets a new token in time."""

from services.admissions.devices.model import Heartbeat, HeartbeatAnswer, Sighting
from services.admissions.devices.ports import DeviceStore
from services.admissions.devices.rules import skew_ms, trusted
from services.common.clock import Clock
from services.identity.device_sessions import DeviceSessions
from services.identity.errors import RoleForbidden
from services.identity.rules import is_device
from services.keys.book import PackKeys


class Beating:
    """Answers heartbeats."""

    def __init__(self, *, store: DeviceStore, sessions: DeviceSessions, pack_keys: PackKeys, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._pack_keys = pack_keys
        self._clock = clock

    async def beat(self, heartbeat: Heartbeat) -> HeartbeatAnswer:
        """Note what the device said; raises RoleForbidden for people, SessionEnded for a device that was revoked."""
        if not is_device(heartbeat.actor):
            raise RoleForbidden
        now = self._clock.now()
        skew = skew_ms(now, heartbeat.device_time)
        sighting = Sighting(at=now, skew_ms=skew, queued=heartbeat.queued, app=heartbeat.app)
        await self._store.note_seen(heartbeat.actor.id, sighting)
        token = await self._sessions.renew(heartbeat.actor, heartbeat.access_token)
        return HeartbeatAnswer(
            server_time=self._clock.now(), skew_ms=skew, token=token, pack_keys=trusted(self._pack_keys.keyring)
        )
