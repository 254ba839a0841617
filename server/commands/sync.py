"""`scripts/sync`: how delivering to the main system stands, and having records delivered again, all, or compared."""

import argparse
import asyncio
import sys
from pathlib import Path

from server.commands import sync_backfill, sync_quality, sync_reconcile, sync_replay, sync_status
from server.commands.running import environment_of_running_server
from server.commands.sync_reconcile import NoMainSystem, failure_words
from server.commands.sync_replay import NoSuchLetter
from server.config import Config, ConfigError, load_config
from server.embedded import PROJECT
from services.common.errors import DatabaseUnavailable, DomainError
from services.keys.errors import MasterKeyMismatch
from services.sync.shelves.ports import ShelfUnavailable
from services.sync.standard.schemas import StandardIncomplete

# 1 is an answer: an alert holds, or something is left to do.
CANNOT = 2
INTERRUPTED = 130


def main() -> None:
    """Parse the command line and do it; end with 1 where something needs a person, with 2 where it cannot be done."""
    given = _parser().parse_args()
    try:
        config = load_config(given.config, environment_of_running_server(given.config, given.data_dir))
        code = asyncio.run(given.work(config, given))
    except KeyboardInterrupt:
        sys.stderr.write("\nsync: stopped; nothing is lost, and the command may be given again\n")
        sys.exit(INTERRUPTED)
    except ShelfUnavailable as error:
        _give_up(failure_words(error.reason))
    except DatabaseUnavailable:
        _give_up("our own database does not answer: is the server running?")
    except (ConfigError, DomainError, MasterKeyMismatch, NoMainSystem, NoSuchLetter, StandardIncomplete) as error:
        _give_up(str(error))
    else:
        sys.exit(code)


def _give_up(reason: str) -> None:
    sys.stderr.write(f"sync: {reason}\n")
    sys.exit(CANNOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/sync", description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "config.yaml", help="the settings")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="the data directory of the server that runs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    status = commands.add_parser("status", help="how delivering stands; ends with 1 while an alert holds")
    sync_status.add_arguments(status)
    status.set_defaults(work=sync_status.work)
    replay = commands.add_parser("replay", help="deliver dead letters again, when their cause is mended")
    sync_replay.add_arguments(replay)
    replay.set_defaults(work=sync_replay.work)
    backfill = commands.add_parser("backfill", help="deliver everything; repeats do no harm, nor does a running server")
    sync_backfill.add_arguments(backfill)
    backfill.set_defaults(work=sync_backfill.work)
    words = "compare what the main system has with what it was told, and put it right"
    reconcile = commands.add_parser("reconcile", help=words)
    sync_reconcile.add_arguments(reconcile)
    reconcile.set_defaults(work=_reconcile)
    quality = commands.add_parser("quality", help="measure now how good the records are that were delivered")
    sync_quality.add_arguments(quality)
    quality.set_defaults(work=sync_quality.work)
    return parser


async def _reconcile(config: Config, given: argparse.Namespace) -> int:
    try:
        found = await sync_reconcile.reconcile(config, sync_reconcile.wish_of(given), sync_reconcile.show_bar)
    finally:
        sync_reconcile.clear_bar()
    sys.stdout.write("\n".join(sync_reconcile.report_lines(found)) + "\n")
    return sync_reconcile.exit_code(found)


if __name__ == "__main__":
    main()
