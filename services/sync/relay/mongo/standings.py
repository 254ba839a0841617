"""How the relay stands, in MongoDB."""

from dataclasses import asdict

from services.common.mongo import CollectionPlan, Mongo, translated_failures
from services.sync.relay.model import Progress

STANDINGS = CollectionPlan(name="sync_standings", shard_key="_id")
RELAY = "relay"


class MongoStandings:
    """See `services.sync.relay.ports.Standings`."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(STANDINGS)

    async def say(self, progress: Progress) -> None:
        """Keep what the leader says."""
        async with translated_failures():
            await self._collection.replace_one({"_id": RELAY}, {"_id": RELAY, **asdict(progress)}, upsert=True)

    async def find(self) -> Progress | None:
        """Return what the leader said last, None when there never was one."""
        async with translated_failures():
            found = await self._collection.find_one({"_id": RELAY}, {"_id": False})
        return None if found is None else Progress(**found)
