"""A wire to the database that can freeze, and can break at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from services.common.mongo import Mongo

OnReply = Callable[[], object]


class Wire:
    """Passes bytes on, both ways, while it is not frozen."""

    def __init__(self, uri: str) -> None:
        self._uri = urlsplit(uri)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._lost: tuple[bytes, OnReply] | None = None
        self._held: tuple[bytes, ...] = ()
        self._released = asyncio.Event()
        self._delay_s = 0.0
        self._port = 0

    @property
    def uri(self) -> str:
        """Where to connect to go through this wire."""
        address = f"{self._uri.username}:{self._uri.password}@127.0.0.1:{self._port}"
        # Else the driver asks the server for its address, and goes there directly.
        return urlunsplit(self._uri._replace(netloc=address, query=f"{self._uri.query}&directConnection=true"))

    def freeze(self) -> None:
        """Hold everything back from now on."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    def lose_reply_to(self, command: str, then: OnReply) -> None:
        """Let the next `command` reach the database; when it replies, call `then` and break the line instead."""
        self._lost = (command.encode(), then)

    def hold(self, *commands: str) -> None:
        """Keep the lines that carry one of `commands` waiting from now on, and let all others flow."""
        self._held = tuple(command.encode() for command in commands)
        self._released.clear()

    def release(self) -> None:
        """Let through what was held."""
        self._held = ()
        self._released.set()

    def slow_down(self, seconds: float) -> None:
        """Let every request take so much longer from now on."""
        self._delay_s = seconds

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Be one line."""
        try:
            database, to_database = await asyncio.open_connection(self._uri.hostname, self._uri.port)
        except OSError:  # nobody is there at the moment
            to_client.close()
            return
        broken: list[OnReply] = []
        ways = [
            asyncio.create_task(self._requests(client, to_database, broken)),
            asyncio.create_task(self._replies(database, to_client, broken)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for writer in (to_client, to_database):
            writer.close()

    async def _requests(
        self, client: asyncio.StreamReader, to_database: asyncio.StreamWriter, broken: list[OnReply]
    ) -> None:
        while request := await client.read(1 << 16):
            await self._flowing.wait()
            await asyncio.sleep(self._delay_s)
            if any(command in request for command in self._held):
                await self._released.wait()
            if self._lost is not None and self._lost[0] in request:
                broken.append(self._lost[1])
                self._lost = None
            to_database.write(request)

    async def _replies(
        self, database: asyncio.StreamReader, to_client: asyncio.StreamWriter, broken: list[OnReply]
    ) -> None:
        while reply := await database.read(1 << 16):
            await self._flowing.wait()
            if broken:
                broken[0]()
                return
            to_client.write(reply)

    async def listen(self) -> asyncio.Server:
        """Take lines on a free port."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        return server


@asynccontextmanager
async def wired(config: MongoConfig) -> AsyncIterator[tuple[Wire, Mongo]]:
    """Be a server process whose way to the database is a wire."""
    wire = Wire(config.uri)
    server = await wire.listen()
    mongo = connect_mongo(replace(config, uri=wire.uri))
    try:
        yield wire, mongo
    finally:
        wire.thaw()
        await mongo.close()
        server.close()
