"""One server process: serves until it is told to stop, then finishes what is under way."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvloop
from tornado.netutil import bind_sockets

from handlers.background import Background
from handlers.context import Services
from handlers.under_way import UnderWay
from server.application import ExactApplication
from server.config import Config, ConfigError, load_config
from server.logging import configure_logging
from server.patience import PatientServer
from server.routes import build_routes
from server.wiring import open_services
from services.keys.errors import MasterKeyMismatch

# A burst of 2,000 new connections took 2 to 3 s with a backlog of 128.
LISTEN_BACKLOG = 4096
# Handlers bound bodies themselves, so that an oversized one gets an answer instead of a closed connection.
LARGEST_STREAM = 1 << 40
# Longer than leaving a job to others may take.
CANCEL_AGAIN_S = 2.5
# New objects before a collection, and collections before one of the next generation.
RARE_COLLECTIONS = (50_000, 20, 100)

log = structlog.get_logger("server")


def main() -> None:
    """Run one worker; its supervisor gives it its settings by the environment."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--config", type=Path, required=True)
    arguments.add_argument("--index", type=int, default=0)
    given = arguments.parse_args()
    try:
        config = load_config(given.config)
        configure_logging(config.logging.level)
        uvloop.run(serve(config, given.index))
    except (ConfigError, MasterKeyMismatch) as error:
        sys.exit(str(error))


async def serve(config: Config, index: int) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    async with open_services(config, worker=index) as services:
        spare_the_collector()
        server = listen(config, services)
        async with going_on(services.background):
            log.info("serving", port=config.server.port, worker=index)
            await stopping.wait()
            await drain(server, services.under_way, config.server.drain_s)
    log.info("stopped", worker=index)


@asynccontextmanager
async def going_on(background: Sequence[Background]) -> AsyncIterator[None]:
    """Do the work in the background while the enclosed runs; where one ends by a defect, the worker does, too."""
    tasks = [asyncio.create_task(work.run()) for work in background]
    for task in tasks:
        task.add_done_callback(_end_on_defect)
    try:
        yield
    finally:
        await end_all(tasks)


async def end_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: a task inside a call of the driver may swallow its cancellation (measured)."""
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=CANCEL_AGAIN_S)


def _end_on_defect(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("defect", exc_info=task.exception())
        # The supervisor starts a new worker; one that serves on without its background would hide it.
        signal.raise_signal(signal.SIGTERM)


def spare_the_collector() -> None:
    """Leave out of garbage collections what lives as long as the process, and make them rare.

    Requests leave hardly any cycles behind, yet a sixth of the time was spent looking for them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARE_COLLECTIONS)


def listen(config: Config, services: Services) -> PatientServer:
    """Open this process's own socket on the shared port."""
    server = PatientServer(
        ExactApplication(build_routes(services)), xheaders=config.server.behind_proxy, max_body_size=LARGEST_STREAM
    )
    sockets = bind_sockets(config.server.port, config.server.host, backlog=LISTEN_BACKLOG, reuse_port=True)
    server.add_sockets(sockets)
    return server


async def drain(server: PatientServer, under_way: UnderWay, seconds: float) -> None:
    """Take no new connections, give requests under way `seconds` to finish, then close what is left."""
    server.stop()
    try:
        await asyncio.wait_for(under_way.drained(), seconds)
    except TimeoutError:
        log.warning("drain_cut_short", seconds=seconds)
    await server.close_all_connections()


if __name__ == "__main__":
    main()
