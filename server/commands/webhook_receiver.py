"""`scripts/webhook_receiver`: a receiver of webhooks for trying things out; prints each event that is really ours."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from services.webhooks.envelopes import CONTENT_TYPE
from services.webhooks.signing import SignatureRefused, ensure_signed, key_of

ADDRESS = "127.0.0.1"
SECRET_VARIABLE = "WEBHOOK_SECRET"  # noqa: S105 -- the name of a variable
LAST_PORT = 65535


class Receiver:
    """What came so far. The first `fail_first` messages are answered with 503, to show that they come again."""

    def __init__(self, key: bytes | None, fail_first: int, say: Callable[[str], None]) -> None:
        self._key = key
        self._failing = fail_first
        self._say = say
        self._seen: set[str] = set()

    def take(self, headers: dict[str, str], body: bytes) -> HTTPStatus:
        """Return how a message is answered. One that came before is answered alike, and said to be so."""
        if self._key is None:
            self._say(f"refused: there is no {SECRET_VARIABLE}")
            return HTTPStatus.UNAUTHORIZED
        try:
            message_id = ensure_signed(self._key, headers, body, datetime.now(UTC))
        except SignatureRefused as error:
            self._say(f"refused: {error}")
            return HTTPStatus.UNAUTHORIZED
        if headers.get("content-type") != CONTENT_TYPE:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        if self._failing > 0:
            self._failing -= 1
            self._say(f"failed on purpose: {message_id}")
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._say(f"{'again' if message_id in self._seen else 'event'}: {_one_line(body)}")
        self._seen.add(message_id)
        return HTTPStatus.NO_CONTENT


class HookHandler(RequestHandler):
    """Any path: agrees to being told (CloudEvents, HTTP 1.1 Web Hooks), and takes messages."""

    def initialize(self, receiver: Receiver) -> None:
        """Take what decides."""
        self._receiver = receiver

    def options(self) -> None:
        """Agree."""
        self.set_header("Allow", "POST, OPTIONS")
        self.set_header("WebHook-Allowed-Origin", self.request.headers.get("WebHook-Request-Origin", "*"))
        self.set_header("WebHook-Allowed-Rate", "*")
        self.set_status(HTTPStatus.NO_CONTENT)

    def post(self) -> None:
        """Take a message."""
        headers = {name.lower(): value for name, value in self.request.headers.get_all()}
        self.set_status(self._receiver.take(headers, self.request.body))


def _one_line(body: bytes) -> str:
    # Escaped: whatever stands in it, the terminal shows it and does not obey it.
    return json.dumps(json.loads(body), ensure_ascii=True)


def main() -> None:
    """Parse the command line and serve until SIGTERM or SIGINT."""
    given = _parser().parse_args()
    secret = os.environ.get(SECRET_VARIABLE, "")
    try:
        key = key_of(secret) if secret else None
    except ValueError as error:
        sys.exit(f"webhook_receiver: {SECRET_VARIABLE}: {error}")
    sys.exit(asyncio.run(_serve(Receiver(key, given.fail_first, _say), given.port)))


async def _serve(receiver: Receiver, port: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = HTTPServer(Application([(r".*", HookHandler, {"receiver": receiver})]))
    try:
        [socket] = bind_sockets(port, ADDRESS)
    except OSError as error:
        sys.stderr.write(f"webhook_receiver: cannot listen on {ADDRESS}:{port}: {error.strerror}\n")
        return 1
    server.add_socket(socket)
    _say(f"listening on http://{ADDRESS}:{socket.getsockname()[1]}/")
    await stop.wait()
    server.stop()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./scripts/webhook_receiver",
        description=__doc__,
        epilog=f"The secret comes as {SECRET_VARIABLE}; without one, it agrees to being told and refuses every event.",
    )
    parser.add_argument("--port", type=_port, default=8099, help="0 lets the system choose (default: 8099)")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N events with 503")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return port


if __name__ == "__main__":
    main()
