"""Enrolling: staff invite a device by a code, and the device comes with a key of its own."""

from services.admissions.devices.errors import DeviceKeyTaken, EnrolmentCodeUsed
from services.admissions.devices.model import (
    DeviceState,
    EnrolDevice,
    Enrolled,
    Enrolment,
    GateDevice,
    Invitation,
)
from services.admissions.devices.ports import DeviceStore
from services.admissions.devices.rules import (
    CODE_LASTS,
    code_as_kept,
    ensure_enrollable,
    ensure_key,
    ensure_room,
    new_code,
    skew_ms,
    trusted,
)
from services.common.clock import Clock, IdSource
from services.common.protection import KeyedDigest
from services.identity.device_sessions import DeviceSessions
from services.identity.model import Actor, Scope, ScopeLevel
from services.identity.rules import may_see
from services.keys.book import PackKeys
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

PREFIX = "dev"


class Enrolling:
    """Makes devices known. A code works once, and only its keyed digest is kept."""

    def __init__(
        self,
        *,
        store: DeviceStore,
        sessions: DeviceSessions,
        venues: VenueDirectory,
        pack_keys: PackKeys,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._venues = venues
        self._pack_keys = pack_keys
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def invite(self, actor: Actor, venue_id: str, name: str) -> Invitation:
        """Return a new device of the venue with its code; raises VenueUnknown or TooManyDevices."""
        venue = await self._venues.get(venue_id)
        if not may_see(actor, venue.owner):
            raise VenueUnknown
        ensure_room(await self._store.of_venue(venue_id))
        now, code = self._clock.now(), new_code()
        device = GateDevice(
            id=self._ids.new(PREFIX),
            venue_id=venue_id,
            name=name,
            state=DeviceState.PENDING,
            created_at=now,
            created_by=actor.id,
            code_expires_at=now + CODE_LASTS,
        )
        await self._store.add(device, self._digest_of(code))
        return Invitation(device=device, enrolment_code=code)

    async def enrol(self, asked: EnrolDevice) -> Enrolled:
        """Use up a code.

        Raises DeviceKeyUnusable, DeviceKeyTaken, EnrolmentCodeRefused, EnrolmentCodeUsed, EnrolmentCodeExpired.
        """
        ensure_key(asked.public_key)
        digest, now = self._digest_of(asked.enrolment_code), self._clock.now()
        device = ensure_enrollable(await self._store.find_by_code(digest), now)
        if await self._store.find_by_key(asked.public_key) is not None:
            raise DeviceKeyTaken
        venue = await self._venues.get(device.venue_id)
        # The session first: whoever revokes the device finds the session that it has by then. Of several who come
        # with one code the first keeps hers, and nobody ever gets a token of the others.
        token = await self._sessions.start(device.id, Scope(level=ScopeLevel.VENUE, id=venue.id))
        enrolment = Enrolment(
            device_id=device.id,
            code_digest=digest,
            public_key=asked.public_key,
            session_id=token.session_id,
            skew_ms=skew_ms(now, asked.device_time),
            app=asked.app,
            at=now,
        )
        if not await self._store.claim_enrolment(enrolment):
            await self._sessions.end(token.session_id)
            ensure_enrollable(await self._store.find_by_code(digest), self._clock.now())
            raise EnrolmentCodeUsed
        return Enrolled(
            device=device,
            token=token,
            venue=venue,
            pack_keys=trusted(self._pack_keys.keyring),
            skew_ms=enrolment.skew_ms,
            server_time=self._clock.now(),
        )

    def _digest_of(self, code: str) -> str:
        return self._digest.of("gate-device-code", code_as_kept(code))
