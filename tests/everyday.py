"""What people do here in a day, with everything personal in it written down: for tests of what others are told."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ulid import ULID

from services.common.clock import UlidSource
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from tests.api.house import Caller, House, accepted, unique
from tests.api.phones import Phone
from tests.api.plate_scans import filed, hang_plate, open_outlet
from tests.api.stock import stock
from tests.exposure import Secret
from tests.patrol_walk import a_checklist, a_fix, a_visit, submitted
from tests.photos import photo_file, sum_of

PASSWORD = "only-for-least-data"
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
    deliveries: list[datetime] = field(default_factory=list)

    def tell(self, what: str, text: str) -> str:
        """Note a secret, and return it."""
        self.secrets.append(Secret(what=what, text=text))
        return text


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


async def a_day(house: House, people: People) -> None:
    """Visit the venue, look after items, patrol and complain."""
    await visit_the_venue(house, people)
    await look_after_items(house, people)
    await patrol(house, people)
