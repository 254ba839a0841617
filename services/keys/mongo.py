"""Keys in the database, each wrapped by the field cipher; and that cipher itself."""

import base64
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from bson.binary import STANDARD, UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.encryption_shared import Algorithm
from pymongo.errors import DuplicateKeyError, EncryptionError

from services.common.mongo import Client, CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.protection import FieldCipher
from services.keys.errors import KeysChanged, MasterKeyMismatch
from services.keys.model import (
    Ending,
    Key,
    KeyAlgorithm,
    KeyChange,
    KeyPurpose,
    Keys,
    KeyState,
    RevocationReason,
)

KEYS = CollectionPlan(name="keys", shard_key="_id")
COLLECTIONS = (KEYS,)
VAULT_COLLECTION = "field_keys"
FIELD_KEY_NAME = "personal-fields-1"
ALGORITHM = Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random
SECRET_BYTES = 32


class MongoFieldCipher:
    """MongoDB's explicit client-side field-level encryption (AEAD_AES_256_CBC_HMAC_SHA_512).

    The data key lies in the database, wrapped by the master key, which never does. A process fetches it once.
    """

    def __init__(self, encryption: AsyncClientEncryption[Document]) -> None:
        self._encryption = encryption
        self._data_key: Binary | None = None

    @classmethod
    async def open(cls, client: Client, database: str, master_key: bytes) -> "MongoFieldCipher":
        """Open the key vault, and make the data key if this is the first start."""
        encryption: AsyncClientEncryption[Document] = AsyncClientEncryption(
            {"local": {"key": master_key}},
            f"{database}.{VAULT_COLLECTION}",
            client,
            CodecOptions(uuid_representation=STANDARD, tz_aware=True),
            key_expiration_ms=0,  # never: to fetch it anew each minute held every request up for milliseconds
        )
        return cls(encryption)

    async def make_data_key(self, vault: Mongo) -> None:
        """Make the data key unless another process just did.

        The vault's usual unique index on `keyAltNames` makes the name decide who was first.
        """
        async with translated_failures():
            collection = vault.collection(CollectionPlan(name=VAULT_COLLECTION, shard_key="_id"))
            await collection.create_index(
                "keyAltNames", unique=True, partialFilterExpression={"keyAltNames": {"$exists": True}}
            )
            if await self._encryption.get_key_by_alt_name(FIELD_KEY_NAME) is not None:
                return
            try:
                await self._encryption.create_data_key("local", key_alt_names=[FIELD_KEY_NAME])
            except (DuplicateKeyError, EncryptionError):
                if await self._encryption.get_key_by_alt_name(FIELD_KEY_NAME) is None:
                    raise

    async def encrypt(self, text: str) -> bytes:
        """Return the ciphertext of `text`; its first bytes name the algorithm and the key."""
        if self._data_key is None:
            return await self._encrypt_first(text)
        return bytes(await self._encryption.encrypt(text, ALGORITHM, key_id=self._data_key))

    async def _encrypt_first(self, text: str) -> bytes:
        async with translated_failures():
            ciphertext = await self._encryption.encrypt(text, ALGORITHM, key_alt_name=FIELD_KEY_NAME)
        # Behind the byte of the algorithm: to name the key costs less than to name its name.
        self._data_key = Binary(ciphertext[1:17], UUID_SUBTYPE)
        return bytes(ciphertext)

    async def decrypt(self, ciphertext: bytes) -> str:
        """Return the text; raises MasterKeyMismatch when the master key is another one."""
        try:
            async with translated_failures():
                return str(await self._encryption.decrypt(Binary(ciphertext, 6)))
        except EncryptionError as error:
            raise MasterKeyMismatch(
                "the data here was protected under another master key: start with the one it was made with"
            ) from error

    async def close(self) -> None:
        """Release what the driver holds for encryption."""
        await self._encryption.close()


class MongoKeys:
    """The key store; `_id` is purpose and number, so two processes cannot both make number 1."""

    def __init__(self, mongo: Mongo, cipher: FieldCipher) -> None:
        self._mongo = mongo
        self._collection = mongo.collection(KEYS)
        self._cipher = cipher

    async def make_missing(self, now: datetime) -> None:
        """Make number 1 of every purpose that has no key yet."""
        async with translated_failures():
            for purpose in KeyPurpose:
                if await self._collection.find_one({"_id": f"{purpose}:1"}) is None:
                    await self._make(purpose, now)

    async def _make(self, purpose: KeyPurpose, now: datetime) -> None:
        secret = secrets.token_bytes(SECRET_BYTES)
        key = Key(purpose=purpose, kid=1, state=KeyState.ACTIVE, secret=secret, created_at=now)
        with suppress(DuplicateKeyError):
            await self._collection.insert_one(await self._document(key))

    async def change(self, change: KeyChange) -> None:
        """Make the change in one transaction; raises KeysChanged if the keys are no longer as it supposes."""
        added = None if change.added is None else await self._document(change.added)

        async def work(session: Session) -> None:
            if await self._is_done(added, change, session):
                return
            if added is not None:
                await self._collection.insert_one(added, session=session)
            for ending in change.ended:
                await self._end(ending, session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            raise KeysChanged from None

    async def _is_done(self, added: Document | None, change: KeyChange, session: Session) -> bool:
        """Tell whether an earlier run of the same change took effect, and only its answer was lost."""
        if added is not None:
            # Wrapped, a secret never looks the same twice: this document is ours or nobody's.
            return (
                await self._collection.find_one({"_id": added["_id"], "secret": added["secret"]}, session=session)
                is not None
            )
        ended = [_ended(ending.key) | {"_id": ending.key.id} for ending in change.ended]
        return all([await self._collection.find_one(one, session=session) is not None for one in ended])

    async def _end(self, ending: Ending, session: Session) -> None:
        now_and_then = {"_id": ending.key.id, "state": ending.before}
        result = await self._collection.update_one(now_and_then, {"$set": _ended(ending.key)}, session=session)
        if result.modified_count != 1:
            raise KeysChanged

    async def states(self) -> Mapping[str, KeyState]:
        """Return the state of each key by its id."""
        async with translated_failures():
            documents = await self._collection.find({}, {"purpose": 1, "state": 1}).to_list()
        return {document["_id"]: KeyState(document["state"]) for document in documents if _is_known(document)}

    async def load(self) -> Keys:
        """Return all keys, unwrapped, in the order of their numbers; raises MasterKeyMismatch."""
        async with translated_failures():
            documents = await self._collection.find({}).to_list()
        keys = [await self._read(document) for document in documents if _is_known(document)]
        return Keys(all=tuple(sorted(keys, key=lambda key: (key.purpose, key.kid))))

    async def _read(self, document: Document) -> Key:
        reason = document.get("revoked_for")
        return Key(
            purpose=KeyPurpose(document["purpose"]),
            kid=document["kid"],
            state=KeyState(document["state"]),
            algorithm=KeyAlgorithm(document.get("algorithm", KeyAlgorithm.ED25519)),
            secret=base64.b64decode(await self._cipher.decrypt(document["secret"])),
            created_at=document["created_at"],
            retired_at=document.get("retired_at"),
            revoked_at=document.get("revoked_at"),
            revoked_for=None if reason is None else RevocationReason(reason),
        )

    async def _document(self, key: Key) -> Document:
        return {
            "_id": key.id,
            "purpose": key.purpose,
            "kid": key.kid,
            "state": key.state,
            "algorithm": key.algorithm,
            "secret": await self._cipher.encrypt(base64.b64encode(key.secret).decode()),
            "created_at": key.created_at,
        }


def _ended(key: Key) -> Document:
    """Return the fields that the end of a key sets."""
    return {
        "state": key.state,
        "retired_at": key.retired_at,
        "revoked_at": key.revoked_at,
        "revoked_for": key.revoked_for,
    }


def _is_known(document: Document) -> bool:
    """Tell whether this version has a use for the key; a newer one may have made others beside it."""
    return document["purpose"] in set(KeyPurpose)
