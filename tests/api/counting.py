"""Stock-takes to test with: scans, uploads, results."""

from datetime import UTC, datetime
from typing import Any

from tests.api.house import Caller, House, accepted, unique
from tests.api.stock import activated, minted


def a_spot() -> str:
    """Return a spot that no other test uses."""
    return unique("s").lower()[-20:]


def scan(code: str, *, phone: str = "phone-1", **more: Any) -> dict[str, Any]:
    return {
        "scan_id": unique("scan"),
        "code": code,
        "scanned_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "device_id": phone,
        **more,
    }


async def opened(person: Caller, venue_id: str, spot: str | None = None, **more: Any) -> dict[str, Any]:
    place = {"venue_id": venue_id} | ({} if spot is None else {"spot": spot})
    take: dict[str, Any] = accepted(await person.post("/stock-takes", json={"place": place, **more}), 201)
    return take


async def scanned(person: Caller, take: dict[str, Any], *scans: dict[str, Any]) -> list[dict[str, Any]]:
    answer = accepted(await person.post(f"/stock-takes/{take['id']}/scans", json={"items": list(scans)}))
    return list(answer["items"])


async def results(person: Caller, take: dict[str, Any], verdict: str, limit: int = 2) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"verdict": verdict, "limit": limit}
    while True:
        page = accepted(await person.get(f"/stock-takes/{take['id']}/results", params=asked))
        assert len(page["items"]) <= limit
        lines += page["items"]
        if page["next"] is None:
            return lines
        asked["after"] = page["next"]


def ids_of(lines: list[dict[str, Any]]) -> list[str]:
    return [line["item"]["id"] for line in lines]


def forged(code: str) -> str:
    return code[:-1] + ("0" if code[-1] != "0" else "1")


async def placed(house: House, person: Caller, quantity: int, spot: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return codes, and the items at a spot of the venue that bear them."""
    codes = await minted(house, person, quantity)
    place = {"venue_id": house.venue["id"], "spot": spot}
    return codes, [await activated(person, code, place=place) for code in codes]


async def counts_of(person: Caller, take: dict[str, Any]) -> dict[str, int]:
    return dict(accepted(await person.get(f"/stock-takes/{take['id']}"))["counts"])


async def last_event(person: Caller, item: dict[str, Any]) -> dict[str, Any]:
    return dict(accepted(await person.get(f"/items/{item['id']}/history"))["items"][-1]["event"])
