"""Gate policies in MongoDB: every change is guarded by the version that it follows."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from services.admissions.ceilings.model import GatePolicy, GatePolicyChange
from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures

GATE_POLICIES = CollectionPlan(name="gate_policies", shard_key="_id")
COLLECTIONS = (GATE_POLICIES,)


class MongoGatePolicies:
    """See `services.admissions.ceilings.ports.GatePolicyStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._policies = mongo.collection(GATE_POLICIES)

    async def all(self) -> Sequence[GatePolicy]:
        """Return every policy that was set."""
        async with translated_failures():
            return [_read(one) async for one in self._policies.find({})]

    async def claim(self, change: GatePolicyChange) -> bool:
        """Keep a policy in place of the version before it; False when there is another by now."""
        document = _document(change)
        before = {"_id": document["_id"], "version": document["version"] - 1}
        async with translated_failures():
            if change.policy.version > 1:
                return bool((await self._policies.replace_one(before, document)).matched_count)
            try:
                await self._policies.insert_one(document)
            except DuplicateKeyError:
                return False
        return True


def _document(change: GatePolicyChange) -> Document:
    policy = change.policy
    return {
        "_id": policy.venue_id,
        "version": policy.version,
        "ceiling": policy.ceiling,
        "alert_at": list(policy.alert_at),
        "changed_by": change.changed_by,
        "changed_at": change.changed_at,
    }


def _read(document: Document) -> GatePolicy:
    return GatePolicy(
        venue_id=document["_id"],
        version=document["version"],
        ceiling=document["ceiling"],
        alert_at=tuple(document["alert_at"]),
    )
