"""Whether sessions live: as noted in a real Redis, else as kept in the real database, one look for many."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from server.redis import RedisGuard, RedisSessionFlags, connect_redis, note_key
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.identity.errors import SessionEnded
from services.identity.model import Actor, Role
from services.identity.mongo import MongoSessions, MongoStaff
from services.identity.sessions import MOST_LOOK_UPS, Sessions
from services.identity.tokens import AccessTokens, RefreshTokens
from services.keys.model import Key, KeyPurpose, Keys, KeyState
from tests.factories import make_session, new_id
from tests.processes import Stores

SIGNING = Key(
    purpose=KeyPurpose.SESSION_SIGNING, kid=1, state=KeyState.ACTIVE, secret=b"s" * 32, created_at=datetime.now(UTC)
)
ACCESS = AccessTokens(Keys(all=(SIGNING,)), ttl_s=900)


class Watched(MongoSessions):
    """The real store, with a list of how many sessions each look was about."""

    looks: list[int]

    async def find_living(self, session_ids: Sequence[str]) -> Collection[str]:
        self.looks.append(len(session_ids))
        return await super().find_living(session_ids)


@pytest.fixture
def store(mongo: Mongo) -> Watched:
    store = Watched(mongo)
    store.looks = []
    return store


@pytest.fixture
async def redis(stores: Stores) -> AsyncIterator[Redis]:
    redis = connect_redis(stores.redis_url)
    yield redis
    await redis.aclose()


@pytest.fixture
def sessions(mongo: Mongo, store: Watched, redis: Redis) -> Sessions:
    return Sessions(
        store=store,
        flags=RedisSessionFlags(redis, RedisGuard(), ended_ttl_s=900),
        staff=MongoStaff(mongo),
        access=ACCESS,
        refresh=RefreshTokens(b"r" * 32),
        clock=SystemClock(),
        ids=UlidSource(),
        ttl_s=3600,
    )


def actor_of(session_id: str) -> Actor:
    return Actor(id=new_id("cit"), role=Role.CITIZEN, scopes=(), session_id=session_id)


async def verdict(sessions: Sessions, session_id: str, *, noted: bool | None = None) -> bool:
    try:
        await sessions.ensure_live(actor_of(session_id), noted)
    except SessionEnded:
        return False
    return True


async def test_a_note_is_taken_at_its_word_and_the_database_left_alone(sessions: Sessions, store: Watched) -> None:
    assert await verdict(sessions, new_id("ses"), noted=True)
    assert not await verdict(sessions, new_id("ses"), noted=False)
    assert store.looks == []


async def test_many_who_are_not_noted_share_few_looks_and_those_who_live_are_noted(
    sessions: Sessions, store: Watched, redis: Redis
) -> None:
    living, ended = [make_session() for _ in range(30)], [make_session() for _ in range(3)]
    for session in [*living, *ended]:
        await store.add(session)
    for session in ended:
        await store.end(session.id, datetime.now(UTC))
    asked = [*(session.id for session in [*living, *ended] * 5), new_id("ses")]
    verdicts = await asyncio.gather(*(verdict(sessions, session_id) for session_id in asked))
    assert verdicts == ([True] * 30 + [False] * 3) * 5 + [False]
    assert sum(store.looks) == len(asked)
    assert max(store.looks) <= MOST_LOOK_UPS
    assert len(store.looks) <= 3
    assert [await redis.get(note_key(session.id)) for session in living] == [b"live"] * 30
    assert [await redis.get(note_key(session_id)) for session_id in asked[30:33]] == [None] * 3


async def test_a_session_that_ends_is_noted_as_ended(sessions: Sessions, store: Watched, redis: Redis) -> None:
    session = make_session()
    await store.add(session)
    assert await verdict(sessions, session.id)
    await sessions.end(actor_of(session.id))
    assert await redis.get(note_key(session.id)) == b"ended"
    assert not await verdict(sessions, session.id)
    # Looked up again, it stays noted as ended.
    assert await redis.get(note_key(session.id)) == b"ended"


async def test_a_token_is_recalled_once_it_was_read(sessions: Sessions) -> None:
    actor = actor_of(new_id("ses"))
    token = ACCESS.issue(actor, datetime.now(UTC))
    assert sessions.recall(token) is None
    assert sessions.read(token) == actor
    assert sessions.recall(token) == actor
