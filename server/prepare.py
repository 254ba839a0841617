"""Run once before serving: indexes, keys, and the demo city or its absence."""

import argparse
import asyncio
import sys
from pathlib import Path

from pymongo.errors import OperationFailure

from server.config import Config, ConfigError, load_config
from server.demo.outlets import seed_demo_outlets
from server.demo.seed import seed_demo_city
from server.mongo import COLLECTIONS
from server.patrols.plates import read_seal
from server.patrols.standing import add_standing_checklists
from server.redis import RedisGuard, RedisProbe, RedisSessionFlags, RedisUnavailable, connect_redis
from server.wiring import Stores, open_stores
from services.common.clock import SystemClock
from services.common.errors import DomainError
from services.identity.mongo import MongoSessions, MongoStaff
from services.keys.errors import MasterKeyMismatch

# AuthenticationFailed and Unauthorized in MongoDB's list of error codes.
REFUSALS_OF_ACCESS = (18, 13)


def main() -> None:
    """Prepare the database of the given settings; prints a line for each slow step."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--config", type=Path, required=True)
    try:
        asyncio.run(prepare(load_config(arguments.parse_args().config)))
    except (ConfigError, MasterKeyMismatch, DomainError) as error:
        sys.exit(str(error))
    except OperationFailure as error:
        if error.code not in REFUSALS_OF_ACCESS:
            raise
        sys.exit("the database refused the user or the password, or gives it too few rights: see mongodb.uri")


def say(line: str) -> None:
    """Show progress to whoever started us."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def prepare(config: Config) -> None:
    """Create what is missing; safe to repeat, and to run by several starts at once."""
    read_seal(config.patrols.seal_file)
    async with open_stores(config) as stores:
        now = SystemClock().now()
        await stores.mongo.create_indexes(COLLECTIONS)
        await stores.cipher.make_data_key(stores.mongo)
        await stores.keys.make_missing(now)
        await stores.keys.load()
        if config.demo:
            await seed_demo_city(stores.mongo, now, say)
            await seed_demo_outlets(stores.mongo, stores.cipher, now)
        else:
            await remove_demo_accounts(config, stores)
        await add_standing_checklists(stores.mongo)
    await warn_without_redis(config)


async def warn_without_redis(config: Config) -> None:
    """Say so when Redis does not answer: the server starts all the same, but nobody can log in."""
    redis = connect_redis(config.redis.url)
    try:
        await RedisProbe(redis)()
    except RedisUnavailable:
        say("注意 · Note: Redis 没有响应，恢复前无法登录 · Redis does not answer; until it does, nobody can log in")
    finally:
        await redis.aclose()


async def remove_demo_accounts(config: Config, stores: Stores) -> None:
    """Remove accounts with a public password, and end their sessions, should an earlier demo have left any."""
    removed = await MongoStaff(stores.mongo).remove_demo()
    if not removed:
        return
    sessions, now = MongoSessions(stores.mongo), SystemClock().now()
    ended = [session_id for account_id in removed for session_id in await sessions.end_all_of(account_id, now)]
    redis = connect_redis(config.redis.url)
    flags = RedisSessionFlags(redis, RedisGuard(), ended_ttl_s=config.sessions.access_ttl_s)
    try:
        for session_id in ended:
            await flags.note_ended(session_id)
    finally:
        await redis.aclose()
    say(f"demo accounts removed: {len(removed)}")


if __name__ == "__main__":
    main()
