"""`scripts/sync replay`: has dead letters delivered again by the process that delivers."""

import argparse
import sys

from server.config import Config
from server.sync.overseeing import build_replaying
from server.wiring import open_stores
from services.sync.model import RecordKind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--kind", type=RecordKind, choices=list(RecordKind), help="all dead letters of this kind")
    which.add_argument("--id", action="append", metavar="KIND:ID", help="this dead letter; may be repeated")
    which.add_argument("--all", action="store_true", help="all dead letters")


async def work(config: Config, given: argparse.Namespace) -> int:
    """Let the records wait again; raises MainSystemMissing, DatabaseUnavailable."""
    async with open_stores(config) as stores:
        many = await build_replaying(config, stores.mongo).replay(given.kind, given.id or ())
    sys.stdout.write(
        f"sync: {many:,} records wait to be delivered again; ./scripts/sync status shows what stays dead\n"
    )
    return 0
