"""Sessions in the real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.identity.model import Role
from services.identity.mongo import MongoSessions
from tests.factories import NOW, make_session, new_id

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def sessions(mongo: Mongo) -> MongoSessions:
    return MongoSessions(mongo)


async def test_a_session_comes_back_as_it_was_added(sessions: MongoSessions) -> None:
    session = make_session(role=Role.AUDITOR)
    await sessions.add(session)
    assert await sessions.find(session.id) == session
    assert await sessions.find(new_id("ses")) is None


async def test_each_generation_is_used_once_and_in_order(sessions: MongoSessions) -> None:
    session = make_session()
    await sessions.add(session)
    assert not await sessions.claim_generation(session.id, 2)
    assert await sessions.claim_generation(session.id, 1)
    assert not await sessions.claim_generation(session.id, 1)
    assert await sessions.claim_generation(session.id, 2)
    assert await sessions.find(session.id) == replace(session, generation=3)


async def test_a_session_ends_once_and_for_good(sessions: MongoSessions) -> None:
    session = make_session()
    await sessions.add(session)
    await sessions.end(session.id, NOW)
    await sessions.end(session.id, LATER)
    assert await sessions.find(session.id) == replace(session, ended_at=NOW)
    assert not await sessions.claim_generation(session.id, 1)


async def test_of_many_sessions_those_that_live_are_found(sessions: MongoSessions) -> None:
    living, ended = [make_session() for _ in range(3)], make_session()
    for session in [*living, ended]:
        await sessions.add(session)
    await sessions.end(ended.id, NOW)
    asked = [ended.id, new_id("ses"), *(session.id for session in living), living[0].id]
    assert set(await sessions.find_living(asked)) == {session.id for session in living}
    assert set(await sessions.find_living([])) == set()


async def test_an_unknown_session_has_no_generations_and_ends_without_trace(sessions: MongoSessions) -> None:
    unknown = new_id("ses")
    assert not await sessions.claim_generation(unknown, 1)
    await sessions.end(unknown, NOW)
    assert await sessions.find(unknown) is None


async def test_ending_all_of_an_actor_names_those_that_lived(sessions: MongoSessions) -> None:
    actor_id = new_id("stf")
    mine = [make_session(actor_id=actor_id) for _ in range(3)]
    other = make_session()
    for session in [*mine, other]:
        await sessions.add(session)
    await sessions.end(mine[0].id, NOW)
    assert set(await sessions.end_all_of(actor_id, LATER)) == {mine[1].id, mine[2].id}
    assert [await sessions.find(session.id) for session in mine] == [
        replace(mine[0], ended_at=NOW),
        replace(mine[1], ended_at=LATER),
        replace(mine[2], ended_at=LATER),
    ]
    assert await sessions.find(other.id) == other
    assert await sessions.end_all_of(actor_id, LATER) == []
