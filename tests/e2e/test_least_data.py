"""The main system is told no personal value: looked for in its whole database, after everything that people do."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from ulid import ULID

from services.common.clock import UlidSource
from services.common.mongo import Document
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from services.sync.model import RecordKind
from tests.api.conftest import NO_LIMITS, open_house
from tests.api.house import Caller, House, accepted, unique
from tests.api.phones import Phone
from tests.api.plate_scans import filed, hang_plate, open_outlet
from tests.api.stock import stock
from tests.exposure import Dump, Secret, has_any, instants_of, numbers_of, traces_of
from tests.patrol_walk import NOW, a_checklist, a_fix, a_visit, submitted
from tests.photos import photo_file, sum_of
from tests.processes import Stores, fresh_database_name
from tests.waiting import until

PASSWORD = "only-for-least-data"
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
VISITORS = (
    {"name": "欧阳示例甲", "id_type": "resident_id", "id_number": "11010519491231002X"},
    {"name": "Example Visitor-Önnest", "id_type": "passport", "id_number": "E73519284"},
    {"name": "示例访客乙丙丁", "id_type": "hk_macao_permit", "id_number": "H73519285"},
    {"name": "示例访客戊己", "id_type": "taiwan_permit", "id_number": "73519286"},
)
PHONES = ("13800000071", "138 0000 0072", "+86 13800000073", "021-00000074")
FIX = {"lng": 121.4834519, "lat": 31.2274173}


@dataclass(kw_only=True)
class People:
    """Everything personal that anybody told us."""

    secrets: list[Secret] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)

    def tell(self, what: str, text: str) -> str:
        """Note a secret, and return it."""
        self.secrets.append(Secret(what=what, text=text))
        return text


@dataclass(frozen=True, kw_only=True)
class Told:
    """The main system's whole database, the sync process's log, and what must be in neither."""

    documents: Mapping[str, list[Document]]
    log: str
    people: People

    @property
    def everything(self) -> list[Document]:
        named = [{"collection": name} for name in self.documents]
        return [*named, *(one for some in self.documents.values() for one in some)]


async def somebody_of_staff(house: House, people: People, role: Role) -> Caller:
    """Log in a new account of the whole city whose name nobody else has."""
    accounts = StaffAccounts(staff=MongoStaff(house.stores.mongo), hasher=Argon2Hasher(), ids=UlidSource())
    username = people.tell("user name", f"zhuge-{role.value.replace('_', '-')}-73"[:32])
    scope = Scope(level=ScopeLevel.CITY, id="310000")
    people.tell("staff id", await accounts.add(username, PASSWORD, role, (scope,)))
    return await house.staff(username, PASSWORD)


async def visit_the_venue(house: House, people: People) -> None:
    """Book with names, documents and phones of all sorts; enter, cancel, be refused."""
    gate = await somebody_of_staff(house, people, Role.GATE)
    slot = str((await house.running_slot())["id"])
    for visitor in VISITORS:
        people.tell("name", visitor["name"])
        people.tell("document", visitor["id_number"])
    for number, phone in enumerate(PHONES):
        citizen = await house.citizen(people.tell("openid", f"person-{ULID()}"))
        people.tell("citizen id", accepted(await citizen.get("/me"))["id"])
        wish = {"slot_id": slot, "contact_phone": people.tell("phone", phone), "visitors": [VISITORS[number]]}
        key = {"Idempotency-Key": people.tell("request", unique("booking"))}
        booked = accepted(await citizen.post("/reservations", json=wish, headers=key), 201)
        people.tell("reservation id", booked["id"])
        if number == 0:
            accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))
            continue
        code = people.tell("entry code", await citizen.code_of(booked["id"]))
        nonce = people.tell("scan nonce", unique("nonce"))
        accepted(await gate.scan(house.entrances[0], code, nonce=nonce))
    database = house.stores.mongo.client[house.config.mongodb.database]
    people.instants += [one["scanned_at"] async for one in database["scans"].find({})]
    people.instants += [one["created_at"] async for one in database["reservations"].find({})]
    for one in people.secrets:
        if one.what == "reservation id":
            assert await database["reservations"].find_one({"_id": one.text})


async def look_after_items(house: House, people: People) -> None:
    admin = await somebody_of_staff(house, people, Role.CITY_ADMIN)
    for item in await stock(house, admin, 2):
        accepted(await admin.post(f"/items/{item['id']}/actions", json={"kind": "inspect", "outcome": "conformant"}))


async def patrol(house: House, people: People) -> None:
    """Visit outlets with notes, photos and positions; answer as the owner; look again; complain."""
    inspector = await somebody_of_staff(house, people, Role.INSPECTOR)
    district = await somebody_of_staff(house, people, Role.DISTRICT_ADMIN)
    contact = {"name": people.tell("contact", "端木示例店长"), "phone": people.tell("phone", "13800000075")}
    outlet = await open_outlet(district, contacts=[contact])
    _, code = await hang_plate(district, outlet["id"])
    template = await a_checklist(house)
    finding_id, site = await _find(people, inspector, template, outlet["id"])
    link = accepted(await inspector.post(f"/findings/{finding_id}/dispatch", json={}))["link"]
    token = people.tell("link", link.rpartition("/")[2])
    text = people.tell("owner's answer", "令狐示例已购置冷柜，电话联系即可")
    accepted(await house.nobody.post(f"/rectifications/{token}/answers", json={"text": text, "photos": []}))
    after = photo_file()
    await Phone(inspector).send(after)
    again = {
        "finding_id": finding_id,
        "remedy": "fixed",
        "note": people.tell("note", "东方示例陪同复查，现场干净"),
        "photos": [people.tell("photo", sum_of(after))],
    }
    people.tell("submission", (visit := _visit(template, site, reinspections=[again]))["submission_id"])
    await submitted(inspector, visit)
    await _complain(house, people, code, district)


def _visit(template: str, site_id: str, **changes: Any) -> dict[str, Any]:
    return a_visit(template, site_id=site_id, fix=a_fix(**FIX), device="device-of-zhuge-73", **changes)


async def _find(people: People, inspector: Caller, template: str, site_id: str) -> tuple[str, str]:
    """Return the finding of a visit, and its site."""
    people.numbers += FIX.values()
    people.tell("device", "device-of-zhuge-73")
    before = photo_file()
    await Phone(inspector).send(before)
    note = people.tell("note", "慕容示例称证件在家中，态度配合")
    photos = [people.tell("photo", sum_of(before))]
    answers = [{"question_id": "displayed", "value": False, "note": note, "photos": photos}]
    visit = _visit(template, site_id, answers=answers)
    people.tell("submission", visit["submission_id"])
    (finding_id,) = (await submitted(inspector, visit))["findings"]
    return str(finding_id), site_id


async def _complain(house: House, people: People, code: str, district: Caller) -> None:
    own = await filed(
        house,
        code,
        request_id=people.tell("request", unique("complaint")),
        text=people.tell("complaint", "司马示例在后厨混放食品，请核查"),
        contact=people.tell("phone", "+852 0000 0076"),
    )
    people.tell("complaint's secret", own["secret"])
    path = f"/complaints/{own['complaint_id']}"
    accepted(await district.post(f"{path}/take-up", json={}))
    answer = people.tell("answer", "经上官示例现场核查，情况不实")
    accepted(await district.post(f"{path}/answer", json={"outcome": "unfounded", "answer": answer}))


async def delivered(house: House) -> None:
    """Wait until nothing waits to be told."""

    async def nothing_waits() -> bool:
        return not await house.count("outbox")

    await until(nothing_waits, within_s=DELIVERED_WITHIN_S)


@pytest.fixture(scope="module")
async def told(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    environment = {**stores.environment(fresh_database_name()), **NO_LIMITS, "CHENGMA_SYNC_PROCESS": "true"}
    people, data_dir = People(), tmp_path_factory.mktemp("least") / "data"
    async with open_house(environment, Path(data_dir)) as house:
        await visit_the_venue(house, people)
        await look_after_items(house, people)
        await patrol(house, people)
        await delivered(house)
        main = house.stores.mongo.client[f"{house.config.mongodb.database}_main"]
        names = await main.list_collection_names()
        documents = {name: await main[name].find({}).to_list() for name in names}
        assert await house.count("sync_dead_letters") == 0
        yield Told(documents=documents, log=house.server.log("sync"), people=people)


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
