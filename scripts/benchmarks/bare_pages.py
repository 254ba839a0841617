"""The ceiling of pages: Tornado as it comes, with a handler that answers with the same bytes."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.config import Config
from server.worker import LISTEN_BACKLOG

# Names a file of JSON: the body of each path.
BODIES = "BENCH_BODIES"


class BareHandler(RequestHandler):
    """Answers a path with its body."""

    def initialize(self, bodies: Mapping[str, bytes]) -> None:
        """Take the bodies."""
        self._bodies = bodies

    def get(self) -> None:
        """Answer."""
        self.set_header("Content-Type", "application/json")
        self.finish(self._bodies[self.request.uri or ""])


async def serve(config: Config, _: int) -> None:
    """Serve until SIGTERM, with no services behind it."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    server = HTTPServer(Application([(".*", BareHandler, {"bodies": _bodies()})]))
    server.add_sockets(bind_sockets(config.server.port, config.server.host, backlog=LISTEN_BACKLOG, reuse_port=True))
    await stopping.wait()
    server.stop()


def _bodies() -> dict[str, bytes]:
    written = json.loads(Path(os.environ[BODIES]).read_text(encoding="utf-8"))
    return {path: body.encode() for path, body in written.items()}
