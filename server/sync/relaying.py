"""The relay, put together."""

from dataclasses import dataclass

from handlers.background import Background
from server.sync.parts import SyncParts
from services.sync.relay.mongo import MongoIntakeFeed, MongoOutboxFeed, MongoStandings
from services.sync.relay.ports import Feed, Telling
from services.sync.relay.relay import Relay
from services.sync.relay.reporting import Reporting


@dataclass(frozen=True, kw_only=True)
class Relaying:
    """The relay, the feed of our own facts, and who says how it stands."""

    relay: Relay
    outbox: MongoOutboxFeed
    background: tuple[Background, ...]


def build_relay(parts: SyncParts, telling: Telling, leader: str) -> Relaying:
    """Return the relay that `leader` runs while it leads."""
    outbox = MongoOutboxFeed(parts.mongo, sources=parts.sources, clock=parts.clock)
    feeds: list[Feed] = [outbox]
    if parts.intake is not None:
        feeds.append(MongoIntakeFeed(parts.intake, sources=parts.sources, clock=parts.clock))
    relay = Relay(
        feeds=feeds,
        sorting=parts.sorting,
        target=parts.target,
        marks=parts.marks,
        dead=parts.dead,
        telling=telling,
        watch=parts.watch,
        clock=parts.clock,
    )
    reporting = Reporting(
        relay=relay,
        waiting=outbox,
        standings=MongoStandings(parts.mongo),
        watch=parts.watch,
        leader=leader,
        objective_s=parts.config.sync.lag_objective_s,
        clock=parts.clock,
    )
    return Relaying(relay=relay, outbox=outbox, background=(relay, reporting))
