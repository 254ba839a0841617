"""A passer-by who scans the code of an item, and a house where they may: two processes behind a proxy."""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests.api.conftest import NO_LIMITS, open_house
from tests.api.house import Caller, House, accepted
from tests.processes import Stores, fresh_database_name

MISSES = 8
COMPLAINTS = 4
PHOTOS = 6
_places = itertools.count(1)


@asynccontextmanager
async def checked_house(stores: Stores, data_dir: Path) -> AsyncIterator[House]:
    """Start a server whose checkpoints come every second and whose limit on wrong codes is near."""
    environment = {
        **stores.environment(fresh_database_name()),
        **NO_LIMITS,
        "CHENGMA_RATE_LIMITS_PUBLIC_MISSES_PER_ADDRESS": str(MISSES),
        "CHENGMA_RATE_LIMITS_COMPLAINTS_PER_ADDRESS": str(COMPLAINTS),
        "CHENGMA_RATE_LIMITS_PUBLIC_PHOTOS_PER_ADDRESS": str(PHOTOS),
        "CHENGMA_TRANSPARENCY_CHECKPOINT_EVERY_S": "1",
        "CHENGMA_SERVER_BEHIND_PROXY": "true",
    }
    async with open_house(environment, data_dir) as house:
        yield house


def somebody() -> dict[str, str]:
    """Return the headers of somebody who has not asked before."""
    number = next(_places)
    return {"X-Real-IP": f"192.0.{number // 250}.{number % 250 + 1}"}


async def check(house: House, code: str, *, headers: Mapping[str, str] | None = None, **asked: str) -> Any:
    """Return the answer to a check by somebody new, unless headers say who."""
    answer = await house.nobody.get(
        f"/public/items/{quote(code, safe='')}", headers=headers or somebody(), params=asked
    )
    return accepted(answer)


async def act(manager: Caller, item: Mapping[str, Any], **action: str) -> None:
    """Do something with an item."""
    accepted(await manager.post(f"/items/{item['id']}/actions", json=action))


async def page(house: House, code: str, *, query: str = "", **headers: str) -> httpx.Response:
    return await house.client.get(f"/i/{quote(code, safe='')}{query}", headers={**somebody(), **headers})


def text_of(answer: httpx.Response) -> str:
    """Return what a page says to a reader."""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return Read(answer.text).text


class Read(HTMLParser):
    """The words of a page, its elements, and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self._inside = ""
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.text += data
