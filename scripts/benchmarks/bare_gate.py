"""The ceiling of admissions: Tornado as it comes, with a handler that reads JSON and answers as much as a gate does."""

import asyncio
import json
import signal

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.config import Config
from server.worker import LISTEN_BACKLOG

ANSWER = {
    "decision": "admitted",
    "reason": None,
    "reservation_id": "rsv_01K0000000EXAMP7E000000001",
    "admitted_now": 1,
    "admitted_count": 1,
    "party_size": 1,
    "starts_at": "2027-02-06T10:00:00+08:00",
    "ends_at": "2027-02-06T12:00:00+08:00",
    "scanned_at": "2027-02-06T10:05:07.123+08:00",
}


class BareHandler(RequestHandler):
    """Admits everybody, and says so to whoever asks for anything else."""

    def get(self) -> None:
        """Answer the request that warms a connection up."""
        self.finish(ANSWER)

    def post(self) -> None:
        """Read the body and answer."""
        json.loads(self.request.body)
        self.finish(ANSWER)


async def serve(config: Config, _: int) -> None:
    """Serve until SIGTERM, with no services behind it."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    server = HTTPServer(Application([(".*", BareHandler)]))
    server.add_sockets(bind_sockets(config.server.port, config.server.host, backlog=LISTEN_BACKLOG, reuse_port=True))
    await stopping.wait()
    server.stop()
