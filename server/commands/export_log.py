"""`scripts/export_log`: brings the files of the log up to date, for keeping elsewhere and for verifying."""

import argparse
import asyncio
import sys
from pathlib import Path

from server.commands.running import environment_of_running_server
from server.config import Config, ConfigError, load_config
from server.embedded import PROJECT
from server.exporting import LogExport
from server.log_wiring import EVENTS
from server.wiring import open_stores
from services.common.errors import DomainError
from services.keys.errors import MasterKeyMismatch
from services.transparency.committed import MongoCommitted
from services.transparency.model import LogName
from services.transparency.mongo import MongoCheckpoints, MongoLog
from services.transparency.note_file import RecordContradicted


def main() -> None:
    """Parse the command line and export; end with 1 where the files contradict the database."""
    given = _parser().parse_args()
    try:
        config = load_config(given.config, environment_of_running_server(given.config, given.data_dir))
        size = asyncio.run(_export(config, given.log, given.to))
    except RecordContradicted as error:
        sys.exit(f"export_log: {error}: 与数据库不符，未继续 contradicts the database, so nothing more was written")
    except (ConfigError, DomainError, MasterKeyMismatch, OSError) as error:
        sys.exit(f"export_log: {error}")
    sys.stderr.write(f"export_log: {size} leaves in {given.to}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/export_log", description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "config.yaml", help="the settings")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="the data directory of the server that runs")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the files are, or shall be")
    parser.add_argument(
        "--log", type=LogName, choices=list(LogName), default=LogName.ITEMS, help="which log (default: items)"
    )
    return parser


async def _export(config: Config, log: LogName, directory: Path) -> int:
    async with open_stores(config) as stores:
        mongo = stores.mongo
        return await LogExport(
            log.value,
            directory,
            logs=MongoLog(mongo),
            checkpoints=MongoCheckpoints(mongo),
            events=MongoCommitted(mongo, EVENTS[log]),
        ).run()


if __name__ == "__main__":
    main()
