"""The main system's database: connecting, and finding out who it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from server.config import Config
from server.config_schema import SYNC_LEVELS
from server.mongo import SELECTION_TIMEOUT_MS
from services.common.mongo import Client, CollectionPlan, Mongo, translated_failures
from services.sync.relay.mongo.intake import mark_all
from services.sync.shelves.mongo import target_plans

INSTANCES = CollectionPlan(name="instances", shard_key="_id")
HERE = "here"
POOL_SIZE = 4
TOP = "main"


class TargetForbidden(Exception):
    """Delivering there would send records in a circle, or down; the message is a sentence for an operator."""


class TargetUnreadable(Exception):
    """Nobody can tell from what it says of itself whose the target is."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Another instance: `forwards` tells that what arrives there goes on to the next level."""

    instance: str
    level: str
    forwards: bool


# The office's own system has nothing that says who it is, and stands above all.
MAIN = Neighbour(instance="main", level=TOP, forwards=False)


def main_address(config: Config) -> tuple[str, str] | None:
    """Return URI and database of the main system, None where there is none; in demo mode one beside our own."""
    if config.sync.main_uri:
        return config.sync.main_uri, config.sync.main_database
    if config.demo:
        return config.mongodb.uri, f"{config.mongodb.database}_main"
    return None


@asynccontextmanager
async def open_database(uri: str, database: str) -> AsyncIterator[Mongo]:
    """Open a client whose writes are on a majority's disks before they count."""
    client: Client = AsyncMongoClient(
        uri,
        appname="chengma-sync",
        maxPoolSize=POOL_SIZE,
        serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
        tz_aware=True,
        # What others write there may be no Unicode, or a date beyond the year 9999: it is read as far as it can be.
        unicode_decode_error_handler="replace",
        datetime_conversion="DATETIME_AUTO",
        w="majority",
        journal=True,
    )
    mongo = Mongo(client, database, transactions=1)
    try:
        yield mongo
    finally:
        await mongo.close()


async def introduce(mongo: Mongo, here: Neighbour) -> None:
    """Write into an intake whose it is, for whoever delivers there.

    Senders mark what is to go on once they can read that it is. So whatever came before is marked now.
    """
    instances = mongo.collection(INSTANCES)
    async with translated_failures():
        known = await instances.find_one({"_id": HERE}) or {}
        document = {"_id": HERE, "instance": here.instance, "level": here.level, "forwards": here.forwards}
        all_marked = here.forwards and known.get("all_marked", False)
        await instances.replace_one({"_id": HERE}, {**document, "all_marked": all_marked}, upsert=True)
    if here.forwards and not all_marked:
        await mark_all(mongo)
        async with translated_failures():
            await instances.update_one({"_id": HERE}, {"$set": {"all_marked": True}})


async def meet(mongo: Mongo) -> Neighbour:
    """Return who is behind a target.

    Raises TargetUnreadable, DatabaseUnavailable, and what the driver raises when we are refused.
    """
    async with translated_failures():
        found = await mongo.collection(INSTANCES).find_one({"_id": HERE})
    if found is None:
        return MAIN
    instance, level, forwards = (found.get(name) for name in ("instance", "level", "forwards"))
    if not (isinstance(instance, str) and level in SYNC_LEVELS and isinstance(forwards, bool)):
        raise TargetUnreadable(f"what says in the collection {INSTANCES.name} whose the target is, has another shape")
    return Neighbour(instance=instance, level=level, forwards=forwards)


def refusal_behind(mongo: Mongo) -> str | None:
    """Return `refused_<code>` where a server answers, but refuses us: for the driver it is away from then on."""
    for server in mongo.client.topology_description.server_descriptions().values():
        if isinstance(server.error, OperationFailure):
            return f"refused_{server.error.code}"
    return None


def ensure_above(config: Config, target: Neighbour) -> None:
    """Pass when the target stands above this instance: levels only ever rise, so no circle can close.

    Raises TargetForbidden.
    """
    if target.level == TOP:
        return
    if SYNC_LEVELS.index(target.level) <= SYNC_LEVELS.index(config.sync.level):
        raise TargetForbidden(
            f"sync.main_uri leads to the instance {target.instance} of level {target.level}; this one is of level "
            f"{config.sync.level} and delivers to higher levels only: mend sync.level or sync.main_uri"
        )


async def make_ready(mongo: Mongo) -> None:
    """Create the indexes that comparing needs, where we may."""
    try:
        await mongo.create_indexes(target_plans())
    except OperationFailure:
        return  # the office may prefer to make them itself: docs/sync.md lists them
