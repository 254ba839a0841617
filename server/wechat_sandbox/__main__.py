"""Runs the stand-in: `python -m server.wechat_sandbox --port 0`."""

import argparse
import asyncio
import signal
import sys
import time

from server.wechat_sandbox.app import ADDRESS, listen, make_sandbox
from server.wechat_sandbox.credentials import App

LAST_PORT = 65535


async def serve(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status, 1 when the port is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = App(app_id=arguments.app_id, secret=arguments.app_secret)
    try:
        server, port = listen(make_sandbox(app, now=time.time), arguments.port)
    except OSError as error:
        sys.stderr.write(f"the WeChat stand-in cannot listen on {ADDRESS}:{arguments.port}: {error.strerror}\n")
        return 1
    sys.stdout.write(f"listening on {ADDRESS}:{port}\n")
    sys.stdout.flush()
    await stop.wait()
    server.stop()
    return 0


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m server.wechat_sandbox", description=__doc__)
    parser.add_argument("--port", type=port_number, required=True, help="0 lets the system choose")
    parser.add_argument("--app-id", default="", help="refuse every other app id with 40013")
    parser.add_argument("--app-secret", default="", help="refuse every other secret with 40125")
    return parser.parse_args()


def port_number(text: str) -> int:
    """Return the port; raises for anything else."""
    port = int(text)
    if not 0 <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(_read_arguments())))
