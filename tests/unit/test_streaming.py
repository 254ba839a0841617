"""Answers that go on, on real sockets: heartbeats, slow readers, refusals, and a server that stops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from handlers.streaming import EventStreamHandler
from handlers.under_way import UnderWay
from services.common.errors import DatabaseUnavailable
from services.identity.errors import SessionEnded

WITHIN_S = 20.0
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class News:
    """News that a test gives out."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.age_s = 0.0

    async def news(self, within_s: float) -> bytes | None:
        try:
            async with asyncio.timeout(max(0.0, within_s)):
                return await self.queue.get()
        except TimeoutError:
            return None


class Sessions:
    """Says what a test wants to be said of a session."""

    refusal: Exception | None = None

    async def ensure_current(self, _: str) -> None:
        if self.refusal is not None:
            raise self.refusal


class Telling(EventStreamHandler):
    """Tells the news of a test, and is impatient."""

    heartbeat_s = 0.2
    check_every_s = 0.1
    slowest_s = 0.5
    stale_after_s = 5.0

    async def get(self) -> None:
        with self.services.under_way:
            await self.while_listened_to(self._all())

    async def _all(self) -> None:
        await self.tell(self.services.news, ())  # type: ignore[attr-defined]  # this test's services
        self.finish()

    def event_of(self, news: bytes) -> tuple[int, bytes]:
        return len(news), news

    async def ensure_welcome(self, *_: str) -> None:
        """Everybody is."""


class Metrics:
    """Keeps the statuses of finished requests."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.finished = asyncio.Event()

    def observe_request(self, _method: str, _route: str, status: int, _seconds: float) -> None:
        self.statuses.append(status)
        self.finished.set()


@asynccontextmanager
async def telling() -> AsyncIterator[tuple[Any, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Run a server with one client, who has asked."""
    services = SimpleNamespace(under_way=UnderWay(), sessions=Sessions(), news=News(), metrics=Metrics())
    server = HTTPServer(
        Application([("/", Telling, {"services": services, "route": "/"})], log_function=lambda _: None)
    )
    (bound,) = bind_sockets(0, "127.0.0.1", socket.AF_INET)
    server.add_socket(bound)
    reader, writer = await asyncio.open_connection(*bound.getsockname(), limit=1 << 16)
    writer.write(REQUEST)
    try:
        async with asyncio.timeout(WITHIN_S):
            yield services, reader, writer
    finally:
        writer.close()
        server.stop()
        await server.close_all_connections()


async def test_a_client_hears_when_to_come_again_then_news_then_heartbeats() -> None:
    async with telling() as (services, reader, _):
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Content-Type: text/event-stream\r\n" in head
        assert b"Cache-Control: no-store\r\n" in head
        assert b"Transfer-Encoding: chunked\r\n" in head
        await reader.readuntil(b"retry: 2000\n\n")
        services.news.queue.put_nowait(b'{"a":1}')
        await reader.readuntil(b'id: 7\nevent: state\ndata: {"a":1}\n\n')
        for _ in range(3):
            await reader.readuntil(b": still here\n\n")


async def test_who_does_not_read_is_dropped_and_nothing_piles_up() -> None:
    async with telling() as (services, _, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport
        for _ in range(100):
            services.news.queue.put_nowait(b"x" * 4_000_000)
        await services.metrics.finished.wait()
        # What the sockets hold went out, and of the rest nothing was even taken.
        assert services.news.queue.qsize() > 90


async def test_the_stream_says_why_it_ends() -> None:
    async with telling() as (services, reader, _):
        await reader.readuntil(b"retry: 2000\n\n")
        services.sessions.refusal = SessionEnded()
        told = await reader.readuntil(b"0\r\n\r\n")
        assert b'event: end\ndata: {"code":"session_ended"}\n\n' in told
        assert services.metrics.statuses == [200]


async def test_a_question_without_an_answer_ends_nothing_and_stale_news_do() -> None:
    async with telling() as (services, reader, _):
        services.sessions.refusal = DatabaseUnavailable()
        for _ in range(3):
            await reader.readuntil(b": still here\n\n")
        services.news.age_s = 5.1
        assert b'data: {"code":"database_unavailable"}' in await reader.readuntil(b"0\r\n\r\n")


async def test_a_server_that_stops_ends_all_streams_at_once() -> None:
    async with telling() as (services, reader, _):
        await reader.readuntil(b"retry: 2000\n\n")
        async with asyncio.timeout(0.1):
            await services.under_way.drained()
        assert (await reader.readuntil(b"0\r\n\r\n")).endswith(b"0\r\n\r\n")
        assert services.metrics.statuses == [200]


async def test_a_slow_reader_does_not_keep_a_server_from_stopping() -> None:
    async with telling() as (services, reader, writer):
        await reader.readuntil(b"retry: 2000\n\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # as above
        services.news.queue.put_nowait(b"x" * 40_000_000)
        await asyncio.sleep(0.1)
        async with asyncio.timeout(0.1):
            await services.under_way.drained()


async def test_a_stream_that_begins_while_the_server_stops_ends_at_once() -> None:
    under_way = UnderWay()
    await under_way.drained()
    async with asyncio.timeout(1):
        with under_way.until_draining():
            await asyncio.sleep(10)


async def test_who_hangs_up_leaves_nothing_behind() -> None:
    async with telling() as (services, reader, writer):
        await reader.readuntil(b"retry: 2000\n\n")
        writer.close()
        async with asyncio.timeout(2):
            await services.metrics.finished.wait()
            await services.under_way.drained()
