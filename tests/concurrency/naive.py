"""Stores without their guards: each looks, waits until all others have looked too, and then acts on what it saw."""

import asyncio
from dataclasses import replace
from datetime import datetime

from ulid import ULID

from services.admissions.model import Entry, PassRecord, Scan
from services.admissions.mongo import MongoScans
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo, Session
from services.identity.model import Attempts
from services.identity.mongo import CITIZENS, MongoAttempts, MongoCitizens, MongoSessions, MongoStaff
from services.reservations.model import Reservation
from services.reservations.mongo import MongoReservations
from services.sync.model import OutboxEvent
from services.sync.mongo import MongoOutbox


class NamelessPlaces(MongoReservations):
    """Counts places and does not care who takes them."""

    async def _name_places(self, reservation: Reservation, session: Session) -> None:
        """Name nobody."""


class Forgetful(MongoReservations):
    """Does not remember which requests it has answered."""

    async def _keep_answer(self, reservation: Reservation, request: IdempotentRequest, session: Session) -> None:
        """Keep nothing."""


class OpenGate(MongoReservations):
    """Cancels without telling the gate."""

    async def _close_gate(self, reservation: Reservation, now: datetime, session: Session) -> None:
        """Leave it open."""


class NaiveScans(MongoScans):
    """Looks whether somebody else was let in meanwhile, and then lets in."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo, outbox)
        self._everybody = everybody

    async def claim_entry(self, record: PassRecord, entry: Entry, scan: Scan, event: OutboxEvent) -> bool:
        still_so = await self.get_pass(record.reservation_id, record.party_size) == record
        await self._everybody.wait()
        done = not still_so
        while not done:
            present = await self.get_pass(record.reservation_id, record.party_size)
            done = await super().claim_entry(present, entry, scan, event)
        return still_so


class ManyScans(MongoScans):
    """Takes each sending of a scan for a new one."""

    async def claim_entry(self, record: PassRecord, entry: Entry, scan: Scan, event: OutboxEvent) -> bool:
        return await super().claim_entry(record, entry, replace(scan, id=f"{scan.id}:{ULID()}"), event)


class NaiveSessions(MongoSessions):
    """Looks at the generation, and then raises it."""

    def __init__(self, mongo: Mongo, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._everybody = everybody

    async def claim_generation(self, session_id: str, generation: int) -> bool:
        session = await self.find(session_id)
        await self._everybody.wait()
        return session is not None and session.generation == generation


class NaiveCitizens(MongoCitizens):
    """Looks whether somebody is known, and then adds them."""

    def __init__(self, mongo: Mongo, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._everybody = everybody
        self._people = mongo.collection(CITIZENS)

    async def get_or_add(self, *, openid_digest: str, openid: bytes, new_id: str, now: datetime) -> str:
        known = await self._people.find_one({"digest": openid_digest})
        await self._everybody.wait()
        if known is None:
            await self._people.insert_one({"_id": new_id, "digest": openid_digest, "openid": openid, "created_at": now})
        return new_id if known is None else str(known["_id"])


class NaiveStaff(MongoStaff):
    """Looks at the last step, and then takes this one."""

    def __init__(self, mongo: Mongo, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._everybody = everybody

    async def claim_otp_step(self, account_id: str, step: int) -> bool:
        account = await self.find(account_id)
        await self._everybody.wait()
        return account is not None and account.second_factor is not None and account.second_factor.last_step < step


class NaiveAttempts(MongoAttempts):
    """Looks at the failures, and then writes one more."""

    def __init__(self, mongo: Mongo, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._everybody = everybody

    async def claim(self, username_digest: str, *, seen: Attempts, then: Attempts, expires_at: datetime) -> bool:
        still_so = await self.get(username_digest) == seen
        await self._everybody.wait()
        await self.forget(username_digest)
        none = Attempts(failures=0, locked_until=None)
        await super().claim(username_digest, seen=none, then=then, expires_at=expires_at)
        return still_so
