"""Lines of one's own to the server: a client that says its words and may leave before the answer."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tests.concurrency.town import API, Person
from tests.processes import ServerProcess


def booking_request(person: Person, wish: Any, headers: Mapping[str, str]) -> bytes:
    """Return the bytes of a request to book."""
    body = json.dumps(wish).encode()
    named = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Authorization": f"Bearer {person.tokens['access_token']}",
        **headers,
    }
    lines = [f"POST {API}/reservations HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def say(server: ServerProcess, words: bytes) -> asyncio.StreamWriter:
    """Send `words` on a line of their own, and return the line."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(words)
    await writer.drain()
    return writer
