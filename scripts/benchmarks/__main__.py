"""`./scripts/bench NAME`: runs one measurement, or all of them."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from scripts.benchmarks import booking, gate, items, pages, patrols, startup, sync
from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.machine import allow_files, describe_machine
from scripts.benchmarks.report import Report
from server.supervisor.errors import StartFailed

MEASUREMENTS: Mapping[str, Callable[[Asked], Awaitable[Report]]] = {
    "startup": startup.measure,
    "booking": booking.measure,
    "gate": gate.measure,
    "pages": pages.measure,
    "items": items.measure,
    "patrols": patrols.measure,
    "sync": sync.measure,
}
ABOUT = """\
Measures Chengma on its real stores, started for the purpose and thrown away afterwards.

  startup   seconds from the start command to ready, and memory at rest
  booking   the release rush: against the naive design, raw inserts, and the same handler without a database;
            fewer rounds than asked for when they would take longer than six minutes
  gate      scans a second at the gate: against the naive design and the same handler without a database
  pages     venues, slots and the welcome page: against a query at each request and a bare handler
  items     minting, labels to PDF, capture of EPCIS documents, public checks: against the bare driver and the
            qrcode library
  patrols   check-ins a second: against a transaction for each and raw inserts; 200 uploads of photos at once:
            against the whole file in one body and its pictures made in the handler
  sync      the relay against the driver's own upserts, its memory with a long backlog, and what comparing both sides
            reads against a full compare
  all       all of these, one after the other

Prints a Markdown table for docs/performance.md; exits with 1 when a floor that the project set itself is missed.
"""
# Thousands of connections, both ends of each on this machine; servers and generators inherit the limit.
OPEN_FILES = 16_384
INTERRUPTED = 130  # as a shell says it of Ctrl-C


def main() -> None:
    """Measure what was asked for; exits with 1 when a floor is missed."""
    given = _arguments()
    asked = Asked(
        rounds=given.rounds,
        processes=given.processes,
        extent=Extent.QUICK if given.quick else Extent.USUAL,
        points=given.points,
    )
    names = list(MEASUREMENTS) if given.name == "all" else [given.name]
    machine = describe_machine()
    allow_files(OPEN_FILES)
    try:
        reports = asyncio.run(_measure(names, asked))
    except (BenchFailed, StartFailed) as failure:
        sys.exit(f"bench: {failure}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED)
    if given.json is not None:
        _write(given.json, {"machine": machine, "measurements": [report.to_json() for report in reports]})
    if asked.points is not None:
        curve: list[Any] = next((report.raw["points"] for report in reports if "points" in report.raw), [])
        _write(asked.points, {"machine": machine, "points": curve})
    print("\n\n".join(report.to_markdown(machine) for report in reports))
    missed = [f"{report.name}: {row.measure}" for report in reports for row in report.missed]
    verdict = "tried out, nothing judged" if asked.extent is Extent.QUICK else "no floor was missed"
    print("\n".join(["", *(f"MISSED  {one}" for one in missed)] if missed else ["", verdict]))
    sys.exit(1 if missed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./scripts/bench", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--rounds", type=_count, default=5, help="how often all designs take their turn (default: 5)")
    parser.add_argument(
        "--processes", type=_count, default=2, help="booking: so many server processes against one (default: 2)"
    )
    parser.add_argument("--json", type=_file, metavar="FILE", help="write everything that was measured to FILE")
    parser.add_argument(
        "--points",
        type=_file,
        metavar="FILE",
        help="booking: also measure the curve from 10 to 400 connections, and write it to FILE",
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to try things out; judges nothing")
    return parser.parse_args()


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return count


def _file(text: str) -> Path:
    path = Path(text)
    # Said now, and not after minutes of measuring.
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"cannot write to {text}")
    return path


async def _measure(names: Sequence[str], asked: Asked) -> list[Report]:
    # Cancelled, every measurement stops what it has started; Ctrl-C does the same by itself.
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, cast("asyncio.Task[None]", asyncio.current_task()).cancel
    )
    reports = [await MEASUREMENTS[name](asked) for name in names]
    return [report.unjudged() for report in reports] if asked.extent is Extent.QUICK else reports


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
