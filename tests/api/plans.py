"""Plans to test with: checklists that are in use, days, and draws."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from server.log_wiring import log_keys
from services.common.clock import city_day
from services.patrols.plans.mongo import DRAWS
from services.transparency.model import Checkpoint, LogName
from services.transparency.mongo import MongoCheckpoints, MongoLog
from services.transparency.notes import sign_checkpoint
from tests.api.house import Caller, House, accepted, unique

DISTRICT = "310101"
VALUE = "03 07 12 19 25 33 + 08"
SIGNED_WITHIN_S = 20


def today() -> date:
    return city_day(datetime.now(UTC))


def day(number: int) -> str:
    """Return the day so many days from today."""
    return (today() + timedelta(days=number)).isoformat()


async def template_for(person: Caller, kind: str = "outlet") -> str:
    """Return a checklist in use for sites of a kind."""
    found = accepted(await person.get("/checklists", params={"site_kind": kind, "state": "active"}))["items"]
    return str(found[0]["id"])


async def an_outlet(person: Caller, **changes: Any) -> str:
    """Return a new outlet."""
    wish = {
        "name": unique("示例清真餐厅"),
        "name_en": "Example halal restaurant",
        "kind": "restaurant",
        "address": "黄浦区示例路2号（虚构地址）",
        "district_id": DISTRICT,
        "position": {"lng": 121.483, "lat": 31.227},
        **changes,
    }
    return str(accepted(await person.post("/outlets", json=wish), 201)["id"])


async def account_of(person: Caller) -> str:
    return str(accepted(await person.get("/me"))["id"])


async def wish_for_draw(person: Caller, **changes: Any) -> dict[str, Any]:
    return {
        "name": "示例双随机抽查",
        "scope": {"level": "district", "id": DISTRICT},
        "site_kind": "outlet",
        "template_id": await template_for(person),
        "sites": 2,
        "inspectors_per_site": 2,
        "from_on": day(0),
        "due_on": day(20),
        "public_source": {"name": "示例彩票第2026132期", "announced_on": day(1)},
        **changes,
    }


async def committed(person: Caller, **changes: Any) -> dict[str, Any]:
    """Return a new draw."""
    wish = await wish_for_draw(person, **changes)
    draw: dict[str, Any] = accepted(await person.post("/patrol/draws", json=wish), 201)
    return draw


async def announce(house: House, draw_id: str) -> None:
    """Let it be the day of the announcement for a draw.

    Its commitment stays as it is: only the field is changed by which the server knows the day. Nobody can turn the
    calendar of the server that all tests share; tests/contract has a clock for that.
    """
    draws = house.stores.mongo.collection(DRAWS)
    await draws.update_one({"_id": draw_id}, {"$set": {"source.announced_on": today().isoformat()}})


async def hold(person: Caller, draw_id: str, value: str = VALUE) -> httpx.Response:
    return await person.post(f"/patrol/draws/{draw_id}/hold", json={"public_value": value})


async def sign_now(house: House) -> None:
    """Sign what the log of patrols has by now; the server itself would within a minute."""
    mongo = house.stores.mongo
    checkpoints = MongoCheckpoints(mongo)
    keys = log_keys(house.config, await house.stores.keys.load(), LogName.PATROLS)
    async with asyncio.timeout(SIGNED_WITHIN_S):
        while True:
            last, tail = await checkpoints.find_last(LogName.PATROLS), await MongoLog(mongo).tail(LogName.PATROLS)
            if last is not None:
                checkpoint = Checkpoint(origin=keys.origin, size=tail.size, root=tail.root)
                signed = replace(
                    last,
                    number=last.number + 1,
                    checkpoint=checkpoint,
                    signed_at=max(datetime.now(UTC), last.signed_at),
                    note=sign_checkpoint(checkpoint, keys.signing).text,
                    is_regular=False,
                )
                if await checkpoints.claim(signed):
                    break
            await asyncio.sleep(0.1)
    # Servers remember the last checkpoint for a second.
    await asyncio.sleep(1.1)
