"""The city of the week: inspectors, outlets with plates, a checklist, and a round in each district."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx

from server.wiring import Stores
from services.common.clock import UlidSource
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from tests.field.line import Line
from tests.field.people import Inspector, Officer
from tests.field.phone import Phone

PASSWORD = "a week in the field"
# Code, and a corner of where its outlets lie (GCJ-02).
DISTRICTS = (("310101", 121.47, 31.22), ("310115", 121.53, 31.22), ("310104", 121.43, 31.18))
AT_ONCE = 12


def question(its_id: str, its_type: str, **more: Any) -> dict[str, Any]:
    return {"id": its_id, "type": its_type, "text": "示例题目", "text_en": "An example", **more}


def failing(its_id: str, severity: str, days: int) -> dict[str, Any]:
    failure = {
        "title": "示例问题",
        "title_en": "Example finding",
        "severity": severity,
        "legal_basis": "示例依据",
        "deadline_days": days,
    }
    return question(its_id, "yes_no", fails_on=False, failure=failure, photos_on_failure=1)


CHECKLIST = {
    "name": "示例检查表",
    "name_en": "Example checklist",
    "site_kind": "outlet",
    "sections": [
        {
            "title": "示例",
            "title_en": "Example",
            "questions": [
                question("front", "photo", photos_always=1),
                failing("licence_shown", "minor", 2),
                failing("kept_apart", "major", 3),
                question("freezer", "temperature", least=-60, most=60),
            ],
        }
    ],
}


@dataclass(kw_only=True)
class City:
    """Everything that the week needs; `sites` by id with `position` and the `link` of the plate."""

    inspectors: Sequence[Inspector]
    officers: Sequence[Officer]
    sites: dict[str, dict[str, Any]]
    checklist: str


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the week is; shares are of one."""

    inspectors: int
    outlets: int
    trouble: float
    deadly: float
    offline: float


class Builder:
    """Builds a city on a running server."""

    def __init__(self, client: httpx.AsyncClient, stores: Stores, luck: random.Random, size: Size) -> None:
        self._client = client
        self._stores = stores
        self._luck = luck
        self._size = size

    def line(self, trouble: float = 0.0) -> Line:
        return Line(client=self._client, luck=random.Random(self._luck.random()), trouble=trouble)

    async def log_in(self, line: Line, username: str, password: str = PASSWORD) -> None:
        line.token = None
        answer = await line.insist("POST", "/auth/staff", {"username": username, "password": password})
        line.token = answer["access_token"]

    async def build(self, today: date) -> City:
        """Return the city with its first tasks made."""
        admin = self.line()
        await self.log_in(admin, "admin", "chengma-demo")
        inspectors, officers = await self._staff()
        checklist = (await admin.insist("POST", "/checklists", CHECKLIST))["id"]
        sites = await self._sites(admin)
        for district, *_ in DISTRICTS:
            await self._round(admin, district, checklist, today)
        return City(inspectors=inspectors, officers=officers, sites=sites, checklist=checklist)

    async def _staff(self) -> tuple[list[Inspector], list[Officer]]:
        accounts = StaffAccounts(staff=MongoStaff(self._stores.mongo), hasher=Argon2Hasher(), ids=UlidSource())
        inspectors, officers = [], []
        for number in range(self._size.inspectors):
            district = DISTRICTS[number % len(DISTRICTS)][0]
            scope = Scope(level=ScopeLevel.DISTRICT, id=district)
            account = await accounts.add(f"field-{number}", PASSWORD, Role.INSPECTOR, (scope,))
            luck = random.Random(self._luck.random())
            phone = Phone(line=self.line(self._size.trouble), luck=luck, deadly=self._size.deadly)
            skew = timedelta(seconds=self._luck.choice([0, 0, 0, 20, -30, 90]))
            inspectors.append(Inspector(id=account, username=f"field-{number}", phone=phone, luck=luck, skew=skew))
        for district, *_ in DISTRICTS:
            scope = Scope(level=ScopeLevel.DISTRICT, id=district)
            await accounts.add(f"office-{district}", PASSWORD, Role.DISTRICT_ADMIN, (scope,))
            line = self.line(self._size.trouble / 2)
            officers.append(Officer(line=line, luck=random.Random(self._luck.random())))
        return inspectors, officers

    async def _sites(self, admin: Line) -> dict[str, dict[str, Any]]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def open_outlet(number: int) -> dict[str, Any]:
            district, lng, lat = DISTRICTS[number % len(DISTRICTS)]
            position = {
                "lng": round(lng + self._luck.random() * 0.02, 6),
                "lat": round(lat + self._luck.random() * 0.02, 6),
            }
            wish = {
                "name": f"示例网点{number}",
                "name_en": f"Example outlet {number}",
                "kind": "restaurant",
                "address": f"示例路{number}号",
                "district_id": district,
                "position": position,
            }
            async with gate:
                outlet = await admin.insist("POST", "/outlets", wish)
                plate = await admin.insist("POST", "/plates", {"site_id": outlet["id"]})
            return {"id": outlet["id"], "position": position, "link": plate["link"]}

        made = await asyncio.gather(*(open_outlet(number) for number in range(self._size.outlets)))
        return {site["id"]: site for site in made}

    async def _round(self, admin: Line, district: str, checklist: str, today: date) -> None:
        wish = {
            "name": "示例巡查",
            "district_id": district,
            "site_kind": "outlet",
            "template_id": checklist,
            "from_on": (today + timedelta(days=1)).isoformat(),
            "due_on": (today + timedelta(days=7)).isoformat(),
        }
        planned = await admin.insist("POST", "/patrol/rounds", wish)
        for _ in range(300):
            if (await admin.insist("GET", f"/patrol/rounds/{planned['id']}"))["tasks"]["state"] == "made":
                return
            await asyncio.sleep(0.2)
        raise AssertionError("the tasks of a round are not made")
