"""Looking at how delivering stands, put together: for server processes and for operators' commands."""

from server.config import Config
from server.sync.connecting import main_address
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.sync.relay.mongo import MongoDeadLetters, MongoOutboxFeed, MongoStandings, MongoWishes
from services.sync.relay.overseeing import Overseeing
from services.sync.relay.replaying import Replaying


def build_overseeing(config: Config, mongo: Mongo) -> Overseeing:
    """Return who looks at how delivering stands; it remembers how far the outbox is empty, so keep it."""
    clock = SystemClock()
    return Overseeing(
        waiting=MongoOutboxFeed(mongo, sources={}, clock=clock),
        standings=MongoStandings(mongo),
        dead=MongoDeadLetters(mongo),
        configured=main_address(config) is not None,
        objective_s=config.sync.lag_objective_s,
        clock=clock,
    )


def build_replaying(config: Config, mongo: Mongo) -> Replaying:
    """Return who lists dead letters and lets them be delivered again."""
    return Replaying(
        letters=MongoDeadLetters(mongo),
        wishes=MongoWishes(mongo),
        configured=main_address(config) is not None,
        clock=SystemClock(),
        ids=UlidSource(),
    )
