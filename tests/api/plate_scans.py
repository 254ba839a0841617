"""Plates to scan: outlets with plates on a server behind a proxy, and what pages say of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from services.patrols.documents import to_document
from services.patrols.sites.model import CheckResult, SiteKind, SiteStatus
from tests.api.house import Caller, House, accepted, unique
from tests.api.passers_by import somebody

HERE, ELSEWHERE = "121.4835,31.2272", "121.55,31.30"
# What somebody may send, and what is kept of it.
HOSTILE = "<script>alert(1)</script> {{ 1 }} 𠮷😀 \u202e倒过来\u202c 零\u200b宽\x00\r\n第二行"
SEEN = "<script>alert(1)</script> {{ 1 }} 𠮷😀 倒过来 零宽\n第二行"


def licence(**changes: str) -> dict[str, str]:
    """Return a licence that nobody else has."""
    return {
        "number": unique("示例"),
        "issuer": "示例发证机关",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "scope": "餐饮服务",
        **changes,
    }


async def open_outlet(admin: Caller, **changes: Any) -> dict[str, Any]:
    """Return a new outlet with a licence."""
    outlet = {
        "name": "示例清真餐厅",
        "name_en": "Example halal restaurant",
        "kind": "restaurant",
        "address": "黄浦区示例路2号（虚构地址）",
        "district_id": "310101",
        "position": {"lng": 121.483, "lat": 31.227},
        "licence": licence(),
    }
    found: dict[str, Any] = accepted(await admin.post("/outlets", json=outlet | changes), 201)
    return found


async def hang_plate(admin: Caller, site_id: str) -> tuple[dict[str, Any], str]:
    """Return a new plate of the site, and the code in its link."""
    plate = accepted(await admin.post("/plates", json={"site_id": site_id}), 201)
    return plate, plate["link"].rpartition("/")[2]


async def scan(house: House, code: str, **asked: str) -> Any:
    """Return the answer to somebody new who scans."""
    return accepted(await house.nobody.get(f"/public/outlets/{quote(code, safe='')}", headers=somebody(), params=asked))


async def page(house: House, code: str, *, below: str = "", query: str = "", **headers: str) -> httpx.Response:
    """Return the page of a code, or one below it."""
    path = f"/o/{quote(code, safe='')}{below}{query}"
    return await house.client.get(path, headers={**somebody(), **headers})


async def let_check(house: House, site_id: str, result: CheckResult, open_findings: int = 0) -> None:
    """Leave what an accepted check-in of November 20, 2026 would leave."""
    status = SiteStatus(
        id=site_id,
        kind=SiteKind.OUTLET,
        district_id="310101",
        seen_by=("district:310101", "city:310000"),
        last_check_in_id="chk_01JD0000000000000000000000",
        last_checked_at=datetime(2026, 11, 20, 17, tzinfo=UTC),
        last_result=result,
        open_findings=open_findings,
        version=1,
    )
    database = house.stores.mongo.client[house.config.mongodb.database]
    await database["site_statuses"].insert_one(to_document(status))


def complaint(**changes: Any) -> dict[str, Any]:
    """Return a complaint that nobody made before."""
    return {"request_id": unique("complaint"), "text": "后厨与非清真食品混放，请核查。", **changes}


async def complain(house: House, code: str, headers: Mapping[str, str] | None = None, **changes: Any) -> httpx.Response:
    """Complain about the site of a plate."""
    return await house.nobody.post(
        f"/public/outlets/{code}/complaints", json=complaint(**changes), headers=headers or somebody()
    )


async def filed(house: House, code: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = accepted(await complain(house, code, **changes), 201)
    return found


async def send_form(
    house: House,
    code: str,
    fields: Mapping[str, str],
    *,
    photos: list[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send the form as a browser does, which sends an empty file where none was chosen."""
    chosen = [("photos", (f"{at}.png", one, "image/png")) for at, one in enumerate(photos or [])]
    files = chosen or [("photos", ("", b"", "application/octet-stream"))]
    path = f"/o/{code}/complaint?lang=zh"
    return await house.client.post(path, data=dict(fields), files=files, headers=headers or somebody())
