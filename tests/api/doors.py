"""Doors between a server and its stores, which a test can shut or hold."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

BLOCK = 64 * 1024
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Door:
    """A port of this machine that leads to a store.

    Shut, it breaks every connection and refuses new ones, as after a crash. Held, it takes connections and passes
    nothing on, as behind a broken network.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, inside: Callable[[], Awaitable[Streams]]) -> None:
        self._loop = loop
        self._inside = inside
        self._passing = asyncio.Event()
        self._passing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def open(self) -> None:
        """Let everything through, from now on or again."""
        self._call(self._open())

    def shut(self) -> None:
        self._call(self._shut())

    def hold(self) -> None:
        self._call(self._hold())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._passing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _hold(self) -> None:
        self._passing.clear()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await self._inside()
        except OSError:
            writer.transport.abort()
            return
        both = {writer, inner_writer}
        self._writers |= both
        await asyncio.gather(self._carry(reader, inner_writer), self._carry(inner_reader, writer))
        self._writers -= both

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(BLOCK):
                await self._passing.wait()
                target.write(data)
                await target.drain()
        target.close()


@contextmanager
def doors() -> Iterator[Callable[[str], Door]]:
    """Give a function that makes an open door to the store at a URL (`mongodb://`, `redis://`, `unix://`)."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made: list[Door] = []

    def make(url: str) -> Door:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            path = unquote(parts.path)
            door = Door(loop, lambda: asyncio.open_unix_connection(path))
        else:
            door = Door(loop, lambda: asyncio.open_connection(parts.hostname, parts.port))
        door.open()
        made.append(door)
        return door

    try:
        yield make
    finally:
        for door in made:
            door.shut()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def through(url: str, door: Door) -> str:
    """Return `url` with the door's address in place of the store's."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis://127.0.0.1:{door.port}"
    netloc = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{door.port}"
    # Without this the driver would ask the store where it is, and go there.
    return parts._replace(netloc=netloc, query=f"{parts.query}&directConnection=true").geturl()
