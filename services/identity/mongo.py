"""Accounts, failed log-ins and sessions in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.mongo import Session as MongoSession
from services.identity.documents import read_staff, scope_documents, staff_document
from services.identity.model import Attempts, Role, Scope, SecondFactor, Session, StaffAccount

OPENIDS = CollectionPlan(name="openids", shard_key="_id")
CITIZENS = CollectionPlan(name="citizens", shard_key="_id")
# Its `_id` is the user name, which so belongs to one account on any number of shards.
USERNAMES = CollectionPlan(name="usernames", shard_key="_id", indexes=(IndexModel("folded"),))
STAFF = CollectionPlan(
    name="staff",
    shard_key="_id",
    indexes=(IndexModel("demo"), IndexModel([("role", ASCENDING), ("scopes.id", ASCENDING)])),
)
LOG_IN_ATTEMPTS = CollectionPlan(
    name="log_in_attempts", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),)
)
SESSIONS = CollectionPlan(
    name="sessions",
    shard_key="_id",
    indexes=(IndexModel("actor_id"), IndexModel("expires_at", expireAfterSeconds=0)),
)
COLLECTIONS = (OPENIDS, CITIZENS, USERNAMES, STAFF, LOG_IN_ATTEMPTS, SESSIONS)


class MongoCitizens:
    """Citizens: `openids` decides who is who, `citizens` holds what is kept about each."""

    def __init__(self, mongo: Mongo) -> None:
        self._openids = mongo.collection(OPENIDS)
        self._citizens = mongo.collection(CITIZENS)

    async def get_or_add(self, *, openid_digest: str, openid: bytes, new_id: str, now: datetime) -> str:
        """Return the citizen's id; `new_id` becomes it when nobody has the digest yet."""
        async with translated_failures():
            known = await self._openids.find_one({"_id": openid_digest})
            if known is None:
                known = await self._add(openid_digest, new_id)
            citizen_id = str(known["citizen_id"])
            # Repeated on every log-in: a process killed between the two writes is mended by the next one.
            await self._citizens.update_one(
                {"_id": citizen_id}, {"$setOnInsert": {"openid": openid, "created_at": now}}, upsert=True
            )
        return citizen_id

    async def find_openid(self, citizen_id: str) -> bytes | None:
        """Return the citizen's openid, encrypted; None when there is no such citizen."""
        async with translated_failures():
            document = await self._citizens.find_one({"_id": citizen_id}, {"openid": 1})
        return None if document is None else bytes(document["openid"])

    async def _add(self, openid_digest: str, new_id: str) -> Document:
        document = {"_id": openid_digest, "citizen_id": new_id}
        try:
            await self._openids.insert_one(document)
        except DuplicateKeyError:
            first = await self._openids.find_one({"_id": openid_digest})
            return first or document
        return document


class MongoStaff:
    """Staff accounts; few, read on log-in and refresh."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._usernames = mongo.collection(USERNAMES)
        self._collection = mongo.collection(STAFF)

    async def find_by_username(self, username: str) -> StaffAccount | None:
        """Return the account, if there is one."""
        async with translated_failures():
            owner = await self._usernames.find_one({"_id": username})
        return None if owner is None else await self.find(owner["account_id"])

    async def find(self, account_id: str) -> StaffAccount | None:
        """Return the account, if there is one."""
        async with translated_failures():
            document = await self._collection.find_one({"_id": account_id})
        return None if document is None else read_staff(document)

    async def add(self, account: StaffAccount) -> bool:
        """Add an account together with its user name; False when the name, or the id, is taken."""

        async def work(session: MongoSession) -> None:
            name = {"_id": account.username, "account_id": account.id, "folded": account.username.casefold()}
            await self._usernames.insert_one(name, session=session)
            await self._collection.insert_one({"_id": account.id, **staff_document(account)}, session=session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            return False
        return True

    async def is_like_another(self, username: str) -> bool:
        """Tell whether somebody has a user name that differs from this one by case only."""
        folded = username.casefold()
        async with translated_failures():
            # Names of before have no `folded`: they are few, and compared here.
            found = self._usernames.find({"folded": {"$in": [folded, None]}}, {"_id": 1}, batch_size=1000)
            names = [str(document["_id"]) async for document in found]
        return any(name != username and name.casefold() == folded for name in names)

    async def inspectors_within(self, scopes: Collection[Scope]) -> Sequence[StaffAccount]:
        """Return the active inspectors who have one of these scopes, in the order of their ids."""
        found: dict[str, StaffAccount] = {}
        async with translated_failures():
            for its_id in {scope.id for scope in scopes}:
                cursor = self._collection.find({"role": Role.INSPECTOR.value, "scopes.id": its_id}, batch_size=1000)
                found.update({document["_id"]: read_staff(document) async for document in cursor})
        active = [found[one] for one in sorted(found) if found[one].active]
        return [one for one in active if not set(one.scopes).isdisjoint(scopes)]

    async def replace_password(self, account_id: str, password_hash: str) -> bool:
        """Set another password; False when there is no such account."""
        async with translated_failures():
            changes = {"$set": {"password_hash": password_hash}}
            return (await self._collection.update_one({"_id": account_id}, changes)).matched_count == 1

    async def claim_standing(self, account_id: str, *, scopes: tuple[Scope, ...], active: bool, fence: int) -> bool:
        """Set both; False when they were set under as high a fence, or there is no such account."""
        guard: Document = {"_id": account_id, "received_under": {"$not": {"$gte": fence}}}
        changes = {"scopes": scope_documents(scopes), "active": active, "received_under": fence}
        async with translated_failures():
            result = await self._collection.update_one(guard, {"$set": changes})
        return result.matched_count == 1

    async def remove_demo(self) -> Sequence[str]:
        """Remove every demo account and return their ids."""
        async with translated_failures():
            accounts = [read_staff(document) async for document in self._collection.find({"demo": True})]

        async def work(session: MongoSession) -> None:
            await self._collection.delete_many({"_id": {"$in": [one.id for one in accounts]}}, session=session)
            await self._usernames.delete_many({"_id": {"$in": [one.username for one in accounts]}}, session=session)

        if accounts:
            await self._mongo.transact(work)
        return [account.id for account in accounts]

    async def replace_second_factor(
        self, account_id: str, *, seen: SecondFactor | None, then: SecondFactor | None
    ) -> bool:
        """Replace the secret that was `seen` by `then`; False when it is no longer there, or as it was."""
        guard: Document = {"second_factor": None}
        if seen is not None:
            guard = {"second_factor.ciphertext": seen.ciphertext, "second_factor.confirmed": seen.confirmed}
        value = then and {"ciphertext": then.ciphertext, "confirmed": then.confirmed, "last_step": then.last_step}
        async with translated_failures():
            result = await self._collection.update_one({"_id": account_id, **guard}, {"$set": {"second_factor": value}})
        return result.matched_count == 1

    async def claim_otp_step(self, account_id: str, step: int) -> bool:
        """Take a TOTP step for this account; False when it, or a later one, was used already."""
        async with translated_failures():
            result = await self._collection.update_one(
                {"_id": account_id, "second_factor.last_step": {"$lt": step}},
                {"$set": {"second_factor.last_step": step}},
            )
        return result.modified_count == 1


class MongoAttempts:
    """Failed log-ins by digest of the user name; forgotten by themselves after a day."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(LOG_IN_ATTEMPTS)

    async def get(self, username_digest: str) -> Attempts:
        """Return the failures in a row; none for an unknown digest."""
        async with translated_failures():
            document = await self._collection.find_one({"_id": username_digest})
        if document is None:
            return Attempts(failures=0, locked_until=None)
        return Attempts(failures=document["failures"], locked_until=document["locked_until"])

    async def claim(self, username_digest: str, *, seen: Attempts, then: Attempts, expires_at: datetime) -> bool:
        """Replace what was `seen` by `then`; False when somebody else was faster."""
        changed = {"failures": then.failures, "locked_until": then.locked_until, "expires_at": expires_at}
        async with translated_failures():
            try:
                result = await self._collection.update_one(
                    {"_id": username_digest, "failures": seen.failures, "locked_until": seen.locked_until},
                    {"$set": changed},
                    upsert=seen.failures == 0,
                )
            except DuplicateKeyError:
                return False
        return result.matched_count == 1 or result.upserted_id is not None

    async def forget(self, username_digest: str) -> None:
        """Start again from no failures."""
        async with translated_failures():
            await self._collection.delete_one({"_id": username_digest})


class MongoSessions:
    """Sessions; the database forgets them by itself once they have expired."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(SESSIONS)

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        async with translated_failures():
            await self._collection.insert_one(
                {
                    "_id": session.id,
                    "actor_id": session.actor_id,
                    "role": session.role,
                    "generation": session.generation,
                    "started_at": session.started_at,
                    "expires_at": session.expires_at,
                    "ended_at": session.ended_at,
                }
            )

    async def find(self, session_id: str) -> Session | None:
        """Return the session, if it is still kept."""
        async with translated_failures():
            document = await self._collection.find_one({"_id": session_id})
        if document is None:
            return None
        return Session(
            id=document["_id"],
            actor_id=document["actor_id"],
            role=Role(document["role"]),
            generation=document["generation"],
            started_at=document["started_at"],
            expires_at=document["expires_at"],
            ended_at=document["ended_at"],
        )

    async def find_living(self, session_ids: Sequence[str]) -> Collection[str]:
        """Return those that are kept and have not ended."""
        async with translated_failures():
            found = self._collection.find({"_id": {"$in": session_ids}}, {"ended_at": 1})
            return {str(document["_id"]) async for document in found if document["ended_at"] is None}

    async def claim_generation(self, session_id: str, generation: int) -> bool:
        """Use up a refresh token: True once for each generation, while the session lives."""
        async with translated_failures():
            result = await self._collection.update_one(
                {"_id": session_id, "generation": generation, "ended_at": None}, {"$inc": {"generation": 1}}
            )
        return result.modified_count == 1

    async def claim_longer(self, session_id: str, expires_at: datetime) -> bool:
        """Let the session last until then; False when it has ended, or is kept no more."""
        async with translated_failures():
            result = await self._collection.update_one(
                {"_id": session_id, "ended_at": None}, {"$set": {"expires_at": expires_at}}
            )
        return result.matched_count == 1

    async def end(self, session_id: str, now: datetime) -> None:
        """End the session for good."""
        async with translated_failures():
            await self._collection.update_one({"_id": session_id, "ended_at": None}, {"$set": {"ended_at": now}})

    async def end_all_of(self, actor_id: str, now: datetime) -> Sequence[str]:
        """End every session of an actor and return their ids."""
        async with translated_failures():
            found = self._collection.find({"actor_id": actor_id, "ended_at": None}, {"_id": 1})
            ids = [str(document["_id"]) async for document in found]
        for session_id in ids:
            await self.end(session_id, now)
        return ids
