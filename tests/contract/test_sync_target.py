"""The main system when it turns us away, and what operators are told of dead letters: on the real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from server.sync.connecting import HERE, INSTANCES, open_database
from server.sync.target import TargetShelf
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.sync.model import RecordKind, RecordRef
from services.sync.relay.model import DeadLetter, DeadReason
from services.sync.relay.mongo import MongoDeadLetters, MongoWishes
from services.sync.relay.mongo.dead_letters import DEAD_LETTERS
from services.sync.relay.replaying import Replaying
from services.sync.shelves.model import Cell
from services.sync.shelves.ports import ShelfUnavailable
from tests.processes import Stores
from tests.shelves import SENDER

CLOCK = SystemClock()


def shelf_at(main: Mongo) -> TargetShelf:
    return TargetShelf(main, sender=SENDER, ensure_above=lambda _: None, clock=CLOCK)


@pytest.fixture
async def turned_away(stores: Stores, database_name: str) -> AsyncIterator[TargetShelf]:
    """The main system's shelf, with a password that is wrong."""
    server = stores.mongodb_uri.rpartition("@")[2].partition("/")[0]
    wrong = f"mongodb://chengma:wrong@{server}/?authSource=admin&retryWrites=false"
    async with open_database(wrong, f"{database_name}_main") as main:
        yield shelf_at(main)


async def test_a_wrong_password_is_a_target_that_refuses(turned_away: TargetShelf) -> None:
    for _ in range(2):
        with pytest.raises(ShelfUnavailable) as refused:
            await turned_away.put(())
        assert refused.value.reason == "refused_18"
    with pytest.raises(ShelfUnavailable, match="refused_18"):
        await turned_away.sums(Cell(kind=RecordKind.OUTLET))


@pytest.mark.parametrize(
    "said", [{"foo": 1}, {"instance": 7, "level": "city", "forwards": True}, {"instance": "a", "level": "moon"}]
)
async def test_a_target_that_says_nonsense_of_itself_is_not_delivered_to(mongo: Mongo, said: dict[str, object]) -> None:
    instances = mongo.collection(INSTANCES)
    await instances.replace_one({"_id": HERE}, said, upsert=True)
    try:
        with pytest.raises(ShelfUnavailable, match="target_unreadable"):
            await shelf_at(mongo).put(())
    finally:
        await instances.delete_one({"_id": HERE})


async def test_a_name_that_nobody_knows_is_a_target_that_is_away(database_name: str) -> None:
    async with open_database("mongodb+srv://somebody:secret@db.main.invalid/", database_name) as main:
        with pytest.raises(ShelfUnavailable) as away:
            await shelf_at(main).put(())
    assert "secret" not in away.value.reason


async def test_letters_are_counted_by_reason_and_unknown_ids_are_named(mongo: Mongo) -> None:
    await mongo.collection(DEAD_LETTERS).delete_many({})
    dead = MongoDeadLetters(mongo)
    replaying = Replaying(letters=dead, wishes=MongoWishes(mongo), configured=True, clock=CLOCK, ids=UlidSource())
    assert await replaying.count() == {}
    reasons = {"a": DeadReason.MISSING, "b": DeadReason.REFUSED, "c": DeadReason.REFUSED}
    since = datetime(2026, 11, 20, tzinfo=UTC)
    await dead.keep(
        [
            DeadLetter(ref=RecordRef(kind=RecordKind.SLOT, id=its_id), reason=reason, flaws=(), since=since)
            for its_id, reason in reasons.items()
        ]
    )
    assert await replaying.count() == {
        (RecordKind.SLOT, DeadReason.MISSING): 1,
        (RecordKind.SLOT, DeadReason.REFUSED): 2,
    }
    assert await replaying.unknown(["slot:a", "foo", "outlet:a", "foo"]) == ["foo", "outlet:a"]
    assert await replaying.unknown(()) == []
