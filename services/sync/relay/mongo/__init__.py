"""What the relay keeps, and where it reads, in MongoDB."""

from services.sync.relay.mongo.dead_letters import DEAD_LETTERS, MongoDeadLetters
from services.sync.relay.mongo.intake import MongoIntakeFeed, intake_plans, intake_sources
from services.sync.relay.mongo.leases import LEASES, MongoLeases
from services.sync.relay.mongo.outbox import MongoOutboxFeed
from services.sync.relay.mongo.standings import STANDINGS, MongoStandings
from services.sync.relay.mongo.wishes import MongoWishes

COLLECTIONS = (DEAD_LETTERS, LEASES, STANDINGS)

__all__ = [
    "COLLECTIONS",
    "MongoDeadLetters",
    "MongoIntakeFeed",
    "MongoLeases",
    "MongoOutboxFeed",
    "MongoStandings",
    "MongoWishes",
    "intake_plans",
    "intake_sources",
]
