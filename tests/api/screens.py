"""Screens that follow a venue: server-sent events as a browser reads them (WHATWG HTML, section 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.api.house import API, Caller

WITHIN_S = 20.0

State = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Event:
    """What stands between two empty lines; without `data` nothing is dispatched."""

    name: str = "message"
    id: str = ""
    data: Any = None
    fields: Mapping[str, str] = field(default_factory=dict)


def read_event(lines: list[str]) -> Event:
    """Return the event of some lines; comments are left out."""
    fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
    data = json.loads(fields["data"]) if "data" in fields else None
    return Event(name=fields.get("event", "message"), id=fields.get("id", ""), data=data, fields=fields)


class Screen:
    """A stream that is open."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.comments = 0
        self._lines = answer.aiter_lines()

    async def event(self) -> Event | None:
        """Return the next event; None when the stream has ended."""
        lines: list[str] = []
        async with asyncio.timeout(WITHIN_S):
            async for line in self._lines:
                if not line and lines:
                    event = read_event(lines)
                    lines = []
                    if event.fields:
                        return event
                elif line:
                    self.comments += line.startswith(":")
                    lines.append(line)
        return None

    async def state(self) -> State:
        """Return the next state."""
        while (event := await self.event()) is not None:
            if event.name == "state":
                assert event.id == str(event.data["version"])
                found: State = event.data
                return found
            assert event.name == "message", event
        raise AssertionError("the stream has ended")

    async def until(self, holds: Callable[[State], bool]) -> State:
        """Return the first state of which something holds."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                state = await self.state()
                if holds(state):
                    return state

    async def last_event(self) -> None:
        """Read on until the stream ends or breaks."""
        while await self.event() is not None:
            pass

    async def end(self) -> Any:
        """Return the code that the stream ends with; None when it just ends."""
        async with asyncio.timeout(WITHIN_S):
            while (event := await self.event()) is not None:
                if event.name == "end":
                    assert await self.event() is None
                    return event.data["code"]
        return None


@asynccontextmanager
async def watching(caller: Caller, venue_id: str, **headers: str) -> AsyncIterator[Screen]:
    """Open a stream, and hang up in the end."""
    headers = {**caller.headers, "Accept": "text/event-stream", **headers}
    path = f"{API}/venues/{venue_id}/live"
    async with caller.client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield Screen(answer)
