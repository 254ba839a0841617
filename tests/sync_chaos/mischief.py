"""What foreign hands do in a main system's database: each thing is remembered, so that the audit can look for it."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from services.common.mongo import CollectionPlan, Document, Mongo
from services.sync.model import RecordKind
from tests.shelves import invented_digest
from tests.waiting import until

KINDS = (RecordKind.RESERVATION, RecordKind.ADMISSION, RecordKind.ITEM, RecordKind.SLOT, RecordKind.ITEM_EVENT)
ENOUGH = 30
WORK_WITHIN_S = 120.0


@dataclass(kw_only=True)
class Mischief:
    """Spoils documents of `sender` in `main`; `foreign` are documents of somebody else, which must survive."""

    main: Mongo
    sender: str
    luck: random.Random
    done: list[str] = field(default_factory=list)
    foreign: list[tuple[RecordKind, str]] = field(default_factory=list)

    async def wait_for_work(self) -> None:
        """Return when there is enough of ours to be spoilt."""

        async def enough() -> bool:
            there = self._collection(RecordKind.RESERVATION)
            return int(await there.count_documents({"sender": self.sender})) >= ENOUGH

        await until(enough, within_s=WORK_WITHIN_S)

    async def spoil(self, times: int) -> None:
        """Do so much, of all sorts."""
        sorts: list[Callable[[RecordKind], Awaitable[bool]]] = [
            self._make_stale,
            self._make_newer,
            self._alter,
            self._spoil_contents,
            self._take_over,
            self._remove,
            self._add_surplus,
            self._add_foreign,
        ]
        for number in range(times):
            sort = sorts[number % len(sorts)]
            if await sort(self.luck.choice(KINDS)):
                self.done.append(sort.__name__)

    def _collection(self, kind: RecordKind) -> Any:
        return self.main.collection(CollectionPlan(name=kind.value, shard_key="_id"))

    async def _one(self, kind: RecordKind) -> Document | None:
        """Return one of ours."""
        found = await self._collection(kind).find({"sender": self.sender}).limit(200).to_list()
        return self.luck.choice(found) if found else None

    async def _set(self, kind: RecordKind, **changes: Any) -> bool:
        one = await self._one(kind)
        if one is not None:
            await self._collection(kind).update_one({"_id": one["_id"]}, {"$set": changes})
        return one is not None

    async def _make_stale(self, kind: RecordKind) -> bool:
        """Put an earlier version back, as a restored backup does."""
        return await self._set(kind, version=0, digest=invented_digest(), high=1, low=1)

    async def _make_newer(self, kind: RecordKind) -> bool:
        return await self._set(kind, version=1_000_000, digest=invented_digest(), high=2, low=2)

    async def _alter(self, kind: RecordKind) -> bool:
        return await self._set(kind, digest=invented_digest(), high=3, low=3)

    async def _spoil_contents(self, kind: RecordKind) -> bool:
        """Change what a document says, and leave its digest as it was."""
        return await self._set(kind, **{"data.venue_id": "ven_00000000000000000000000000"})

    async def _take_over(self, kind: RecordKind) -> bool:
        """Let somebody else's document lie where one of ours belongs."""
        one = await self._one(kind)
        if one is not None:
            await self._collection(kind).replace_one({"_id": one["_id"]}, {"text": "示例", "sender": "somebody-else"})
        return one is not None

    async def _remove(self, kind: RecordKind) -> bool:
        one = await self._one(kind)
        if one is not None:
            await self._collection(kind).delete_one({"_id": one["_id"]})
        return one is not None

    async def _add_surplus(self, kind: RecordKind) -> bool:
        """Add what never was, under our name."""
        one = await self._one(kind)
        if one is not None:
            await self._collection(kind).insert_one({**one, "_id": f"{kind}-{ULID()}".lower()})
        return one is not None

    async def _add_foreign(self, kind: RecordKind) -> bool:
        """Add what is somebody else's, at an id that nobody of ours has."""
        its_id = f"foreign-{ULID()}"
        await self._collection(kind).insert_one({"_id": its_id, "written": datetime.now(UTC)})
        self.foreign.append((kind, its_id))
        return True
