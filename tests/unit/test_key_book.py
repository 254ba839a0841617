"""What a running process goes by when keys change, and what it keeps when they cannot be had."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from qr.keyring import SM2, Keyring
from qr.keyring import KeyState as RingState
from server.public_keys import PublicKeys
from services.common.errors import DatabaseUnavailable
from services.keys.book import KeyBook, PackKeys
from services.keys.errors import MasterKeyMismatch
from services.keys.model import Key, KeyAlgorithm, KeyPurpose, Keys, KeyState
from services.keys.reloading import KeyReloading
from services.keys.rules import CODE_PURPOSES
from tests.factories import NOW

ENTRY = KeyPurpose.ENTRY_SIGNING


def key(kid: int, state: KeyState = KeyState.ACTIVE, algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> Key:
    secret = bytes([kid]) * 32
    return Key(purpose=ENTRY, kid=kid, state=state, algorithm=algorithm, secret=secret, created_at=NOW)


def keys(*of_entry: Key) -> Keys:
    others = (replace(key(1), purpose=purpose) for purpose in CODE_PURPOSES if purpose is not ENTRY)
    return Keys(all=(*of_entry, *others))


def told(ring: Keyring) -> tuple[int, dict[int, RingState]]:
    return ring.active.kid, {kid: one.state for kid, one in ring.verify_keys.items()}


class KeptKeys:
    """A store of keys that tests change; it may be away."""

    def __init__(self, now: Keys) -> None:
        self.now: Keys | Exception = now
        self.loads = 0

    async def load(self) -> Keys:
        self.loads += 1
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    async def states(self) -> Mapping[str, KeyState]:
        if isinstance(self.now, DatabaseUnavailable):
            raise self.now
        return self.now.states() if isinstance(self.now, Keys) else {}


class Heard:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def turned(self, keys: Keys) -> None:
        self.lines.append(f"turned to {len(keys.of(ENTRY))}")

    def unreadable(self, error: Exception) -> None:
        self.lines.append(str(error))


def test_a_ring_is_the_same_object_until_the_keys_change() -> None:
    book = KeyBook(keys(key(1)))
    ring = book.keyring(ENTRY)
    assert book.keyring(ENTRY) is ring
    book.turn_to(keys(key(1, KeyState.RETIRING), key(2)))
    assert book.keyring(ENTRY) is not ring


def test_a_new_key_verifies_at_once_and_signs_from_the_next_turn_on() -> None:
    book, rotated = KeyBook(keys(key(1))), keys(key(1, KeyState.RETIRING), key(2))
    assert book.is_settled()
    book.turn_to(rotated)
    assert told(book.keyring(ENTRY)) == (1, {1: RingState.ACTIVE, 2: RingState.ACTIVE})
    assert not book.is_settled()
    book.turn_to(rotated)
    assert told(book.keyring(ENTRY)) == (2, {1: RingState.RETIRING, 2: RingState.ACTIVE})
    assert book.is_settled()


async def test_what_one_process_signs_another_can_verify_however_their_looks_fall() -> None:
    rotated = keys(key(1, KeyState.RETIRING), key(2))
    # Both look at the same pace, so neither is ever two looks ahead.
    for order in ("abab", "abba", "baba", "baab"):
        books = {name: KeyBook(keys(key(1))) for name in "ab"}
        looks = {name: KeyReloading(store=KeptKeys(rotated), book=book, news=Heard()) for name, book in books.items()}
        for name in order:
            await looks[name].look()
            for signer in books.values():
                for gate in books.values():
                    assert signer.keyring(ENTRY).active.kid in gate.keyring(ENTRY).verify_keys
        assert [book.keyring(ENTRY).active.kid for book in books.values()] == [2, 2]


def test_where_the_last_key_was_revoked_the_new_one_signs_at_once() -> None:
    book = KeyBook(keys(key(1)))
    book.turn_to(keys(key(1, KeyState.REVOKED), key(2)))
    assert told(book.keyring(ENTRY)) == (2, {1: RingState.REVOKED, 2: RingState.ACTIVE})
    assert book.is_settled()


def test_a_key_may_be_of_another_algorithm() -> None:
    book = KeyBook(keys(key(1, KeyState.RETIRING), key(2, algorithm=KeyAlgorithm.SM2)))
    ring = book.keyring(ENTRY)
    assert ring.active.algorithm == SM2
    assert [len(one.public) for one in ring.verify_keys.values()] == [32, 64]


def test_packs_have_keys_of_their_own() -> None:
    book = KeyBook(keys(key(7)))
    assert PackKeys(book).keyring is book.keyring(KeyPurpose.PACK_SIGNING)
    assert PackKeys(book).keyring.active.kid == 1


async def test_reloading_loads_only_when_something_changed_and_says_so_once_it_has() -> None:
    store, heard = KeptKeys(keys(key(1))), Heard()
    book = KeyBook(keys(key(1)))
    reloading = KeyReloading(store=store, book=book, news=heard)
    await reloading.look()
    assert (store.loads, heard.lines) == (0, [])
    store.now = keys(key(1, KeyState.RETIRING), key(2))
    for _ in range(3):
        await reloading.look()
    assert book.keyring(ENTRY).active.kid == 2
    assert (store.loads, heard.lines) == (2, ["turned to 2", "turned to 2"])


async def test_while_the_database_is_away_the_keys_stay() -> None:
    store, heard = KeptKeys(keys(key(1))), Heard()
    book = KeyBook(keys(key(1)))
    store.now = DatabaseUnavailable(retry_after_s=1)
    with pytest.raises(DatabaseUnavailable):
        await KeyReloading(store=store, book=book, news=heard).look()
    assert book.keyring(ENTRY).active.kid == 1
    assert heard.lines == []


async def test_keys_that_cannot_be_used_are_told_once_and_the_old_ones_stay() -> None:
    store, heard = KeptKeys(keys(key(1))), Heard()
    book = KeyBook(keys(key(1)))
    reloading = KeyReloading(store=store, book=book, news=heard)
    for unusable in (
        MasterKeyMismatch("another master key"),
        keys(key(1, KeyState.RETIRING), replace(key(2), secret=bytes(32), algorithm=KeyAlgorithm.SM2)),
        Keys(all=()),
    ):
        store.now = unusable
        await reloading.look()
        await reloading.look()
        assert told(book.keyring(ENTRY)) == (1, {1: RingState.ACTIVE})
    assert len(heard.lines) == 3
    assert (heard.lines[0], heard.lines[2]) == ("another master key", "there is no active key of entry_signing")


def test_what_is_published_is_what_verifies_now() -> None:
    book = KeyBook(keys(key(1)))
    published = PublicKeys(of_tokens=({"kid": "session-1"},), book=book)
    assert [one["kid"] for one in published()] == ["session-1", "entry-1", "plate-1", "pack-1"]
    book.turn_to(keys(key(1, KeyState.REVOKED), key(2, KeyState.RETIRING), key(3, algorithm=KeyAlgorithm.SM2)))
    found = {one["kid"]: one for one in published()}
    assert set(found) == {"session-1", "entry-2", "entry-3", "plate-1", "pack-1"}
    assert set(found["entry-2"]) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (found["entry-3"]["kty"], found["entry-3"]["crv"], found["entry-3"]["alg"]) == ("EC", "SM2", "SM2")
    assert [len(found["entry-3"][part]) for part in ("x", "y")] == [43, 43]
