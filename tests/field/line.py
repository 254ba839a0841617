"""The line between a phone and the server: it breaks before, within and after requests."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

API = "/api/v1"
# Statuses that ask to try again: a phone does, later.
TRY_AGAIN = frozenset({429, 500, 502, 503})
ANSWERED_WITHIN_S = 30.0


class NoAnswer(Exception):
    """The phone does not know whether the server got it."""


class Refused(Exception):
    """The server said no, for good."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


@dataclass(kw_only=True)
class Line:
    """Somebody's connection; `trouble` is the share of requests that are not simply answered."""

    client: httpx.AsyncClient
    luck: random.Random
    trouble: float = 0.0
    token: str | None = None
    cut: int = field(default=0, init=False)

    async def get(self, path: str, **parameters: Any) -> Any:
        return await self._ask("GET", path, params=parameters)

    async def post(self, path: str, body: Any = None, **parameters: Any) -> Any:
        return await self._ask("POST", path, json=body, params=parameters)

    async def post_bytes(self, path: str, content: bytes, **parameters: Any) -> Any:
        headers = {"Content-Type": "application/octet-stream"}
        if self.luck.random() < self.trouble / 2:
            await self._send_a_part(path, content, parameters)
        return await self._ask("POST", path, content=content, headers=headers, params=parameters)

    async def _ask(self, method: str, path: str, **given: Any) -> Any:
        fate = self.luck.random()
        if fate < self.trouble / 3:
            raise NoAnswer  # never left the phone
        if self.token is not None:
            given["headers"] = {**given.get("headers", {}), "Authorization": f"Bearer {self.token}"}
        try:
            answer = await self.client.request(method, API + path, timeout=ANSWERED_WITHIN_S, **given)
        except httpx.HTTPError:
            raise NoAnswer from None
        if fate < self.trouble:
            self.cut += 1
            raise NoAnswer  # the server has it, and the phone does not know
        if answer.status_code in TRY_AGAIN:
            raise NoAnswer
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json())
        return answer.json() if answer.headers.get("Content-Type") == "application/json" else answer.content

    async def _send_a_part(self, path: str, content: bytes, parameters: dict[str, Any]) -> None:
        """Break off within the body, at any byte."""
        address = urlsplit(str(self.client.base_url))
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
        except OSError:
            raise NoAnswer from None
        head = (
            f"POST {API}{path}?{urlencode(parameters)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n"
            f"Content-Type: application/octet-stream\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        )
        writer.write(head.encode() + content[: self.luck.randrange(len(content))])
        await writer.drain()
        writer.transport.abort()
        self.cut += 1
        raise NoAnswer

    async def insist(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """Ask until there is an answer: for people who sit at a desk and try again."""
        for _ in range(60):
            try:
                return await (self.get(path, **parameters) if method == "GET" else self.post(path, body, **parameters))
            except NoAnswer:
                await asyncio.sleep(0.2)
        raise AssertionError(f"no answer to {method} {path} {json.dumps(body)}")

    async def all_of(self, path: str, **parameters: Any) -> list[Any]:
        """Return all pages of a list."""
        found: list[Any] = []
        while True:
            page = await self.insist("GET", path, limit=200, **parameters)
            found += page["items"]
            if page["next"] is None:
                return found
            parameters = {**parameters, "after": page["next"]}
