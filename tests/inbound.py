"""The main system's reference data on the real database, and who follows it."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from server.sync.inbound import build_following, build_receivers
from services.common.clock import Clock, SystemClock
from services.common.mongo import Mongo
from services.common.newest import EARLIEST
from services.sync.inbound.following import Following
from services.sync.inbound.model import Conflict, FollowingMode, Link, ReferenceKind, RefusedReference
from services.sync.inbound.mongo.here import MongoConflicts, MongoLinks, MongoPositions, MongoRefused
from services.sync.inbound.mongo.main import COLLECTION_OF, MongoMain
from services.sync.inbound.places import LATEST
from tests.outlets import USCC, PlainCipher

DIVISION, VENUE, OUTLET = ReferenceKind.DIVISION, ReferenceKind.VENUE, ReferenceKind.OUTLET
INSPECTOR, ITEM_TYPE = ReferenceKind.INSPECTOR, ReferenceKind.ITEM_TYPE
SOUND: Mapping[ReferenceKind, Mapping[str, Any]] = {
    DIVISION: {
        "code": "310101",
        "city_code": "310000",
        "name": "黄浦区",
        "name_en": "Huangpu",
        "pinyin": "huang pu qu",
    },
    VENUE: {
        "name": "示例寺",
        "name_en": "Example temple",
        "pinyin": "shi li si",
        "kind": "buddhist_temple",
        "address": "示例路1号（虚构地址）",
        "district_code": "310101",
        "organisation_key": None,
        "position": {"lng": 121.4752, "lat": 31.2304},
    },
    OUTLET: {
        "name": "示例清真餐厅",
        "name_en": "Example halal restaurant",
        "kind": "restaurant",
        "address": "示例路2号（虚构地址）",
        "district_code": "310101",
        "uscc": USCC,
        "licence": {
            "number": "示例-0001",
            "issuer": "示例发证机关",
            "valid_from": "2026-01-01",
            "valid_to": "2028-12-31",
            "scope": "餐饮服务",
        },
        "position": {"lng": 121.483, "lat": 31.227},
    },
    INSPECTOR: {"username": "jcy-001", "division_codes": ["310101"], "active": True},
    ITEM_TYPE: {
        "owner_code": "310101",
        "name": "示例物品",
        "name_en": "Example item",
        "attributes_schema": {"type": "object", "properties": {"material": {"type": "string"}}},
        "public_attributes": ["material"],
        "required_inspections": [{"name": "防火检查", "every_days": 90}],
    },
}


@dataclass
class Flags:
    """Notes which sessions ended."""

    ended: list[str] = field(default_factory=list)

    async def note_live(self, session_ids: Collection[str]) -> None:
        """Nothing to note."""

    async def note_ended(self, session_id: str) -> None:
        self.ended.append(session_id)


class Office:
    """Whoever writes the main system's reference data."""

    def __init__(self, mongo: Mongo, database: str) -> None:
        self.database = mongo.client[database]

    async def say(self, kind: ReferenceKind, key: str, version: int, **changes: Any) -> None:
        await self.put(kind, key, version=version, data={**SOUND[kind], **changes})

    async def put(self, kind: ReferenceKind, key: Any, **fields: Any) -> None:
        document = {"updated_at": datetime.now(UTC), **fields}
        await self.database[COLLECTION_OF[kind]].replace_one({"_id": key}, document, upsert=True)

    async def remove(self, kind: ReferenceKind, key: str) -> None:
        await self.database[COLLECTION_OF[kind]].delete_one({"_id": key})

    async def empty(self) -> None:
        for name in COLLECTION_OF.values():
            await self.database[name].delete_many({})


class LaterClock:
    """The machine's clock, some time ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


@dataclass
class Town:
    """Our side."""

    mongo: Mongo
    office: Office
    flags: Flags = field(default_factory=Flags)

    def main(self) -> MongoMain:
        return MongoMain(self.mongo.client, self.office.database.name)

    def following(
        self, mode: FollowingMode = FollowingMode.STREAM, main: MongoMain | None = None, clock: Clock | None = None
    ) -> Following:
        """Return a follower as a new process has it."""
        receivers = build_receivers(self.mongo, PlainCipher(), self.flags)
        return build_following(self.mongo, main or self.main(), receivers, clock or SystemClock(), mode)

    @property
    def positions(self) -> MongoPositions:
        return MongoPositions(self.mongo)

    async def compare(self) -> None:
        await self.following().compare()

    async def catch_up(self, following: Following | None = None) -> int:
        """Follow the stream until nothing more comes; return how many changes were taken."""
        taken = 0

        async def work(step: Callable[[], Awaitable[int]]) -> None:
            nonlocal taken
            while count := await step():
                taken += count

        await (following or self.following()).follow_stream(work)
        return taken

    async def conflicts(self) -> list[Conflict]:
        store = MongoConflicts(self.mongo)
        found = await store.several([its_id for _, its_id in await store.between(None, EARLIEST, LATEST)])
        return sorted(found.values(), key=lambda one: one.seen_at)

    async def refused(self) -> dict[str, RefusedReference]:
        store = MongoRefused(self.mongo)
        return dict(await store.several([its_id for _, its_id in await store.between(EARLIEST, LATEST)]))

    async def link(self, kind: ReferenceKind, key: str) -> Link:
        found = await MongoLinks(self.mongo).find(f"{kind}:{key}")
        assert found is not None
        return found
