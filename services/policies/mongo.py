"""Policies and the terms of no-show groups in MongoDB: every change is guarded by the version that it follows."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.policies.model import NoShowTerms, PolicyChange, TermsChange, VisitPolicy, default_policy

POLICIES = CollectionPlan(name="visit_policies", shard_key="_id")
TERMS = CollectionPlan(name="no_show_terms", shard_key="_id")
COLLECTIONS = (POLICIES, TERMS)
# What a venue's document lacks: the terms are those of its group.
OF_THE_GROUP = {"strikes", "strike_days", "pause_days"}
WHO_AND_WHEN = {"changed_by", "changed_at"}

Work = Callable[[Session], Awaitable[None]]


class _Beaten(Exception):
    """Another version is there by now."""


class MongoPolicies:
    """See `services.policies.ports.PolicyStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._policies = mongo.collection(POLICIES)
        self._terms = mongo.collection(TERMS)

    async def all_policies(self) -> Sequence[VisitPolicy]:
        """Return every policy that was set, without the terms of its group."""
        async with translated_failures():
            return [_read_policy(one) async for one in self._policies.find({})]

    async def all_terms(self) -> Sequence[NoShowTerms]:
        """Return the terms of every group."""
        async with translated_failures():
            return [_read_terms(one) async for one in self._terms.find({})]

    async def claim_policy(self, change: PolicyChange) -> bool:
        """Keep a policy, and raise the version of the group that it joins; False when one of both is another by now."""
        document = _policy(change)

        async def work(session: Session) -> None:
            await _put(self._policies, document, session)
            if change.joined is not None:
                joined = replace(change.joined, version=change.joined.version + 1)
                await _put(self._terms, _terms(joined, change), session)

        return await self._claim(work, self._policies, document)

    async def claim_terms(self, change: TermsChange) -> bool:
        """Keep terms; False when there are others by now."""
        document = _terms(change.terms, change)

        async def work(session: Session) -> None:
            await _put(self._terms, document, session)

        return await self._claim(work, self._terms, document)

    async def _claim(self, work: Work, collection: AsyncCollection[Document], document: Document) -> bool:
        try:
            await self._mongo.transact(work)
        except (_Beaten, DuplicateKeyError):
            # A commit whose answer was lost is tried again, and meets itself.
            async with translated_failures():
                return await collection.find_one({"_id": document["_id"]}) == document
        return True


async def _put(collection: AsyncCollection[Document], document: Document, session: Session) -> None:
    if document["version"] == 1:
        await collection.insert_one(document, session=session)
        return
    before = {"_id": document["_id"], "version": document["version"] - 1}
    result = await collection.replace_one(before, document, session=session)
    if result.matched_count == 0:
        raise _Beaten


def _policy(change: PolicyChange) -> Document:
    own = {name: value for name, value in vars(change.policy).items() if name not in OF_THE_GROUP | {"venue_id"}}
    return {"_id": change.policy.venue_id, **own, **_who_and_when(change)}


def _terms(terms: NoShowTerms, change: PolicyChange | TermsChange) -> Document:
    own = {name: value for name, value in vars(terms).items() if name != "group"}
    return {"_id": terms.group, **own, **_who_and_when(change)}


def _who_and_when(change: PolicyChange | TermsChange) -> Document:
    return {"changed_by": change.changed_by, "changed_at": change.changed_at}


def _read_policy(document: Document) -> VisitPolicy:
    kept = {name: value for name, value in document.items() if name not in WHO_AND_WHEN | {"_id"}}
    return replace(default_policy(document["_id"]), **kept)


def _read_terms(document: Document) -> NoShowTerms:
    kept = {name: value for name, value in document.items() if name not in WHO_AND_WHEN | {"_id"}}
    return NoShowTerms(group=document["_id"], **kept)
