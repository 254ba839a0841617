"""Rotating and revoking in the real database: in one step each, whoever else does it at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from qr.keyring import MAX_KID
from services.common.mongo import CollectionPlan, Document, Mongo, Session
from services.keys.errors import KeysChanged, KeysRefused
from services.keys.model import Key, KeyAlgorithm, KeyChange, KeyPurpose, Keys, KeyState, RevocationReason
from services.keys.mongo import KEYS, MongoKeys, _ended
from services.keys.rotating import Rotating
from services.keys.rules import revocation, rotation
from tests.contract.documents import Documents
from tests.contract.log_office import SetClock
from tests.contract.test_keys_store import MASTER_KEY, open_cipher
from tests.factories import NOW

ENTRY = KeyPurpose.ENTRY_SIGNING
LATER = NOW + timedelta(days=90)
T = TypeVar("T")


class Twice(Mongo):
    """A database whose answer to a commit is lost each time: the driver then runs the transaction again."""

    def __init__(self, mongo: Mongo) -> None:
        self._wrapped = mongo
        self.runs = 0

    def collection(self, plan: CollectionPlan) -> AsyncCollection[Document]:
        return self._wrapped.collection(plan)

    async def transact(self, work: Callable[[Session], Awaitable[T]]) -> T:
        for _ in range(2):
            self.runs += 1
            result = await self._wrapped.transact(work)
        return result


class SeenTogether(MongoKeys):
    """All operators have looked at the keys before the first of them changes any."""

    def __init__(self, mongo: Mongo, keys: MongoKeys, operators: int) -> None:
        super().__init__(mongo, keys._cipher)
        self._barrier = asyncio.Barrier(operators)

    async def load(self) -> Keys:
        keys = await super().load()
        await self._barrier.wait()
        return keys


class Careless(SeenTogether):
    """Writes what it was told, without asking whether the keys are still as supposed."""

    async def change(self, change: KeyChange) -> None:
        for key in filter(None, (change.added, *(ending.key for ending in change.ended))):
            document = {**await self._document(key), **_ended(key)}
            await self._collection.replace_one({"_id": key.id}, document, upsert=True)


@pytest.fixture
async def keys(mongo: Mongo, database_name: str) -> AsyncIterator[MongoKeys]:
    await mongo.collection(KEYS).delete_many({})
    async with open_cipher(mongo, database_name, MASTER_KEY) as cipher:
        await cipher.make_data_key(mongo)
        keys = MongoKeys(mongo, cipher)
        await keys.make_missing(NOW)
        yield keys


@pytest.fixture
def rotating(keys: MongoKeys) -> Rotating:
    return Rotating(store=keys, clock=SetClock(LATER))


def states(keys: Keys) -> dict[int, KeyState]:
    return {key.kid: key.state for key in keys.of(ENTRY)}


async def test_after_a_rotation_the_new_key_signs_and_the_old_one_verifies(keys: MongoKeys, rotating: Rotating) -> None:
    before = await keys.load()
    added = await rotating.rotate(ENTRY)
    after = await keys.load()
    assert after.active(ENTRY) == added
    assert (added.kid, added.algorithm, added.created_at) == (2, KeyAlgorithm.ED25519, LATER)
    [old, new] = after.of(ENTRY)
    assert (old.state, old.retired_at, old.secret) == (KeyState.RETIRING, LATER, before.active(ENTRY).secret)
    assert new.secret != old.secret
    others = [key for key in before.all if key.purpose is not ENTRY]
    assert [key for key in after.all if key.purpose is not ENTRY] == others


async def test_an_algorithm_stays_until_another_is_asked_for(keys: MongoKeys, rotating: Rotating) -> None:
    for asked, got in (
        (KeyAlgorithm.SM2, KeyAlgorithm.SM2),
        (None, KeyAlgorithm.SM2),
        (KeyAlgorithm.ED25519, KeyAlgorithm.ED25519),
    ):
        await rotating.rotate(ENTRY, asked)
        assert (await keys.load()).active(ENTRY).algorithm is got


async def test_a_key_of_before_algorithms_is_ed25519(keys: MongoKeys, mongo: Mongo, documents: Documents) -> None:
    await mongo.collection(KEYS).update_many({}, {"$unset": {"algorithm": ""}})
    assert "algorithm" not in await documents.get("keys", f"{ENTRY}:1")
    assert {key.algorithm for key in (await keys.load()).all} == {KeyAlgorithm.ED25519}


async def test_a_key_that_signs_is_never_revoked_without_a_successor(keys: MongoKeys, rotating: Rotating) -> None:
    successor = await rotating.revoke(ENTRY, 1, RevocationReason.COMPROMISED)
    after = await keys.load()
    assert successor == after.active(ENTRY)
    assert states(after) == {1: KeyState.REVOKED, 2: KeyState.ACTIVE}
    [revoked, _] = after.of(ENTRY)
    assert (revoked.revoked_at, revoked.revoked_for) == (LATER, RevocationReason.COMPROMISED)


async def test_a_retiring_key_is_revoked_alone(keys: MongoKeys, rotating: Rotating) -> None:
    await rotating.rotate(ENTRY)
    assert await rotating.revoke(ENTRY, 1, RevocationReason.SUPERSEDED) is None
    assert states(await keys.load()) == {1: KeyState.REVOKED, 2: KeyState.ACTIVE}


async def test_a_look_shows_what_loading_would(keys: MongoKeys, mongo: Mongo, rotating: Rotating) -> None:
    await rotating.rotate(ENTRY)
    await rotating.revoke(KeyPurpose.PACK_SIGNING, 1, RevocationReason.COMPROMISED)
    # A newer version may have made keys that this one has no use for.
    await mongo.collection(KEYS).insert_one({"_id": "tea_signing:1", "purpose": "tea_signing", "state": "active"})
    assert await keys.states() == (await keys.load()).states()
    assert len(await keys.states()) == len(KeyPurpose) + 2


@pytest.mark.parametrize("purpose", [KeyPurpose.GATE_MASTER, KeyPurpose.ITEM_CODES, KeyPurpose.LOG_SIGNING])
async def test_keys_of_other_purposes_stay(keys: MongoKeys, rotating: Rotating, purpose: KeyPurpose) -> None:
    before = await keys.load()
    with pytest.raises(KeysRefused):
        await rotating.rotate(purpose)
    with pytest.raises(KeysRefused):
        await rotating.revoke(purpose, 1, RevocationReason.COMPROMISED)
    assert await keys.load() == before


async def test_what_is_not_there_or_revoked_already_is_not_revoked(keys: MongoKeys, rotating: Rotating) -> None:
    with pytest.raises(KeysRefused, match="no key 9"):
        await rotating.revoke(ENTRY, 9, RevocationReason.COMPROMISED)
    await rotating.revoke(ENTRY, 1, RevocationReason.COMPROMISED)
    with pytest.raises(KeysRefused, match="revoked already"):
        await rotating.revoke(ENTRY, 1, RevocationReason.SUPERSEDED)
    assert [key.revoked_for for key in (await keys.load()).of(ENTRY)] == [RevocationReason.COMPROMISED, None]


async def test_numbers_end_where_codes_cannot_hold_them(mongo: Mongo, rotating: Rotating) -> None:
    document = await mongo.collection(KEYS).find_one({"_id": f"{ENTRY}:1"})
    assert document is not None
    await mongo.collection(KEYS).insert_one({**document, "_id": f"{ENTRY}:{MAX_KID}", "kid": MAX_KID})
    with pytest.raises(KeysRefused, match="numbers"):
        await rotating.rotate(ENTRY)


async def test_without_the_guard_two_operators_would_each_believe_in_a_key_of_the_same_number(
    keys: MongoKeys, mongo: Mongo
) -> None:
    careless = Rotating(store=Careless(mongo, keys, 3), clock=SetClock(LATER))
    made = await asyncio.gather(*(careless.rotate(ENTRY) for _ in range(3)))
    assert {key.kid for key in made} == {2}
    assert len({key.secret for key in made}) == 3
    assert states(await keys.load()) == {1: KeyState.RETIRING, 2: KeyState.ACTIVE}


async def test_of_operators_at_once_one_is_first_and_the_others_are_told(keys: MongoKeys, mongo: Mongo) -> None:
    rotating = Rotating(store=SeenTogether(mongo, keys, 3), clock=SetClock(LATER))
    for turn in range(5):
        signing = (await keys.load()).active(ENTRY).kid
        asked = (
            rotating.rotate(ENTRY),
            rotating.revoke(ENTRY, signing, RevocationReason.COMPROMISED),
            rotating.rotate(ENTRY, KeyAlgorithm.SM2),
        )
        told = await asyncio.gather(*asked, return_exceptions=True)
        made = [one for one in told if isinstance(one, Key)]
        assert len(made) == 1, told
        assert [type(one) for one in told if not isinstance(one, Key)] == [KeysChanged, KeysChanged]
        after = await keys.load()
        assert [key.kid for key in after.of(ENTRY)] == list(range(1, turn + 3))
        assert [key for key in after.of(ENTRY) if key.state is KeyState.ACTIVE] == made


async def test_a_rotation_never_brings_a_revoked_key_back(keys: MongoKeys, mongo: Mongo, rotating: Rotating) -> None:
    """An operator's picture of the keys may be old: what it supposes is checked where it is changed."""
    seen = await keys.load()
    await rotating.revoke(ENTRY, 1, RevocationReason.COMPROMISED)
    late = rotation(seen, Key(purpose=ENTRY, kid=7, state=KeyState.ACTIVE, secret=bytes(32), created_at=LATER))
    with pytest.raises(KeysChanged):
        await keys.change(late)
    assert states(await keys.load()) == {1: KeyState.REVOKED, 2: KeyState.ACTIVE}
    await Careless(mongo, keys, 1).change(late)
    assert states(await keys.load())[1] is KeyState.RETIRING  # as it would be without the guard


async def test_a_change_whose_answer_was_lost_is_made_once(keys: MongoKeys, mongo: Mongo) -> None:
    """The driver runs a transaction again when it cannot know whether the first one took effect."""
    seen, twice = await keys.load(), Twice(mongo)
    hindered = MongoKeys(twice, keys._cipher)
    added = Key(purpose=ENTRY, kid=2, state=KeyState.ACTIVE, secret=bytes(32), created_at=LATER)
    await hindered.change(rotation(seen, added))
    assert states(await keys.load()) == {1: KeyState.RETIRING, 2: KeyState.ACTIVE}
    [old, _] = (await keys.load()).of(ENTRY)
    await hindered.change(KeyChange(added=None, ended=(revocation(old, RevocationReason.SUPERSEDED, LATER),)))
    assert states(await keys.load()) == {1: KeyState.REVOKED, 2: KeyState.ACTIVE}
    assert twice.runs == 4
