"""A town for schemathesis: people of every role, and one of each thing that paths and bodies name."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from ulid import ULID

from server.routes import API_ROUTES
from services.identity.model import Role
from services.sync.inbound.mongo.here import MongoConflicts, MongoRefused
from tests.api.house import API, DEMO_PASSWORD, Caller, House, accepted
from tests.api.inbound import conflict, refusal
from tests.api.machines import new_machine
from tests.api.phones import Phone
from tests.api.plans import DISTRICT, VALUE, account_of, announce, committed, day, hold, sign_now
from tests.api.plate_scans import complaint, hang_plate, open_outlet
from tests.api.stock import activated, minted, stock
from tests.api.test_checklists import CHECKLIST
from tests.api.test_findings import dispatched
from tests.api.test_item_batches import mint, new_type
from tests.api.test_item_tables import XLSX, sent
from tests.api.test_outlet_tables import COLUMNS, row
from tests.api.test_patrol_day import a_draft
from tests.api.town_visits import visits_of
from tests.api.webhooks import new_webhook
from tests.findings import make_failed, make_finding, make_site, put
from tests.patrol_walk import NOW, a_checklist, a_fix, a_visit, submitted, wire
from tests.photos import photo_file, sum_of
from tests.sheets import workbook

DEVELOPED_WITHIN_S = 30
ANSWERS = [{"question_id": "displayed", "value": True}]
# What ends a thing, or stands for it from then on: here things are tried that nobody looks at elsewhere.
ENDING = (
    *("cancel", "withdraw", "close", "reopen", "merge", "retire", "reactivate", "revoke", "replace", "review"),
    *("policy", "calendar", "preview", "closures", "releases", "amnesties", "worship-times"),
    *("chunks", "rotate", "suspend", "delete", "acknowledge", "return", "recount"),
)
DEMO_STAFF: Mapping[Role, str] = {
    Role.GATE: "gate",
    Role.VENUE_MANAGER: "manager",
    Role.INSPECTOR: "inspector",
    Role.DISTRICT_ADMIN: "district",
    Role.CITY_ADMIN: "admin",
    Role.AUDITOR: "auditor",
}


def log_in(base_url: str, role: Role) -> str:
    """Return the token of a new session."""
    if role in DEMO_STAFF:
        path, given = "/auth/staff", {"username": DEMO_STAFF[role], "password": DEMO_PASSWORD}
    else:
        path, given = "/auth/wechat", {"code": f"sandbox-schemathesis#{ULID()}"}
    return str(accepted(httpx.post(f"{base_url}{API}{path}", json=given, trust_env=False))["access_token"])


@dataclass(frozen=True, kw_only=True)
class Town:
    """What the cases are sent to: a server, people with sessions, and things that exist.

    `known` are values of path parameters, of parameters and of fields by name; `spare` are others, to be used up;
    `below` are those that mean something else below a path.
    """

    base_url: str
    tokens: Mapping[Role, str]
    machine_token: str
    known: Mapping[str, Any]
    spare: Mapping[str, Any]
    below: Mapping[str, Mapping[str, Any]]

    def known_for(self, path: str) -> Mapping[str, Any]:
        """Return values of what exists; what is used up here is not looked at elsewhere."""
        spare = self.spare if path.endswith(ENDING) else {}
        special = next((its for prefix, its in self.below.items() if path.startswith(prefix)), {})
        return {**self.known, **special, **spare}


def roles_of(method: str, path: str) -> frozenset[Role] | None:
    """Return who may do this; None means anybody, without a session."""
    handler: Any = dict(API_ROUTES).get(path)
    declared = getattr(getattr(handler, method, None), "operation", None)
    return None if declared is None else declared.roles


async def build_town(house: House) -> Town:
    """Fill a house with one of each thing."""
    admin, district, inspector = [await house.staff(name) for name in ("admin", "district", "inspector")]
    items, items_spare = await _items(house, admin)
    visits, visits_spare = await visits_of(house)
    patrols, patrols_spare = await _patrols(house, district, inspector)
    found, found_spare, owner = await _found(house, district, inspector, patrols["site_id"])
    await until_developed(house, found["photo_id"])
    [item_code] = await minted(house, admin, 1)
    await activated(admin, item_code)
    machine, spare_machine = await new_machine(house), await new_machine(house)
    hook, spare_hook = [await new_webhook(house, admin) for _ in range(2)]
    main, spare_main = [await _main_system(house) for _ in range(2)]
    await admin.post("/admin/sync/reconciliations", json={"kinds": ["plate"]})  # one that nobody does may wait already
    [reconciliation, *_] = accepted(await admin.get("/admin/sync/reconciliations"))["items"]
    receiving = photo_file()
    await Phone(inspector).begin(receiving)
    return Town(
        base_url=house.server.base_url,
        machine_token=str(machine.tokens["access_token"]),
        tokens={role: log_in(house.server.base_url, role) for role in (Role.CITIZEN, *DEMO_STAFF)},
        known={
            **items,
            **visits,
            **patrols,
            **found,
            **hook,
            **main,
            "client_id": machine.id,
            "reconciliation_id": reconciliation["id"],
        },
        spare={
            **items_spare,
            **visits_spare,
            **patrols_spare,
            **found_spare,
            **spare_hook,
            **spare_main,
            "photo_id": sum_of(receiving),
            "client_id": spare_machine.id,
        },
        below={
            "/public/items": {"code": item_code},
            "/public/outlets": {"code": patrols["plate"]},
            "/patrol/check-ins": {"answers": ANSWERS, "reinspections": []},
            "/rectifications": owner,
            "/open": {"kind": "outlet"},
            "/admin/sync": {"kind": "outlet"},
        },
    )


async def _main_system(house: House) -> dict[str, Any]:
    """Note something of the main system that did not fit, and return what paths call it."""
    noted = conflict(timedelta())
    assert await MongoConflicts(house.stores.mongo).note(noted)
    await MongoRefused(house.stores.mongo).put(refusal(1, timedelta()))
    return {"conflict_id": noted.id}


async def _items(house: House, admin: Caller) -> tuple[dict[str, Any], dict[str, Any]]:
    type_id = await new_type(admin)
    batch = accepted(await mint(admin, type_id, 1), 202)
    take = accepted(await admin.post("/stock-takes", json={"place": {"venue_id": house.venue["id"]}}), 201)
    (item,) = await stock(house, admin, 1)
    wish = {"item_ids": [item["id"]], "to": {"level": "district", "id": DISTRICT}}
    opened = accepted(await admin.post("/item-transfers", json=wish), 201)
    table = accepted(await sent(admin, type_id, workbook(["code"], ["x"])), 202)
    known = {
        "item_type_id": type_id,
        "item_batch_id": batch["id"],
        "job_id": batch["job_id"],
        "item_id": item["id"],
        "transfer_id": opened["items"][0]["transfer"]["id"],
        "stock_take_id": take["id"],
        "table_id": table["id"],
    }
    return known, {}


async def _patrols(house: House, district: Caller, inspector: Caller) -> tuple[dict[str, Any], dict[str, Any]]:
    outlets = [await open_outlet(district) for _ in range(3)]
    (plate, link), (old_plate, _) = [await hang_plate(district, one["id"]) for one in outlets[:2]]
    checklists = [await a_checklist(house), accepted(await district.post("/checklists", json=CHECKLIST), 201)["id"]]
    days = {"from_on": day(0), "due_on": day(7)}
    wish = {"site_id": outlets[0]["id"], "template_id": checklists[0], "assignees": [], **days}
    tasks = [accepted(await district.post("/patrol/tasks", json=wish), 201)["id"] for _ in range(2)]
    plan = {"name": "示例", "district_id": DISTRICT, "site_kind": "outlet", "template_id": checklists[0], **days}
    rounds = [accepted(await district.post("/patrol/rounds", json=plan), 201)["id"] for _ in range(2)]
    draws = [(await committed(district, sites=1, inspectors_per_site=1))["id"] for _ in range(2)]
    for draw in draws:
        await announce(house, draw)
    await sign_now(house)
    accepted(await hold(district, draws[0]))
    drafts = [a_draft(f"draft-{ULID()}") for _ in range(2)]
    for draft in drafts:
        accepted(await inspector.post("/patrol/drafts", json=draft))
    file = workbook(COLUMNS, row("x"))
    imported = await district.post("/outlets/imports", content=file, headers={"Content-Type": XLSX})
    known = {
        "outlet_id": outlets[0]["id"],
        "site_id": outlets[0]["id"],
        "site_ids": [outlets[0]["id"]],
        "plate_id": plate["id"],
        "plate": link,
        "text": link,
        "checklist_id": checklists[0],
        "template_id": checklists[0],
        "template_number": 1,
        "release_number": "1",
        "task_id": tasks[0],
        "round_id": rounds[0],
        "draw_id": draws[0],
        "submission_id": drafts[0]["submission_id"],
        "outlet_table_id": accepted(imported, 202)["id"],
        "assignees": [await account_of(inspector)],
        "district_id": DISTRICT,
        "district": DISTRICT,
        "scope": {"level": "district", "id": DISTRICT},
        "owner": {"level": "district", "id": DISTRICT},
        "public_source": {"name": "示例", "announced_on": day(1)},
        "public_value": VALUE,
        "publish_on": day(30),
        "sites": 1,
        "inspectors_per_site": 1,
        "recusals": [],
        "from": day(-30),
        "to": day(30),
        "started_at": wire(NOW - timedelta(minutes=30)),
        "captured_at": wire(NOW),
        "fix": a_fix(),
        **days,
    }
    spare = {
        "outlet_id": outlets[1]["id"],
        "into": outlets[2]["id"],
        "plate_id": old_plate["id"],
        "checklist_id": checklists[1],
        "task_id": tasks[1],
        "round_id": rounds[1],
        "draw_id": draws[1],
        "submission_id": drafts[1]["submission_id"],
    }
    return known, spare


async def _found(
    house: House, district: Caller, inspector: Caller, site_id: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what a visit leaves, and the values of an owner's link."""
    me, file = await account_of(inspector), photo_file()
    await Phone(inspector).send(file)
    photo = sum_of(file)
    seen: dict[str, Any] = {
        "site": make_site(id=site_id),
        "failed": make_failed(photos=(photo,)),
        "now": NOW,
        "found_by": me,
    }
    findings = [make_finding(**seen) for _ in range(3)]
    await put(house.stores.mongo, *findings)
    token = await dispatched(house, findings[0])
    failing = [{"question_id": "displayed", "value": False, "photos": [photo]}]
    visit = a_visit(await a_checklist(house), site_id=site_id, answers=failing)
    check_in = await submitted(inspector, visit)
    doubtful = await submitted(inspector, visit | {"submission_id": f"visit-{ULID()}", "fix": None})
    plates = accepted(await district.get("/plates", params={"site_id": site_id}))["items"]
    code = plates[0]["link"].rpartition("/")[2]
    filed = accepted(await house.nobody.post(f"/public/outlets/{code}/complaints", json=complaint()), 201)
    known = {
        "photo_id": photo,
        "photos": [photo],
        "finding_id": findings[1].id,
        "check_in_id": check_in["id"],
        "complaint_id": filed["complaint_id"],
        "secret": filed["secret"],
    }
    return known, {"finding_id": findings[2].id, "check_in_id": doubtful["id"]}, {"token": token}


async def until_developed(house: House, photo_id: str) -> None:
    """Wait until a photo can be shown."""
    auditor = await house.staff("auditor")
    async with asyncio.timeout(DEVELOPED_WITHIN_S):
        while True:
            if accepted(await auditor.get(f"/photos/{photo_id}"))["state"] == "ready":
                return
            await asyncio.sleep(0.05)
