"""Answers that go on: server-sent events (WHATWG HTML, section 9.2), told for as long as somebody listens."""

import asyncio
import functools
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from tornado.iostream import StreamClosedError

from handlers.operation import ANSWER_WITHIN_S, ApiHandler, Endpoint, Operation
from handlers.wire import write_json
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, DomainError

EVENT_STREAM = "text/event-stream"
# What a client waits before it comes again, in milliseconds.
RETRY = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"


class Feed(Protocol):
    """Something that changes."""

    @property
    def age_s(self) -> float:
        """How long ago it was certain that there is no news."""

    async def news(self, within_s: float) -> Any | None:
        """Return the latest, once it is not what was told last; None when nothing changes in that time."""


class EventStreamHandler(ApiHandler):
    """A handler one of whose methods tells events until the client leaves, the server stops or the actor may not."""

    heartbeat_s = 15.0
    # How long a stream may go on after a session has ended, or a role was lost.
    check_every_s = 3.0
    # Whoever reads more slowly is dropped: they come again and are told everything that they missed, in one event.
    slowest_s = 10.0
    # Without a look at the database for so long, nothing that a screen shows is certain any more.
    stale_after_s = 15.0

    @abstractmethod
    def event_of(self, news: Any) -> tuple[int, bytes]:
        """Return the id and the JSON of an event."""

    @abstractmethod
    async def ensure_welcome(self, *path: str) -> None:
        """Raise why the actor may not be told any more."""

    async def tell(self, feed: Feed, path: tuple[str, ...]) -> None:
        """Tell what changes, until something ends it."""
        self.set_header("Content-Type", EVENT_STREAM)
        # Proxies that gather answers before they pass them on would hold events back (nginx).
        self.set_header("X-Accel-Buffering", "no")
        if self.request.method == "HEAD":
            return
        with suppress(StreamClosedError), self.services.under_way.until_draining():
            try:
                await self._tell_until_refused(feed, path)
            except TimeoutError:
                connection: Any = self.request.connection
                connection.stream.close()

    async def _tell_until_refused(self, feed: Feed, path: tuple[str, ...]) -> None:
        try:
            await self._send(RETRY)
            await self._tell(feed, path)
        except DomainError as refusal:
            await self._send(_event(b"end", write_json({"code": refusal.code})))

    async def _tell(self, feed: Feed, path: tuple[str, ...]) -> None:
        now = asyncio.get_running_loop().time
        beat_at, check_at = now() + self.heartbeat_s, now() + self.check_every_s
        while True:
            news = await feed.news(min(beat_at, check_at) - now())
            if news is not None:
                number, content = self.event_of(news)
                await self._send(b"id: %d\n" % number + _event(b"state", content))
                beat_at = now() + self.heartbeat_s
            if now() >= beat_at:
                await self._send(HEARTBEAT)
                beat_at = now() + self.heartbeat_s
            if now() >= check_at:
                await self._check(feed, path)
                check_at = now() + self.check_every_s

    async def _check(self, feed: Feed, path: tuple[str, ...]) -> None:
        if feed.age_s > self.stale_after_s:
            raise DatabaseUnavailable
        # Nobody is sent away by a question that has no answer at the moment: the age of the news does that.
        with deadline(ANSWER_WITHIN_S), suppress(DatabaseUnavailable):
            await self.services.sessions.ensure_current(self.bearer_token())
            await self.ensure_welcome(*path)

    async def _send(self, chunk: bytes) -> None:
        """Hand a piece to the client; raises TimeoutError when it does not take it."""
        self.write(chunk)
        async with asyncio.timeout(self.slowest_s):
            await self.flush()


def _event(name: bytes, content: bytes) -> bytes:
    return b"event: " + name + b"\ndata: " + content + b"\n\n"


Streaming = Callable[..., Awaitable[None]]


def stream(declared: Operation) -> Callable[[Streaming], Endpoint]:
    """Wrap a method that goes on in what its declaration says; only the way in has a deadline."""

    def wrap(method: Streaming) -> Endpoint:
        @functools.wraps(method)
        async def run(self: EventStreamHandler, *path: str) -> None:
            with self.services.under_way:
                await self.while_listened_to(_carry_out(self, declared, method, path))
            if self._headers_written:
                self.set_status(declared.status)  # that a screen was switched off is how a stream ends

        run.operation = declared  # type: ignore[attr-defined]  # read by the OpenAPI generator
        return run

    return wrap


async def _carry_out(self: EventStreamHandler, declared: Operation, method: Streaming, path: tuple[str, ...]) -> None:
    with deadline(ANSWER_WITHIN_S):
        await self.let_in(declared)
        self.take(declared)
    await method(self, *path)
    self.finish()
