"""Quality in the database: what was delivered is walked and counted, and what was measured is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.sync.quality import measuring
from server.sync.standard_files import load_standard
from services.common.mongo import Mongo
from services.sync.envelopes import Envelope, wrap
from services.sync.model import RecordKind, RecordRef
from services.sync.pseudonyms import Pseudonyms
from services.sync.quality.errors import QualityNotMeasured, QualityRuleUnknown, RecordKindUnknown
from services.sync.quality.measuring import Measuring
from services.sync.quality.model import Dimension
from services.sync.quality.mongo import QUALITY, MongoMarks, MongoQuality
from services.sync.quality.reading import QualityReading
from services.sync.quality.spans import MOST_AT_ONCE
from services.sync.records import Record
from services.sync.relay.model import DeadLetter, DeadReason
from services.sync.relay.mongo.dead_letters import DEAD_LETTERS, MongoDeadLetters
from services.sync.shelves.documents import OnOurOwnShelf
from services.sync.shelves.mongo import MARKS, MongoShelf
from services.sync.standard.model import Flaw
from tests.factories import new_id

STANDARD = load_standard()
CHANGED_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
OBJECTIVE_S = 60


class Stopped:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


@pytest.fixture
async def empty(mongo: Mongo) -> Mongo:
    for plan in (MARKS, DEAD_LETTERS, QUALITY):
        await mongo.collection(plan).delete_many({})
    return mongo


def plate(plate_id: str, site_id: str, **said: Any) -> Record:
    data: dict[str, Any] = {
        "id": plate_id,
        "site_id": site_id,
        "site_kind": "outlet",
        "kid": 1,
        "state": "current",
        "issued_on": "2026-11-22",
        "ended_on": None,
        "end_reason": None,
        "replaced_by": None,
    }
    return Record(
        kind=RecordKind.PLATE,
        id=plate_id,
        version=1,
        district_id="310101",
        day=date(2026, 11, 22),
        changed_at=CHANGED_AT,
        data={**data, **said},
    )


def enveloped(record: Record) -> Envelope:
    return wrap(record, STANDARD.schema(record.kind), Pseudonyms.for_recipient(b"k" * 32, "main"), "chengma")


async def deliver(mongo: Mongo, records: Sequence[Record], after: timedelta = timedelta(seconds=1)) -> None:
    clock = Stopped(CHANGED_AT + after)
    shelf = MongoShelf(mongo, sender="chengma", layout=OnOurOwnShelf(), clock=clock)
    await shelf.put([enveloped(record) for record in records])


def measuring_of(mongo: Mongo) -> Measuring:
    return measuring(mongo, STANDARD, Stopped(CHANGED_AT), lag_objective_s=OBJECTIVE_S)


async def test_marks_come_in_batches_each_once(empty: Mongo) -> None:
    site = new_id("otl")
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(4)]
    # One day is more than is asked for at once; the others fit together.
    sizes = (MOST_AT_ONCE + 1, 3, MOST_AT_ONCE - 3, 1)
    plates = [
        replace(plate(new_id("plt"), site), day=day, district_id=district)
        for district in ("310101", "310115")
        for day, size in zip(days, sizes, strict=True)
        for _ in range(size)
    ]
    await deliver(empty, plates)
    batches = [batch async for batch in MongoMarks(empty).of_kind(RecordKind.PLATE)]
    found = [mark for batch in batches for mark in batch]
    assert max(map(len, batches)) == MOST_AT_ONCE
    assert sorted(mark.source_id for mark in found) == sorted(one.id for one in plates)
    assert {mark.references for mark in found} == {(f"outlet:{site}",)}
    assert [batch async for batch in MongoMarks(empty).of_kind(RecordKind.SLOT)] == []
    ids = [mark.id for mark in found]
    assert await MongoMarks(empty).known([*ids, "plate:none"]) == set(ids)


async def test_each_quality_is_found_lacking_where_it_is(empty: Mongo) -> None:
    good, late, dangling, refused = (new_id("plt") for _ in range(4))
    await deliver(empty, [plate(good, new_id("ven"), site_kind="venue")])
    await deliver(empty, [plate(late, new_id("ven"), site_kind="venue")], after=timedelta(seconds=OBJECTIVE_S + 1))
    await deliver(empty, [plate(dangling, new_id("otl"))])
    await MongoDeadLetters(empty).keep(
        [
            letter(refused, DeadReason.OFF_STANDARD),
            letter(new_id("plt"), DeadReason.MISSING),
        ]
    )
    measured = await measuring_of(empty).measure_kind(RecordKind.PLATE)
    assert (measured.counted, measured.delivered) == (4, 3)
    assert measured.kept == {
        Dimension.VALID: 3,
        Dimension.COMPLETE: 3,
        Dimension.TIMELY: 2,
        Dimension.CONSISTENT: 2,
    }
    assert {(one.rule, one.id) for one in measured.offenders} == {
        ("standard", refused),
        ("late", late),
        ("unresolved:outlet", dangling),
    }


def letter(plate_id: str, reason: DeadReason) -> DeadLetter:
    flaws = (Flaw(path="state", rule="enum"),)
    return DeadLetter(ref=RecordRef(kind=RecordKind.PLATE, id=plate_id), reason=reason, flaws=flaws, since=CHANGED_AT)


async def test_a_plate_replaced_by_a_known_one_resolves(empty: Mongo) -> None:
    first, second = new_id("plt"), new_id("plt")
    ended = {"state": "replaced", "ended_on": "2026-11-22", "end_reason": "lost", "replaced_by": second}
    await deliver(empty, [plate(first, new_id("ven"), site_kind="venue", **ended)])
    assert (await measuring_of(empty).measure_kind(RecordKind.PLATE)).broken == {"unresolved:plate": 1}
    await deliver(empty, [plate(second, new_id("ven"), site_kind="venue")])
    assert (await measuring_of(empty).measure_kind(RecordKind.PLATE)).broken == {}


async def test_what_was_measured_is_read_again(empty: Mongo) -> None:
    reading = QualityReading(store=MongoQuality(empty), standard=STANDARD)
    assert await reading.all() == []
    with pytest.raises(QualityNotMeasured):
        await reading.of_kind("plate", None)
    await deliver(empty, [plate(new_id("plt"), new_id("otl"))], after=timedelta(seconds=OBJECTIVE_S + 1))
    walked = [measured async for measured in measuring_of(empty).measure()]
    assert [one.kind for one in walked] == list(RecordKind)
    assert list(await reading.all()) == walked
    plates = await reading.of_kind("plate", None)
    assert {one.rule for one in plates.offenders} == {"late", "unresolved:outlet"}
    only = await reading.of_kind("plate", "late")
    assert [one.rule for one in only.offenders] == ["late"]
    assert only.broken == plates.broken
    with pytest.raises(QualityRuleUnknown):
        await reading.of_kind("plate", "missing:uscc")
    with pytest.raises(RecordKindUnknown):
        await reading.of_kind("thing", None)
    await empty.collection(MARKS).delete_many({})
    again = [measured async for measured in measuring_of(empty).measure()]
    assert list(await reading.all()) == again
    assert again[list(RecordKind).index(RecordKind.PLATE)].total is None
