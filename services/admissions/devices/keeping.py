"""What managers see of a venue's devices, and how they revoke one."""

from services.admissions.devices.errors import DeviceUnknown
from services.admissions.devices.model import DeviceRevokeReason, DeviceState, GateDevice, Revocation
from services.admissions.devices.ports import DeviceStore
from services.common.clock import Clock
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.identity.device_sessions import DeviceSessions
from services.identity.model import Actor
from services.identity.rules import may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

LIST = "gate-devices"
TRIES = 5


class DeviceKeeping:
    """Lists and revokes devices."""

    def __init__(self, *, store: DeviceStore, sessions: DeviceSessions, venues: VenueDirectory, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._venues = venues
        self._clock = clock

    async def list(self, actor: Actor, venue_id: str, *, limit: int, after: str | None) -> Page[GateDevice]:
        """Return a page of a venue's devices, newest first; raises VenueUnknown or CursorInvalid."""
        if not may_see(actor, (await self._venues.get(venue_id)).owner):
            raise VenueUnknown
        before = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        all_of_venue = sorted(await self._store.of_venue(venue_id), key=lambda device: device.id, reverse=True)
        rest = [device for device in all_of_venue if before is None or device.id < before]
        shown = rest[:limit]
        return Page(items=shown, next=make_cursor(LIST, shown[-1].id) if len(rest) > limit else None)

    async def revoke(self, actor: Actor, device_id: str, reason: DeviceRevokeReason) -> GateDevice:
        """Let a device act no more, anywhere, from now on; again changes nothing. Raises DeviceUnknown."""
        for _ in range(TRIES):
            device = await self._get_for(actor, device_id)
            if device.state is DeviceState.REVOKED:
                return device
            # The session first: a process that dies between the two leaves a device that cannot act and is shown as
            # enrolled, and never one that is shown as revoked and can.
            if device.session_id is not None:
                await self._sessions.end(device.session_id)
            revocation = Revocation(
                device_id=device_id, seen=device.state, reason=reason, by=actor.id, at=self._clock.now()
            )
            if await self._store.claim_revocation(revocation):
                return await self._get_for(actor, device_id)
        raise TooBusy(retry_after_s=1)

    async def _get_for(self, actor: Actor, device_id: str) -> GateDevice:
        device = await self._store.find(device_id)
        if device is None:
            raise DeviceUnknown
        try:
            venue = await self._venues.get(device.venue_id)
        except VenueUnknown:
            raise DeviceUnknown from None
        if not may_see(actor, venue.owner):
            raise DeviceUnknown
        return device
