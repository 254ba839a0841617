"""Failed log-ins in the real database."""

from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.identity.model import Attempts
from services.identity.mongo import MongoAttempts
from tests.contract.documents import Documents
from tests.factories import NOW, new_id

NONE = Attempts(failures=0, locked_until=None)
ONE = Attempts(failures=1, locked_until=None)
LOCKED = Attempts(failures=2, locked_until=NOW + timedelta(seconds=30))
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def attempts(mongo: Mongo) -> MongoAttempts:
    return MongoAttempts(mongo)


async def test_an_unknown_name_has_no_failures(attempts: MongoAttempts) -> None:
    assert await attempts.get(new_id("digest")) == NONE


async def test_failures_are_counted_on_top_of_what_was_seen(attempts: MongoAttempts, documents: Documents) -> None:
    digest = new_id("digest")
    assert await attempts.claim(digest, seen=NONE, then=ONE, expires_at=NOW)
    assert await attempts.get(digest) == ONE
    assert await attempts.claim(digest, seen=ONE, then=LOCKED, expires_at=TOMORROW)
    assert await attempts.get(digest) == LOCKED
    assert (await documents.get("log_in_attempts", digest))["expires_at"] == TOMORROW


@pytest.mark.parametrize("seen", [NONE, LOCKED, Attempts(failures=1, locked_until=NOW)])
async def test_what_somebody_else_counted_meanwhile_is_not_overwritten(attempts: MongoAttempts, seen: Attempts) -> None:
    digest = new_id("digest")
    await attempts.claim(digest, seen=NONE, then=ONE, expires_at=TOMORROW)
    assert not await attempts.claim(digest, seen=seen, then=LOCKED, expires_at=TOMORROW)
    assert await attempts.get(digest) == ONE


async def test_nothing_is_counted_on_top_of_failures_that_were_forgotten(attempts: MongoAttempts) -> None:
    digest = new_id("digest")
    await attempts.claim(digest, seen=NONE, then=ONE, expires_at=TOMORROW)
    await attempts.forget(digest)
    assert await attempts.get(digest) == NONE
    assert not await attempts.claim(digest, seen=ONE, then=LOCKED, expires_at=TOMORROW)
    assert await attempts.get(digest) == NONE


async def test_forgetting_what_is_not_there_is_fine(attempts: MongoAttempts) -> None:
    await attempts.forget(new_id("digest"))
