"""Gate devices in the real database: who invites them, who enrols, and stores without their guards."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from nacl.signing import SigningKey

from services.admissions.devices.beating import Beating
from services.admissions.devices.enrolling import Enrolling
from services.admissions.devices.keeping import DeviceKeeping
from services.admissions.devices.model import EnrolDevice, Enrolled, Enrolment
from services.admissions.devices.mongo import MongoDevices
from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.identity.device_sessions import DeviceSessions
from services.identity.mongo import MongoSessions
from services.identity.tokens import AccessTokens
from services.keys.book import KeyBook, PackKeys
from services.keys.model import Key, KeyPurpose, Keys, KeyState
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.groups import DIGEST
from tests.ratings import Watch


def a_key(purpose: KeyPurpose, kid: int = 1, state: KeyState = KeyState.ACTIVE) -> Key:
    return Key(purpose=purpose, kid=kid, state=state, secret=bytes([kid]) * 32, created_at=datetime.now(UTC))


KEYS = Keys(all=tuple(a_key(purpose) for purpose in KeyPurpose))


@dataclass
class Notes:
    """What was noted of sessions."""

    ended: list[str] = field(default_factory=list)

    async def note_live(self, session_ids: Collection[str]) -> None:
        """Forget it: the database is asked."""

    async def note_ended(self, session_id: str) -> None:
        self.ended.append(session_id)


class HastyDevices(MongoDevices):
    """Looks whether a code is good, waits until others have looked, and then enrols."""

    def __init__(self, mongo: Mongo, both: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._both = both

    async def claim_enrolment(self, enrolment: Enrolment) -> bool:
        await self._both.wait()
        enrolled = {"state": "enrolled", "session_id": enrolment.session_id, "public_key": enrolment.public_key}
        await self._devices.update_one({"_id": enrolment.device_id}, {"$set": enrolled})
        return True


class MeetingDevices(MongoDevices):
    """The real store, whose callers all come to the claim at the same moment."""

    def __init__(self, mongo: Mongo, both: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._both = both

    async def claim_enrolment(self, enrolment: Enrolment) -> bool:
        await self._both.wait()
        return await super().claim_enrolment(enrolment)


@dataclass(frozen=True, kw_only=True)
class Gatehouse:
    """One process with all that gate devices need."""

    store: MongoDevices
    sessions: MongoSessions
    access: AccessTokens
    notes: Notes
    clock: Watch
    enrolling: Enrolling
    keeping: DeviceKeeping
    beating: Beating
    device_sessions: DeviceSessions

    async def enrol(self, code: str, *, behind: timedelta = timedelta()) -> Enrolled:
        """Show a code with a new key."""
        key = bytes(SigningKey.generate().verify_key)
        asked = EnrolDevice(
            enrolment_code=code, public_key=key, device_time=self.clock.now() - behind, app="turnstile 1"
        )
        return await self.enrolling.enrol(asked)


def gatehouse_on(mongo: Mongo, store: MongoDevices | None = None, keys: Keys = KEYS) -> Gatehouse:
    """Return a process that has just started."""
    clock, ids, notes = Watch(), UlidSource(), Notes()
    store, sessions = store or MongoDevices(mongo), MongoSessions(mongo)
    access, pack_keys = AccessTokens(keys, ttl_s=900), PackKeys(KeyBook(keys))
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    devices = DeviceSessions(store=sessions, flags=notes, access=access, clock=clock, ids=ids)
    return Gatehouse(
        store=store,
        sessions=sessions,
        access=access,
        notes=notes,
        clock=clock,
        enrolling=Enrolling(
            store=store,
            sessions=devices,
            venues=venues,
            pack_keys=pack_keys,
            digest=DIGEST,
            clock=clock,
            ids=ids,
        ),
        keeping=DeviceKeeping(store=store, sessions=devices, venues=venues, clock=clock),
        beating=Beating(store=store, sessions=devices, pack_keys=pack_keys, clock=clock),
        device_sessions=devices,
    )
