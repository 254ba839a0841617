"""Phones of a measurement: each sends one photo, while somebody asks how the server is."""

import asyncio
import hashlib
import io
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.plan import API, HOST

CHUNK = 1024 * 1024
PHOTO_SIZE = (4032, 3024)
ASK_EVERY_S = 0.02
LOOK_EVERY_S = 0.2
OK, OUT_OF_PLACE, BUSY = 200, 409, 503
ANSWERED_IN_JSON_BELOW = 500  # by both designs
TOO_LONG_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request was answered with."""

    status: int
    body: Any


class Connection:
    """One connection to a server, kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection(HOST, port))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def ask(self, method: str, path: str, *, token: str = "", kind: str = "", body: bytes = b"") -> Answer:
        """Send a request and return its answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"Content-Type: {kind}"] if kind else []
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        length = next(int(line.split(":")[1]) for line in head if line.lower().startswith("content-length:"))
        status, content = int(head[0].split()[1]), await self._reader.readexactly(length)
        return Answer(status=status, body=json.loads(content) if status < ANSWERED_IN_JSON_BELOW else content)


def photo_files(count: int, *, seed: int) -> Sequence[bytes]:
    """Return files of photos of 12 megapixels and about 2 MB, all different: decoders ignore what follows the end."""
    rough = Image.frombytes("RGB", (504, 378), random.Random(seed).randbytes(504 * 378 * 3))  # noqa: S311 -- a picture
    into = io.BytesIO()
    rough.resize(PHOTO_SIZE).save(into, "JPEG", quality=75)
    return [into.getvalue() + f"{seed}-{number}".encode() for number in range(count)]


class Phone:
    """Sends one photo as a client should, and counts how often it was told to come back later."""

    def __init__(self, connection: Connection, token: str) -> None:
        self._connection = connection
        self._token = token
        self.refused = 0

    async def send(self, file: bytes) -> None:
        """Send a photo in chunks."""
        name = hashlib.sha256(file).hexdigest()
        begin = json.dumps({"sha256": name, "size": len(file)}).encode()
        progress = await self._ask("POST", f"{API}/photos", kind="application/json", body=begin)
        while progress["state"] == "receiving":
            at = progress["received"]
            path, chunk = f"{API}/photos/{name}/chunks?offset={at}", file[at : at + CHUNK]
            progress = await self._ask("POST", path, kind="application/octet-stream", body=chunk)
        self._connection.close()

    async def await_pictures(self, files: Sequence[bytes], wanted: int) -> None:
        """Wait until so many of the photos have their pictures, whichever."""
        paths = [f"{API}/photos/{hashlib.sha256(file).hexdigest()}" for file in files]
        async with asyncio.timeout(TOO_LONG_S):
            while True:
                states = [(await self._ask("GET", path))["state"] for path in paths]
                if states.count("ready") >= wanted:
                    break
                if set(states) - {"ready", "received"}:
                    raise BenchFailed(f"photos are {set(states)}")
                await asyncio.sleep(LOOK_EVERY_S)
        self._connection.close()

    async def _ask(self, method: str, path: str, *, kind: str = "", body: bytes = b"") -> Any:
        while True:
            answer = await self._connection.ask(method, path, token=self._token, kind=kind, body=body)
            if answer.status == OK:
                return answer.body
            if answer.status == OUT_OF_PLACE:  # an earlier try took effect, and only its answer came too late
                return {"state": "receiving", "received": answer.body["received"]}
            if answer.status != BUSY:
                raise BenchFailed(f"a photo was answered with {answer.status}: {answer.body}")
            self.refused += 1
            await asyncio.sleep(1)


async def send_in_chunks(port: int, token: str, file: bytes) -> int:
    """Send a photo; return how often it was told to come back later."""
    phone = Phone(await Connection.open(port), token)
    await phone.send(file)
    return phone.refused


async def await_pictures(port: int, token: str, files: Sequence[bytes], wanted: int) -> int:
    """Wait until so many photos have their pictures; return the same."""
    phone = Phone(await Connection.open(port), token)
    await phone.await_pictures(files, wanted)
    return phone.refused


async def send_whole(port: int, file: bytes) -> None:
    """Send a photo to the naive design."""
    connection = await Connection.open(port)
    answer = await connection.ask("POST", "/photos", kind="image/jpeg", body=file)
    if answer.status != OK:
        raise BenchFailed(f"a photo was answered with {answer.status}")
    connection.close()


async def latencies_ms(port: int, found: list[float]) -> None:
    """Ask again and again how the server is, and note how long each answer took, until cancelled."""
    connection = await Connection.open(port)
    try:
        while True:
            began = time.perf_counter()
            await connection.ask("GET", "/healthz")
            found.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(ASK_EVERY_S)
    finally:
        connection.close()
