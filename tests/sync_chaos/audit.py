"""Afterwards: the main system against the truth, record by record, and every event exactly once."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from server.sync.parts import SyncParts
from services.common.mongo import CollectionPlan, Document, Mongo
from services.items.mongo.records import ITEM_EVENTS
from services.patrols.mongo import PATROL_EVENTS
from services.sync.envelopes import Envelope, digest_of
from services.sync.model import RecordKind
from services.sync.mongo import OUTBOX
from services.sync.shelves.mongo import MARKS
from tests.sync_chaos.load import Facts

TOLD = ("kind", "version", "standard", "district", "day", "path", "data")
Lying = Mapping[RecordKind, Mapping[str, Document]]


async def truth_of(parts: SyncParts) -> Mapping[RecordKind, Mapping[str, Envelope]]:
    """Return a fresh envelope of every record that there is here, by kind and the recipient's id."""
    truth: dict[RecordKind, dict[str, Envelope]] = {}
    for kind, source in parts.sources.items():
        truth[kind] = {}
        async for records in source.everything():
            for record in records:
                made = parts.sorting.make(record)
                assert isinstance(made, Envelope), made
                truth[kind][made.id] = made
    return truth


async def lying_in(main: Mongo) -> Lying:
    """Return every document of the main system's database that lies where records do."""
    found = {}
    for kind in RecordKind:
        documents = await main.collection(CollectionPlan(name=kind.value, shard_key="_id")).find({}).to_list()
        found[kind] = {str(one["_id"]): one for one in documents}
    return found


async def ensure_equal(parts: SyncParts, main: Mongo) -> Lying:
    """Check that what is ours in the main system is what is true here, and what is marked; return what is ours there.

    The truth is read from the sources anew, and each digest is made of what lies there.
    """
    sender = parts.config.sync.instance
    truth, everything = await truth_of(parts), await lying_in(main)
    ours = {
        kind: {its_id: one for its_id, one in there.items() if one.get("sender") == sender}
        for kind, there in everything.items()
    }
    marks = {one["_id"]: one["digest"] for one in await parts.mongo.collection(MARKS).find({}).to_list()}
    told = {f"{kind}:{its_id}": one.digest for kind, some in truth.items() for its_id, one in some.items()}
    assert marks.items() ^ told.items() == set()
    for kind, some in truth.items():
        assert ours[kind].keys() == some.keys(), kind
        for its_id, envelope in some.items():
            lying = ours[kind][its_id]
            assert lying["digest"] == envelope.digest, (kind, its_id)
            assert (lying["high"], lying["low"], lying["part"]) == (*envelope.checksum, envelope.part)
            assert digest_of({"id": its_id} | {name: lying[name] for name in TOLD}) == envelope.digest, (kind, its_id)
            assert not parts.standard.flaws(kind, lying["data"]), (kind, its_id)
    return ours


async def ensure_nothing_left(parts: SyncParts) -> None:
    """Check that nothing waits, and that nothing could not be delivered."""
    assert await parts.mongo.collection(OUTBOX).find({}).to_list() == []
    assert await parts.dead.count() == {}


async def ensure_once(parts: SyncParts, ours: Lying, facts: Facts) -> None:
    """Check that every event took effect exactly once, and that nobody was told what was lost since."""
    for kind, plan in ((RecordKind.ITEM_EVENT, ITEM_EVENTS), (RecordKind.PATROL_EVENT, PATROL_EVENTS)):
        kept = await parts.mongo.collection(plan).find({}, {"index": True}).to_list()
        # Both logs number their events without gaps.
        assert sorted(one["data"]["log_index"] for one in ours[kind].values()) == list(range(len(kept)))
    entered = Counter[str]()
    for one in ours[RecordKind.ADMISSION].values():
        entered[one["data"]["reservation_id"]] += one["data"]["count"]
    reservations = {its_id: one["data"] for its_id, one in ours[RecordKind.RESERVATION].items()}
    for its_id, data in reservations.items():
        assert data["admitted_count"] == entered[its_id], its_id
        if facts.unknown == 0:
            assert data["admitted_count"] <= data["party_size"]
    _ensure_places(ours, reservations)
    _ensure_known(parts, ours, facts)


def _ensure_places(ours: Lying, reservations: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that slots and reservations, which were told apart, agree."""
    held = Counter[str]()
    for data in reservations.values():
        held[data["slot_id"]] += data["party_size"] if data["status"] == "booked" else 0
    for its_id, one in ours[RecordKind.SLOT].items():
        assert one["data"]["capacity"] - one["data"]["places_left"] == held[its_id], its_id


def _ensure_known(parts: SyncParts, ours: Lying, facts: Facts) -> None:
    """Check what people were told against what the main system says. Where something is unknown, it may be more."""

    def pseudonym(its_id: str) -> str:
        return parts.pseudonyms.of("reservation", its_id)

    reservations = {its_id: one["data"] for its_id, one in ours[RecordKind.RESERVATION].items()}
    told = {pseudonym(its_id): count for its_id, count in facts.entered.items()}
    cancelled = {pseudonym(its_id) for its_id in facts.cancelled}
    versions = {its_id: ours[RecordKind.ITEM][its_id]["version"] for its_id in facts.items}
    sites = {its_id: ours[RecordKind.SITE_STATUS][its_id]["version"] for its_id in facts.sites}
    gone = {its_id for its_id in told if reservations[its_id]["status"] == "cancelled"}
    entered = {its_id: reservations[its_id]["admitted_count"] for its_id in told}
    if not facts.unknown:
        assert len(reservations) == len(told)
        assert (gone, entered, versions, sites) == (cancelled, told, dict(facts.items), facts.sites)
    assert gone >= cancelled
    assert all(entered[its_id] >= count for its_id, count in told.items())
    assert all(versions[its_id] >= count for its_id, count in facts.items.items())
