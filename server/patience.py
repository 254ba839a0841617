"""Tornado's server, with a look around for silent clients now and then instead of two alarms for each request."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.ioloop import PeriodicCallback

# For the next request, to the end of its head; and for its body.
IDLE_S = 120.0
BODY_S = 30.0
LOOK_EVERY_S = 1.0


class PatientServer(HTTPServer):
    """Closes connections whose clients say nothing for too long while it is their turn.

    Tornado's own alarms, made and taken back for each head and body, took a twelfth of a request's time.
    """

    def initialize(self, *arguments: Any, idle_s: float = IDLE_S, body_s: float = BODY_S, **options: Any) -> None:
        """Take what Tornado's server takes, and how many seconds a client has."""
        super().initialize(*arguments, **options)
        self.conn_params.header_timeout = self.conn_params.body_timeout = None
        self._idle_s, self._body_s = idle_s, body_s
        self._loop = asyncio.get_running_loop()
        # By the event loop's clock; of those whose turn it is.
        self._late_at: dict[Any, float] = {}
        self._look = PeriodicCallback(self._look_around, min(LOOK_EVERY_S, idle_s, body_s) * 1000)
        self._look.start()

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Wait for the next request of a connection."""
        self._late_at[server_conn] = self._loop.time() + self._idle_s
        return _Listening(self, server_conn, super().start_request(server_conn, request_conn))

    def body_begins(self, server_conn: object) -> None:
        """Give the client time for the body."""
        self._late_at[server_conn] = self._loop.time() + self._body_s

    def request_ends(self, server_conn: object) -> None:
        """Wait for the client no more: it is the handler's turn."""
        self._late_at.pop(server_conn, None)

    def on_close(self, server_conn: object) -> None:
        """Forget the connection."""
        self._late_at.pop(server_conn, None)
        super().on_close(server_conn)

    async def close_all_connections(self) -> None:
        """Close them, and look around no more."""
        self._look.stop()
        await super().close_all_connections()

    def _look_around(self) -> None:
        now = self._loop.time()
        for server_conn in [one for one, late_at in self._late_at.items() if late_at < now]:
            server_conn.stream.close()


class _Listening(HTTPMessageDelegate):
    """Tells the server whose turn it is."""

    def __init__(self, server: PatientServer, server_conn: object, delegate: HTTPMessageDelegate) -> None:
        self._server = server
        self._server_conn = server_conn
        self._delegate = delegate
        self.data_received = delegate.data_received  # type: ignore[method-assign]  # called as it is
        self.on_connection_close = delegate.on_connection_close  # type: ignore[method-assign]  # as above

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Pass the head on."""
        self._server.body_begins(self._server_conn)
        return self._delegate.headers_received(start_line, headers)

    def finish(self) -> None:
        """Pass the end on."""
        self._server.request_ends(self._server_conn)
        self._delegate.finish()
