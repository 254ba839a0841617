"""What sending does without a guard: looks for what waits, sends it, and writes that down afterwards."""

from datetime import datetime

from services.common.mongo import Mongo
from services.notifications.model import Attempt, Claim, Settlement
from services.notifications.mongo import NOTICES, MongoNotices


class NaiveNotices(MongoNotices):
    """Notices that anybody may send who saw them waiting."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self._all = mongo.collection(NOTICES)

    async def claim(self, attempt: Attempt, until: datetime) -> Claim:
        """Let everybody."""
        assert until
        found = await self._all.find_one({"_id": attempt.notice.key, "state": "waiting"})
        return Claim.LOST if found is None else Claim.CLAIMED

    async def settle(self, attempt: Attempt, settlement: Settlement) -> bool:
        """Write what became of it."""
        changes = {"$set": {"state": settlement.state.value, "ended_at": settlement.at}}
        await self._all.update_one({"_id": attempt.notice.key}, changes)
        return True
