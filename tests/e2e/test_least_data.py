"""The main system is told no personal value: looked for in its whole database, after everything that people do."""

from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest

from services.clients.feeding import SETTLED_AFTER
from services.common.mongo import Document
from services.sync.model import RecordKind
from tests.api.conftest import NO_LIMITS, open_house
from tests.api.house import House, accepted
from tests.api.machines import Machine, new_machine
from tests.everyday import People, a_day
from tests.exposure import Dump, has_any, instants_of, numbers_of, traces_of
from tests.patrol_walk import NOW
from tests.processes import Stores, fresh_database_name
from tests.waiting import until

DELIVERED_WITHIN_S = 90
# Told even where nobody looks: of every kind something must have arrived.
EXPECTED = {
    RecordKind.SLOT,
    RecordKind.RESERVATION,
    RecordKind.ADMISSION,
    RecordKind.ITEM,
    RecordKind.ITEM_EVENT,
    RecordKind.OUTLET,
    RecordKind.PLATE,
    RecordKind.SITE_STATUS,
    RecordKind.CHECKLIST,
    RecordKind.CHECK_IN,
    RecordKind.FINDING,
    RecordKind.COMPLAINT,
    RecordKind.PATROL_EVENT,
}
VISITS = {RecordKind.RESERVATION, RecordKind.ADMISSION}


@dataclass(frozen=True, kw_only=True)
class Read:
    """All that one machine client can read of records: the items, and the cursors beside them."""

    items: list[Document]
    cursors: list[str]

    @property
    def everything(self) -> list[Document]:
        return [*self.items, *({"next": one, "raw": urlsafe_b64decode(one + "==")} for one in self.cursors)]


@dataclass(frozen=True, kw_only=True)
class Told:
    """The main system's whole database, what machines read, the sync process's log, and what must be in none."""

    documents: Mapping[str, list[Document]]
    log: str
    people: People
    machines: Sequence[Read]

    @property
    def everything(self) -> list[Document]:
        named = [{"collection": name} for name in self.documents]
        return [*named, *(one for some in self.documents.values() for one in some)]


async def delivered(house: House) -> None:
    """Wait until nothing waits to be told."""

    async def nothing_waits() -> bool:
        return not await house.count("outbox")

    await until(nothing_waits, within_s=DELIVERED_WITHIN_S)


async def read_by_a_machine(house: House, people: People) -> Read:
    """Read every kind from the beginning, until each has come: photos may be worked on, and told of, still."""
    machine, reads = await new_machine(house), [Read(items=[], cursors=[])]

    async def everything_came() -> bool:
        await set_marks_back(house, people)
        reads.append(await read_every_kind(machine))
        return {one["kind"] for one in reads[-1].items} >= EXPECTED

    await until(everything_came, within_s=DELIVERED_WITHIN_S)
    return reads[-1]


async def set_marks_back(house: House, people: People) -> None:
    """Make what was delivered just now old enough to be shown to machines."""
    marks = house.stores.mongo.client[house.config.mongodb.database]["sync_marks"]
    young = datetime.now(UTC) - 2 * SETTLED_AFTER
    async for mark in marks.find({"delivered_at": {"$gt": young}}, {"delivered_at": 1}):
        earlier = mark["delivered_at"] - 5 * SETTLED_AFTER
        await marks.update_one({"_id": mark["_id"]}, {"$set": {"delivered_at": earlier}})
        people.deliveries.append(earlier)


async def read_every_kind(machine: Machine) -> Read:
    """Read a few records a page."""
    read = Read(items=[], cursors=[])
    for kind in RecordKind:
        page: dict[str, Any] = {"more": True}
        while page["more"]:
            after = {"after": page["next"]} if "next" in page else {}
            asked = {"kind": kind.value, "limit": 3, **after}
            page = accepted(await machine.get("/open/records", params=asked))
            read.items.extend(page["items"])
            read.cursors.append(page["next"])
    return read


@pytest.fixture(scope="module")
async def told(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    environment = {**stores.environment(fresh_database_name()), **NO_LIMITS, "CHENGMA_SYNC_PROCESS": "true"}
    people, data_dir = People(), tmp_path_factory.mktemp("least") / "data"
    async with open_house(environment, Path(data_dir)) as house:
        await a_day(house, people)
        await delivered(house)
        main = house.stores.mongo.client[f"{house.config.mongodb.database}_main"]
        names = await main.list_collection_names()
        documents = {name: await main[name].find({}).to_list() for name in names}
        assert await house.count("sync_dead_letters") == 0
        machines = [await read_by_a_machine(house, people) for _ in range(2)]
        yield Told(documents=documents, log=house.server.log("sync"), people=people, machines=machines)


def test_something_of_every_kind_arrived(told: Told) -> None:
    assert {kind for kind in EXPECTED if not told.documents.get(kind.value)} == set()
    assert {one.what for one in told.people.secrets} >= {
        *("name", "document", "phone", "openid", "citizen id", "reservation id", "scan nonce", "entry code"),
        *("user name", "staff id", "contact", "note", "complaint", "answer", "owner's answer", "photo", "submission"),
    }


def test_no_personal_value_is_in_the_main_system_in_any_form(told: Told) -> None:
    dump = Dump(told.everything)
    betrayed = {one.what: ways for one in told.people.secrets if (ways := dump.finds(one))}
    assert betrayed == {}
    assert has_any(dump, (piece for value in told.people.numbers for piece in numbers_of(value))) == []


def test_nobody_can_tell_when_somebody_booked_or_entered(told: Told) -> None:
    visits = [*told.documents["reservation"], *told.documents["admission"]]
    assert has_any(Dump(visits), (piece for at in told.people.instants for piece in instants_of(at))) == []
    whole = Dump(told.everything)
    exact = [piece for at in told.people.instants for piece in instants_of(at)[:2]]
    assert has_any(whole, exact) == []


def test_machines_read_every_kind_and_no_personal_value(told: Told) -> None:
    for read in told.machines:
        assert {one["kind"] for one in read.items} >= EXPECTED
        dump = Dump(read.everything)
        assert {one.what: ways for one in told.people.secrets if (ways := dump.finds(one))} == {}
        assert has_any(dump, (piece for value in told.people.numbers for piece in numbers_of(value))) == []


def test_machines_cannot_tell_when_somebody_booked_or_entered(told: Told) -> None:
    for read in told.machines:
        visits = Read(items=[one for one in read.items if one["kind"] in VISITS], cursors=read.cursors)
        instants = [*told.people.instants, *told.people.deliveries]
        assert has_any(Dump(visits.everything), (piece for at in instants for piece in instants_of(at))) == []


def test_machines_know_visits_by_names_that_nobody_else_has(told: Told) -> None:
    kept = {one["_id"] for kind in VISITS for one in told.documents[kind.value]}
    mine, yours = [{one["id"] for one in read.items if one["kind"] in VISITS} for read in told.machines]
    assert len(mine) == len(yours) == len(kept)
    assert not mine & yours
    for read in told.machines:
        assert has_any(Dump(read.everything), (str(one).encode() for one in kept)) == []
    assert not set(told.machines[0].cursors) & set(told.machines[1].cursors)


def test_the_log_of_the_sync_process_holds_none_either(told: Told) -> None:
    dump = Dump([], told.log)
    assert '"event": "leading"' in told.log
    assert {one.what: ways for one in told.people.secrets if (ways := dump.finds(one))} == {}


def test_whatever_were_betrayed_would_be_found(told: Told) -> None:
    some = told.everything[:50]
    for secret in {one.what: one for one in told.people.secrets}.values():
        for trace in {one.how: one for one in traces_of(secret)}.values():
            spoilt = [*some[:2], {"_id": "x", "data": {"text": _as_value(b"before " + trace.piece + b" after")}}]
            assert trace.how in Dump(spoilt).finds(secret), (secret.what, trace.how)
    planted: list[Document] = [{"_id": told.people.secrets[0].text}, {told.people.secrets[1].text: 1}]
    assert all(Dump([*some, one]).finds(secret) for one, secret in zip(planted, told.people.secrets, strict=False))
    at, number = told.people.instants[0], told.people.numbers[0]
    assert has_any(Dump([*some, {"_id": "x", "value": at}]), instants_of(at))
    assert has_any(Dump([*some, {"_id": "x", "value": number}]), numbers_of(number))


def _as_value(piece: bytes) -> Any:
    """Return what holds these bytes in a document: text where they are one."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return bson.Binary(piece)


def test_an_entry_is_told_to_the_day(told: Told) -> None:
    for one in told.documents["admission"]:
        assert not [value for value in (*one.values(), *one["data"].values()) if isinstance(value, datetime)]
        assert datetime.fromisoformat(one["data"]["admitted_on"]).time() == datetime.min.time()
        assert NOW - timedelta(days=2) < datetime.fromisoformat(one["data"]["admitted_on"] + "T12:00:00+08:00")
