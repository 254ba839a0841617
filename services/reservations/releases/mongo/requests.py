"""Requests for places in MongoDB, and the gates that they pass."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.errors import TooBusy
from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import Document, Mongo, Session, translated_failures
from services.common.stretches import stretches
from services.notifications.model import NoticeCall
from services.notifications.mongo import MongoNoticeCalls
from services.reservations.releases.documents import outcome_changes, read_entry, read_request, request_document
from services.reservations.releases.errors import AlreadyRequested, DocumentRequested, RequestsClosed
from services.reservations.releases.model import DrawRequest, Entry, RequestState
from services.reservations.releases.mongo.plans import CLAIMS, GATES, REQUESTS, gate_id
from services.reservations.releases.rules import GATES as GATE_COUNT
from services.reservations.releases.rules import gate_of

TRIES = 3
SLICES = "0123456789abcdef"
SLICE_WITHIN_S = 30.0
# By then nobody hands in anything any more.
CLAIMS_KEPT = timedelta(days=1)


class _Beaten(Exception):
    """One of the requests is not pending any more."""


class MongoDrawRequests:
    """See `services.reservations.releases.ports.RequestStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._requests = mongo.collection(REQUESTS)
        self._claims = mongo.collection(CLAIMS)
        self._gates = mongo.collection(GATES)
        self._calls = MongoNoticeCalls(mongo)

    async def add(self, request: DrawRequest, repeat: IdempotentRequest | None) -> DrawRequest:
        """Keep a request while its gate is open; return it, or the one that the same repeatable request made."""

        async def work(session: Session) -> None:
            await self._pass_gate(request, 1, session)
            await self._requests.insert_one(request_document(request, repeat), session=session)
            await self._claims.insert_many(_claims(request), session=session)

        for _ in range(TRIES):
            try:
                await self._mongo.transact(work)
            except (DuplicateKeyError, BulkWriteError, RequestsClosed) as refusal:
                found = await self._standing(request, repeat)
                if found is not None:
                    return found
                if isinstance(refusal, RequestsClosed):
                    raise
                await self._ensure_unclaimed(request)
            else:
                return request
        raise TooBusy(retry_after_s=1)

    async def first_answer(
        self, release_id: str, request_id: str, repeat: IdempotentRequest | None
    ) -> DrawRequest | None:
        """Return the account's request, if this repeatable request made it; raises IdempotencyKeyReused."""
        document = await self._find(release_id, request_id)
        if document is None or repeat is None or document["request_id"] != repeat.id:
            return None
        ensure_same_content(repeat, document["fingerprint"])
        return read_request(document)

    async def _pass_gate(self, request: DrawRequest, more: int, session: Session) -> None:
        """Raise RequestsClosed unless the gate is open; a write, for what is only read can be overtaken."""
        gate = {"_id": gate_id(request.release_id, gate_of(request.ticket)), "open": True}
        result = await self._gates.update_one(gate, {"$inc": {"passed": more}}, session=session)
        if result.modified_count != 1:
            raise RequestsClosed

    async def _standing(self, request: DrawRequest, repeat: IdempotentRequest | None) -> DrawRequest | None:
        """Return the account's request when it is this very one, else None; raises AlreadyRequested."""
        document = await self._find(request.release_id, request.id)
        if document is None:
            return None
        if document["ticket"] == request.ticket:  # a commit whose answer was lost is tried again, and meets itself
            return request
        if repeat is None or document["request_id"] != repeat.id:
            raise AlreadyRequested
        ensure_same_content(repeat, document["fingerprint"])
        return read_request(document)

    async def _ensure_unclaimed(self, request: DrawRequest) -> None:
        claims = [one["_id"] for one in _claims(request)]
        async with translated_failures():
            found = {one["_id"] async for one in self._claims.find({"_id": {"$in": claims}}, {"_id": 1})}
        if found:
            raise DocumentRequested([index for index, claim in enumerate(claims) if claim in found])

    async def _find(self, release_id: str, request_id: str) -> Document | None:
        async with translated_failures():
            return await self._requests.find_one({"_id": request_id, "release_id": release_id})

    async def find(self, release_id: str, request_id: str) -> DrawRequest | None:
        """Return the request, if there is one."""
        document = await self._find(release_id, request_id)
        return None if document is None else read_request(document)

    async def remove(self, request: DrawRequest) -> bool:
        """Forget a request while its gate is open; False when it is not there."""

        async def work(session: Session) -> bool:
            await self._pass_gate(request, -1, session)
            key = {"_id": request.id, "release_id": request.release_id, "ticket": request.ticket}
            result = await self._requests.delete_one(key, session=session)
            if result.deleted_count:
                ids = [one["_id"] for one in _claims(request)]
                await self._claims.delete_many({"_id": {"$in": ids}, "ticket": request.ticket}, session=session)
            return result.deleted_count == 1

        return await self._mongo.transact(work)

    async def shut_gates(self, release_id: str) -> None:
        """Let nothing come or go any more."""
        for gate in range(GATE_COUNT):
            await self._mongo.transact(partial(self._shut, gate_id(release_id, gate)))

    async def _shut(self, gate: str, session: Session) -> None:
        # In a transaction, so that it waits for those who are passing, and they for it.
        await self._gates.update_one({"_id": gate, "open": True}, {"$set": {"open": False}}, session=session)

    async def entries(self, release_id: str) -> Sequence[Entry]:
        """Return all requests as the pool shows them, in the order of their tickets."""
        found: list[Entry] = []
        for first, beyond in zip(SLICES, [*SLICES[1:], "g"], strict=True):
            query = {"release_id": release_id, "ticket": {"$gte": first, "$lt": beyond}}
            async with translated_failures(SLICE_WITHIN_S):
                some = self._requests.find(query, {"ticket": 1, "party_size": 1, "choices": 1})
                found += [read_entry(one) async for one in some]
        return found

    async def with_tickets(self, release_id: str, tickets: Sequence[str]) -> Sequence[DrawRequest]:
        """Return the requests with these tickets, in any order."""
        found: list[DrawRequest] = []
        for some in stretches(tickets):
            async with translated_failures():
                query = {"release_id": release_id, "ticket": {"$in": some}}
                found += [read_request(one) async for one in self._requests.find(query)]
        return found

    async def claim_outcomes(self, requests: Sequence[DrawRequest], calls: Sequence[NoticeCall]) -> bool:
        """Keep what became of pending requests, and tell it; False when one is not pending any more."""

        async def work(session: Session) -> None:
            result = await self._requests.bulk_write([_outcome(one) for one in requests], session=session)
            if result.modified_count != len(requests):
                raise _Beaten
            await self._calls.append(calls, session)

        try:
            await self._mongo.transact(work)
        except _Beaten:
            return False
        return True

    async def forfeited(self, release_id: str) -> Sequence[tuple[str, str]]:
        """Return the tickets whose places could not be booked, each with the code of the reason, in order."""
        query = {"release_id": release_id, "state": RequestState.FORFEITED.value}
        async with translated_failures(SLICE_WITHIN_S):
            found = self._requests.find(query, {"ticket": 1, "refusal": 1})
            return sorted([(one["ticket"], one["refusal"]) async for one in found])


def _outcome(request: DrawRequest) -> UpdateOne:
    key = {"_id": request.id, "release_id": request.release_id, "state": RequestState.PENDING.value}
    return UpdateOne(key, {"$set": outcome_changes(request)})


def _claims(request: DrawRequest) -> list[Document]:
    forget_at = request.closes_at + CLAIMS_KEPT
    return [
        {"_id": f"{request.release_id}:{one.document_digest}", "ticket": request.ticket, "forget_at": forget_at}
        for one in request.visitors
    ]
