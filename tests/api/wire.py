"""Requests to the byte, for what a well-behaved client cannot send."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tests.api.house import House

ANSWER_WITHIN_S = 20.0
CLOSED_WITHIN_S = 20.0


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """What came back: the status, the head as sent, and the body."""

    status: int
    head: str
    body: bytes


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, house: House) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", house.server.port))

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def answer(self) -> RawAnswer:
        """Read one answer with a length."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [
                line.partition(":")[2] for line in head.split("\r\n") if line.lower().startswith("content-length")
            ]
            body = await self._reader.readexactly(int(lengths[0])) if lengths else b""
        return RawAnswer(status=int(head.split(" ")[1]), head=head, body=body)

    def end(self) -> None:
        """Say that nothing more will come."""
        self._writer.write_eof()

    async def rest(self) -> bytes:
        """Read until the other side closes."""
        found = b""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(CLOSED_WITHIN_S):
                while part := await self._reader.read(64 * 1024):
                    found += part
        return found

    async def is_closed(self) -> bool:
        """Wait until the other side has closed; False if it does not."""
        try:
            async with asyncio.timeout(CLOSED_WITHIN_S):
                return await self._reader.read(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self._writer.close()
