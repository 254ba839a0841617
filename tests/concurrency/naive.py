"""Stores without their guards: each looks, waits until all others have looked too, and then acts on what it saw."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ulid import ULID

from services.common.mongo import Document, Mongo, Session
from services.identity.model import Attempts
from services.identity.mongo import CITIZENS, MongoAttempts, MongoCitizens, MongoSessions, MongoStaff
from services.reservations.entry_documents import entry_document
from services.reservations.ledger import Settlement
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import KEEP_LEDGER


class Unversioned(MongoLedger):
    """Writes on top of whatever the slot has become since it was looked at."""

    @staticmethod
    def guard(settlement: Settlement) -> Document:
        slot = settlement.entry.slot
        return {"_id": slot.id, "venue_id": slot.venue_id}

    async def _append(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        documents = [entry_document(one, now, keep=KEEP_LEDGER) | {"_id": str(ULID())} for one in settlements]
        await self._ledger.insert_many(documents, session=session)


class NamelessPlaces(MongoLedger):
    """Counts places and does not say whose they are."""

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        await super().write([_with_holdings(one, people=()) for one in settlements], now)


class Forgetful(MongoLedger):
    """Does not note which requests it has answered."""

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        nameless = [
            replace(
                _with_holdings(one, request_id=None),
                facts=replace(one.facts, bookings=[replace(each, request=None) for each in one.facts.bookings]),
            )
            for one in settlements
        ]
        await super().write(nameless, now)


def _with_holdings(settlement: Settlement, **changes: Any) -> Settlement:
    booked = tuple(replace(holding, **changes) for holding in settlement.entry.booked)
    return replace(settlement, entry=replace(settlement.entry, booked=booked))


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
