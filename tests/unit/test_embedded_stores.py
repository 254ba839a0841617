"""The embedded stores as tests and operators get them."""

from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from redis import Redis

from tests.processes import Stores, fresh_database_name, run_stores


def test_the_database_turns_away_whoever_lacks_the_password(stores: Stores) -> None:
    server = stores.mongodb_uri.rpartition("@")[2].partition("/")[0]
    with MongoClient[dict[str, object]](f"mongodb://{server}/?retryWrites=false") as stranger:
        with pytest.raises(OperationFailure, match="requires authentication"):
            stranger["chengma"]["citizens"].find_one()
        with pytest.raises(OperationFailure, match="requires authentication"):
            stranger.admin.command("createUser", "intruder", pwd="x", roles=["root"])
    wrong = f"mongodb://chengma:wrong@{server}/?authSource=admin&retryWrites=false"
    with MongoClient[dict[str, object]](wrong) as stranger, pytest.raises(OperationFailure):
        stranger["chengma"]["citizens"].find_one()


def test_the_database_holds_transactions(stores: Stores) -> None:
    with MongoClient[dict[str, object]](stores.mongodb_uri) as client, client.start_session() as session:
        notes = client[fresh_database_name()]["notes"]
        notes.insert_one({"_id": 1})
        with session.start_transaction():
            notes.insert_one({"_id": 2}, session=session)
            session.abort_transaction()
        assert [note["_id"] for note in notes.find()] == [1]


def test_an_interrupted_first_start_is_taken_up_again(tmp_path: Path) -> None:
    with run_stores(tmp_path / "data") as first, MongoClient[dict[str, object]](first.mongodb_uri) as client:
        client["kept"]["notes"].insert_one({"_id": 1})
        with Redis.from_url(first.redis_url) as redis:
            redis.set("kept", "1")
    # As if the first start had been killed between making the account and writing its password down.
    (tmp_path / "data" / "mongodb.password").unlink()
    with run_stores(tmp_path / "data") as second, MongoClient[dict[str, object]](second.mongodb_uri) as client:
        assert client["kept"]["notes"].count_documents({}) == 1
        with Redis.from_url(second.redis_url) as redis:
            assert redis.get("kept") == b"1"
