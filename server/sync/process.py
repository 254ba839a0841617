"""The sync process: of all that run, one leads, and brings records to the main system and events to platforms."""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog
import uvloop

from handlers.background import Background
from server.config import Config, ConfigError, load_config
from server.logging import configure_logging
from server.metrics import PrometheusMetrics
from server.sync.holder import is_gone, own_name
from server.sync.parts import open_sync, prepare_intake
from server.sync.works import open_works
from server.wiring import open_stores
from server.worker import going_on
from services.keys.errors import MasterKeyMismatch
from services.sync.relay.leading import Leadership
from services.sync.relay.mongo import MongoLeases

LEASE = "relay"

log = structlog.get_logger("sync")


def main() -> None:
    """Run until told to stop; the supervisor gives the settings by the environment."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--config", type=Path, required=True)
    given = arguments.parse_args()
    try:
        config = load_config(given.config)
        configure_logging(config.logging.level)
        uvloop.run(serve(config))
    except (ConfigError, MasterKeyMismatch) as error:
        sys.exit(str(error))


async def serve(config: Config) -> None:
    """Lead whenever it is our turn, until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    holder = own_name()
    async with open_stores(config) as stores, open_sync(config, stores) as parts:
        await stores.mongo.take_over(f"{socket.gethostname()}:{config.server.port}/sync")
        if parts.intake is not None:
            await prepare_intake(config, parts.intake)
        leadership = Leadership(MongoLeases(parts.mongo), name=LEASE, holder=holder, is_gone=is_gone)
        metrics = PrometheusMetrics()  # once: a process may lead more than once
        log.info("ready", instance=config.sync.instance)
        while not stopping.is_set() and await _our_turn(leadership, stopping):
            async with open_works(parts, stores, metrics, holder) as works:
                await _lead(leadership, works, stopping)
    log.info("stopped")


async def _our_turn(leadership: Leadership, stopping: asyncio.Event) -> bool:
    """Wait until this process leads; False when it is to stop instead."""
    turn = asyncio.create_task(leadership.await_turn())
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait((turn, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not turn.done():
        turn.cancel()
    await asyncio.wait((turn, stop))
    if not turn.cancelled():
        turn.result()  # a defect of ours ends the process, and the supervisor starts another
    if stopping.is_set():
        await leadership.let_go()
    return not stopping.is_set()


async def _lead(leadership: Leadership, works: Sequence[Background], stopping: asyncio.Event) -> None:
    """Do what a leader does, until it is to stop or leads no more."""
    over = asyncio.Event()
    log.info("leading")
    async with leadership.kept(over.set), going_on(works):
        ends = [asyncio.create_task(event.wait()) for event in (over, stopping)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
    log.info("leading_no_more")


if __name__ == "__main__":
    main()
