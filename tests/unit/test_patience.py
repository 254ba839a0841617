"""How long the server waits for silent clients, by bytes on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, stream_request_body

from server.patience import PatientServer

WITHIN_S = 20.0
SHORT_S = 0.1
LONG_S = 1000.0
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"

Call = Callable[[float, float], Awaitable["Line"]]


@stream_request_body
class Slow(RequestHandler):
    """Takes far longer than a client may."""

    def data_received(self, chunk: bytes) -> None:
        """Drop it."""

    async def post(self) -> None:
        await asyncio.sleep(10 * SHORT_S)
        self.finish("done")


class Line:
    """A client's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, words: bytes) -> None:
        self._writer.write(words)

    async def hear(self, end: bytes) -> bytes:
        """Read as far as `end`."""
        async with asyncio.timeout(WITHIN_S):
            return await self._reader.readuntil(end)

    async def hear_all(self) -> bytes:
        """Read until the server closes."""
        async with asyncio.timeout(WITHIN_S):
            return await self._reader.read()

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    """Return a function that opens a line to a new server with so many seconds for a request and for its body."""
    servers: list[PatientServer] = []
    lines: list[Line] = []

    async def open_line(idle_s: float, body_s: float) -> Line:
        server = PatientServer(Application([("/", Slow)], log_function=lambda _: None), idle_s=idle_s, body_s=body_s)
        servers.append(server)
        (bound,) = bind_sockets(0, "127.0.0.1", socket.AF_INET)
        server.add_socket(bound)
        lines.append(Line(*await asyncio.open_connection(*bound.getsockname())))
        return lines[-1]

    yield open_line
    for line in lines:
        line.close()
    for server in servers:
        server.stop()
        await server.close_all_connections()


@pytest.mark.parametrize("words", [b"", HEAD[:10]])
async def test_who_does_not_send_a_head_is_left(call: Call, words: bytes) -> None:
    line = await call(SHORT_S, LONG_S)
    line.say(words)
    assert await line.hear_all() == b""


async def test_who_does_not_send_the_body_is_left(call: Call) -> None:
    line = await call(LONG_S, SHORT_S)
    line.say(HEAD + b"x")
    assert await line.hear_all() == b""


async def test_who_waits_for_an_answer_may_be_silent_and_is_left_only_when_no_other_request_comes(call: Call) -> None:
    line = await call(SHORT_S, SHORT_S)
    line.say(HEAD + b"xyz")
    assert (await line.hear_all()).endswith(b"\r\n\r\ndone")


async def test_who_has_time_is_heard(call: Call) -> None:
    line = await call(LONG_S, LONG_S)
    for _ in range(2):
        await asyncio.sleep(2 * SHORT_S)
        line.say(HEAD + b"x")
        await asyncio.sleep(2 * SHORT_S)
        line.say(b"yz")
        assert (await line.hear(b"done")).startswith(b"HTTP/1.1 200 OK")
