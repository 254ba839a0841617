"""Relays on real shelves and a real outbox, with records that a test makes and changes."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from server.sync.standard_files import load_standard
from services.common.clock import SystemClock
from services.common.mongo import CollectionPlan, Document, Mongo
from services.reservations.reporting.records import slot_record
from services.sync.documents import event_document
from services.sync.envelopes import Envelope
from services.sync.model import OutboxEvent, RecordKind, RecordRef
from services.sync.mongo import OUTBOX
from services.sync.pseudonyms import Pseudonyms
from services.sync.records import Record
from services.sync.relay.model import DeadLetter, Parcel
from services.sync.relay.mongo import MongoDeadLetters, MongoOutboxFeed
from services.sync.relay.mongo.dead_letters import DEAD_LETTERS
from services.sync.relay.ports import DeadLetters
from services.sync.relay.relay import Relay
from services.sync.relay.sorting import Recipient, Sorting
from services.sync.shelves.documents import AtTheRecipient, OnOurOwnShelf
from services.sync.shelves.model import Put
from services.sync.shelves.mongo import MARKS, MongoShelf, target_plans
from services.sync.shelves.ports import Shelf
from tests.factories import make_event, make_slot, new_id
from tests.shelves import SENDER, MemorySource

KIND = RecordKind.SLOT
SLOTS_THERE = CollectionPlan(name=KIND.value, shard_key="_id")
STANDARD = load_standard()
CHANGED_AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
Step = Callable[[], Awaitable[None]]


def make_slot_record(version: int = 1, **changes: Any) -> Record:
    """Return a slot's record that follows the standard unless changes say otherwise."""
    slot = make_slot(venue_id=new_id("ven"), version=version - 1, places_left=10 - version % 10, **changes)
    return slot_record(slot, "310101", CHANGED_AT)


async def no_step() -> None:
    """Go on."""


class Source(MemorySource):
    """Slots; some cannot be read."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        super().__init__(records, KIND)
        self.unreadable: set[str] = set()
        self.reads = 0

    async def several(self, ids: Collection[str]) -> Sequence[Record]:
        self.reads += 1
        if self.unreadable & set(ids):
            raise ValueError("a defect of ours")
        return await super().several(ids)


class CutShelf(MongoShelf):
    """A shelf that meets with something before, between and after what is laid on it."""

    step: Step = staticmethod(no_step)

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        puts: list[Put] = []
        half = len(envelopes) // 2
        for some in (envelopes[:half], envelopes[half:]):
            await self.step()
            puts += await super().put(some)
        await self.step()
        return puts


class CutDeadLetters(MongoDeadLetters):
    """Meets with something before and after letters are kept."""

    step: Step = staticmethod(no_step)

    async def keep(self, letters: Sequence[DeadLetter]) -> None:
        await self.step()
        await super().keep(letters)
        await self.step()


class CutFeed(MongoOutboxFeed):
    """Meets with something in the middle of letting go."""

    step: Step = staticmethod(no_step)

    async def done(self, parcels: Sequence[Parcel]) -> None:
        half = len(parcels) // 2
        for some in (parcels[:half], parcels[half:]):
            await self.step()
            await super().done(some)


class Told:
    """Another platform, and an operator who watches."""

    def __init__(self) -> None:
        self.events: list[OutboxEvent] = []
        self.away: list[str] = []
        self.backs = 0
        self.letters: list[DeadLetter] = []
        self.defects: list[RecordRef] = []
        self.step: Step = no_step

    async def tell(self, events: Sequence[OutboxEvent]) -> None:
        await self.step()
        self.events += events
        await self.step()

    def target_away(self, reason: str) -> None:
        self.away.append(reason)

    def target_back(self) -> None:
        self.backs += 1

    def died(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters

    def defect(self, ref: RecordRef, error: Exception) -> None:  # noqa: ARG002 -- the shape of the port
        self.defects.append(ref)

    def late(self, lag_s: float) -> None:
        raise AssertionError(lag_s)


class Office:
    """An outbox, what its parcels are about, and both shelves."""

    def __init__(self, mongo: Mongo, source: Source) -> None:
        self.mongo = mongo
        self.source = source
        self.told = Told()
        self.dead = CutDeadLetters(mongo)
        self.feed = self.new_feed()
        self.target, self.marks = (self.shelf(layout) for layout in (AtTheRecipient(marks={}), OnOurOwnShelf()))

    @classmethod
    async def open(cls, mongo: Mongo, records: Sequence[Record] = ()) -> "Office":
        await mongo.create_indexes([*target_plans(), MARKS, OUTBOX, DEAD_LETTERS])
        for plan in (SLOTS_THERE, MARKS, OUTBOX, DEAD_LETTERS):
            await mongo.collection(plan).delete_many({})
        return cls(mongo, Source(records))

    def shelf(self, layout: Any, kind: type[MongoShelf] = CutShelf) -> Any:
        return kind(self.mongo, sender=SENDER, layout=layout, clock=SystemClock())

    def new_feed(self, source: Source | None = None) -> CutFeed:
        return CutFeed(self.mongo, sources={KIND: source or self.source}, clock=SystemClock())

    def relay(
        self, *, feed: CutFeed | None = None, target: Shelf | None = None, dead: DeadLetters | None = None
    ) -> Relay:
        """Return a relay as a process has it that has just started."""
        recipient = Recipient(sender=SENDER, pseudonyms=Pseudonyms.for_recipient(bytes(32), "main"))
        sorting = Sorting(
            standard=STANDARD,
            recipient=recipient,
            quality=lambda _, __: (),
            watch=self.told,
            clock=SystemClock(),
        )
        return Relay(
            feeds=[feed or self.feed],
            sorting=sorting,
            target=target or self.target,
            marks=self.marks,
            dead=dead or self.dead,
            telling=self.told,
            watch=self.told,
            clock=SystemClock(),
        )

    def meet_with(self, step: Step) -> None:
        """Let every step of a relay meet with something."""
        for one in (self.target, self.marks, self.dead, self.feed, self.told):
            one.step = step

    async def change(self, *records: Record) -> None:
        """Let records be as they are now, and tell so."""
        self.source.records.update((record.id, record) for record in records)
        await self.tell(*(record.id for record in records))

    async def tell(self, *ids: str) -> None:
        """Write a parcel that names records."""
        event = make_event(ids[0])
        await self.mongo.collection(OUTBOX).insert_one(
            {
                "_id": event.id,
                "told_at": datetime.now(UTC),
                "events": [event_document(event)],
                "records": [[KIND.value, its_id] for its_id in ids],
            }
        )

    async def deliver(self, relay: Relay | None = None) -> None:
        """Let a relay work until nothing waits."""
        working = relay or self.relay()
        async with asyncio.timeout(30):
            while await self.waiting():
                await working.work_once()

    async def waiting(self) -> int:
        return len(await self.mongo.collection(OUTBOX).find({}).to_list())

    async def there(self) -> Mapping[str, Document]:
        """Return what lies at the recipient, by id."""
        return {one["_id"]: one for one in await self.mongo.collection(SLOTS_THERE).find({}).to_list()}

    async def marked(self) -> Mapping[str, Document]:
        """Return what lies on our own shelf, without the time."""
        found = await self.mongo.collection(MARKS).find({}, {"delivered_at": False}).to_list()
        return {one["_id"]: one for one in found}

    async def letters(self) -> Mapping[str, str]:
        """Return why what could not be delivered."""
        found = await self.mongo.collection(DEAD_LETTERS).find({}).to_list()
        return {one["record_id"]: one["reason"] for one in found}

    async def state(self) -> Sequence[Any]:
        """Return everything that a relay leaves behind."""
        return await self.there(), await self.marked(), await self.letters(), await self.waiting()
