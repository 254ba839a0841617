"""The command line of `python -m server`."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.embedded import PROJECT
from server.supervisor.errors import StartRefused


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for: the settings file, and settings that override it, as environment variables."""

    config: Path
    settings: Mapping[str, str]


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the command line; prints help and leaves with SystemExit when asked to, or when it cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="./scripts/start",
        description="Starts Chengma with the stores that it needs, watches over it, and stops it on Ctrl-C or SIGTERM.",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_whole_number(1, 65535), metavar="N", help="listen on this port")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep embedded stores, keys and logs here")
    parser.add_argument("--workers", type=_whole_number(1, 64), metavar="N", help="start this many server processes")
    parser.add_argument("--no-demo", action="store_true", help="start without the demo city and the demo accounts")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=PROJECT / "config.yaml",
        help="the settings (default: %(default)s)",
    )
    given = parser.parse_args(arguments)
    settings = {
        "CHENGMA_SERVER_PORT": given.port,
        "CHENGMA_SERVER_DATA_DIR": _absolute(given.data_dir) if given.data_dir else None,
        "CHENGMA_SERVER_WORKERS": given.workers,
        "CHENGMA_DEMO": "false" if given.no_demo else None,
    }
    return Options(
        config=_absolute(given.config),
        settings={name: str(value) for name, value in settings.items() if value is not None},
    )


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise StartRefused(f"cannot use the path {path}: {error}") from error
