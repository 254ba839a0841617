"""Keys in the real database: made once, wrapped, and of use only with the right master key."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from server.config import MASTER_KEY_BYTES
from server.config_sections import MongoConfig
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.keys.errors import MasterKeyMismatch
from services.keys.model import KeyPurpose, KeyState
from services.keys.mongo import KEYS, MongoFieldCipher, MongoKeys
from tests.concurrency.proxy import wired
from tests.contract.documents import Documents
from tests.factories import NOW
from tests.processes import Stores

MASTER_KEY = secrets.token_bytes(MASTER_KEY_BYTES)


@asynccontextmanager
async def open_cipher(mongo: Mongo, database_name: str, master_key: bytes) -> AsyncIterator[MongoFieldCipher]:
    cipher = await MongoFieldCipher.open(mongo.client, database_name, master_key)
    try:
        yield cipher
    finally:
        await cipher.close()


@pytest.fixture(scope="module")
async def cipher(mongo: Mongo, database_name: str) -> AsyncIterator[MongoFieldCipher]:
    async with open_cipher(mongo, database_name, MASTER_KEY) as cipher:
        await cipher.make_data_key(mongo)
        yield cipher


@pytest.fixture
async def keys(mongo: Mongo, cipher: MongoFieldCipher) -> MongoKeys:
    await mongo.collection(KEYS).delete_many({})
    return MongoKeys(mongo, cipher)


async def test_there_is_one_active_key_of_every_purpose_and_all_differ(keys: MongoKeys) -> None:
    await keys.make_missing(NOW)
    made = await keys.load()
    assert {key.purpose for key in made.all} == set(KeyPurpose)
    assert len(made.all) == len(KeyPurpose)
    assert {(key.kid, key.state, key.created_at, len(key.secret)) for key in made.all} == {
        (1, KeyState.ACTIVE, NOW, 32)
    }
    assert len({key.secret for key in made.all}) == len(KeyPurpose)


async def test_making_again_keeps_what_is_there_and_adds_what_is_missing(keys: MongoKeys, mongo: Mongo) -> None:
    await keys.make_missing(NOW)
    first = await keys.load()
    await mongo.collection(KEYS).delete_one({"_id": f"{KeyPurpose.GATE_MASTER}:1"})
    await keys.make_missing(NOW)
    second = await keys.load()
    kept = [key for key in first.all if key.purpose is not KeyPurpose.GATE_MASTER]
    assert [key for key in second.all if key.purpose is not KeyPurpose.GATE_MASTER] == kept
    assert second.active(KeyPurpose.GATE_MASTER).secret != first.active(KeyPurpose.GATE_MASTER).secret


async def test_the_newest_active_key_is_the_active_one(keys: MongoKeys, mongo: Mongo) -> None:
    await keys.make_missing(NOW)
    first = (await keys.load()).active(KeyPurpose.ENTRY_SIGNING)
    document = await mongo.collection(KEYS).find_one({"_id": f"{KeyPurpose.ENTRY_SIGNING}:1"})
    assert document is not None
    # Two-digit numbers: they must be ordered as numbers.
    for kid, state in ((10, KeyState.ACTIVE), (9, KeyState.ACTIVE), (11, KeyState.REVOKED)):
        changed = {"_id": f"{KeyPurpose.ENTRY_SIGNING}:{kid}", "kid": kid, "state": state}
        await mongo.collection(KEYS).insert_one({**document, **changed})
    loaded = await keys.load()
    assert loaded.active(KeyPurpose.ENTRY_SIGNING) == replace(first, kid=10)
    assert [key.kid for key in loaded.of(KeyPurpose.ENTRY_SIGNING)] == [1, 9, 10, 11]


async def test_no_secret_is_kept_in_the_open(keys: MongoKeys, documents: Documents) -> None:
    await keys.make_missing(NOW)
    for key in (await keys.load()).all:
        kept = await documents.get("keys", f"{key.purpose}:1")
        assert key.secret not in kept["secret"]


async def test_another_master_key_opens_nothing(keys: MongoKeys, mongo: Mongo, database_name: str) -> None:
    await keys.make_missing(NOW)
    async with open_cipher(mongo, database_name, secrets.token_bytes(MASTER_KEY_BYTES)) as wrong:
        with pytest.raises(MasterKeyMismatch):
            await MongoKeys(mongo, wrong).load()


async def test_a_text_comes_back_and_never_looks_the_same_twice(cipher: MongoFieldCipher) -> None:
    first, second = await cipher.encrypt("示例访客"), await cipher.encrypt("示例访客")
    assert first != second
    assert "示例访客".encode() not in first
    assert [await cipher.decrypt(first), await cipher.decrypt(second)] == ["示例访客", "示例访客"]


async def test_a_changed_ciphertext_is_refused(cipher: MongoFieldCipher) -> None:
    good = await cipher.encrypt("E00000001")
    with pytest.raises(MasterKeyMismatch):
        await cipher.decrypt(good[:-1] + bytes([good[-1] ^ 1]))


async def test_while_the_data_key_cannot_be_fetched_the_database_is_away_and_the_master_key_is_not_blamed(
    stores: Stores, cipher: MongoFieldCipher, database_name: str
) -> None:
    ciphertext = await cipher.encrypt("E00000001")
    config = MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=3)
    async with wired(config) as (wire, mongo), open_cipher(mongo, database_name, MASTER_KEY) as forgetful:
        await mongo.ping()
        for use in (forgetful.encrypt("E00000002"), forgetful.decrypt(ciphertext)):
            wire.freeze()
            with pytest.raises(DatabaseUnavailable), deadline(0.5):
                await use
            wire.thaw()
        assert await forgetful.decrypt(ciphertext) == "E00000001"
