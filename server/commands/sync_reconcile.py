"""`scripts/sync reconcile`: compares what the main system has with what it was told, and puts it right."""

import argparse
import sys
from collections.abc import Sequence

from handlers.messages.sync_admin import failure_message
from server.config import Config
from server.sync.parts import open_sync
from server.sync.reconciling import build_reconciling
from server.wiring import open_stores
from services.sync.model import RecordKind
from services.sync.reconciling.model import Asker, Depth, KindReport, Progress, Reconciliation, State, Treatment, Wish
from services.sync.reconciling.ports import Telling

BAR_CELLS = 24
COLUMNS = ("ours", "theirs", "different", "repaired", "left", "foreign", "reads")
WIDTHS = (10, 10, 9, 9, 7, 7, 9)
NO_TARGET = "no main system is configured: set CHENGMA_SYNC_MAIN_URI"


class NoMainSystem(Exception):
    """There is nothing to reconcile with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--kind", action="append", type=RecordKind, choices=list(RecordKind), help="only this kind; may be repeated"
    )
    parser.add_argument("--deep", action="store_true", help="also read every record, and what lies there, again")
    parser.add_argument("--dry-run", action="store_true", help="tell what differs, and repair nothing")


def wish_of(given: argparse.Namespace) -> Wish:
    """Return what the command line asks for."""
    return Wish(
        kinds=tuple(dict.fromkeys(given.kind or ())),
        depth=Depth.DEEP if given.deep else Depth.SUMS,
        treatment=Treatment.REPORT if given.dry_run else Treatment.REPAIR,
        by=Asker.OPERATOR,
    )


async def reconcile(config: Config, wish: Wish, progress: Telling) -> Reconciliation:
    """Reconcile in this process; return the report.

    Raises NoMainSystem, ReconciliationUnderWay while another one runs, and DatabaseUnavailable.
    """
    async with open_stores(config) as stores, open_sync(config, stores) as parts:
        if parts.target is None:
            raise NoMainSystem(NO_TARGET)
        return await build_reconciling(parts, parts.target).reconciling.run(wish, progress)


def show_bar(progress: Progress) -> None:
    """Draw a bar over the last one, on standard error; on a terminal only."""
    if sys.stderr.isatty():
        filled = BAR_CELLS * progress.done // progress.kinds
        bar = "█" * filled + "░" * (BAR_CELLS - filled)
        line = f"{bar} {progress.kind}: {progress.looked_at:,} read, {progress.found:,} different"
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def clear_bar() -> None:
    """Take the bar away."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def report_lines(found: Reconciliation) -> Sequence[str]:
    """Return the report for a terminal: a line a kind, then the first differences."""
    columns = zip(COLUMNS, WIDTHS, strict=True)
    header = " ".join([f"{'kind':14}", *(f"{name:>{width}}" for name, width in columns)])
    lines = [header, *map(_kind_line, found.kinds)]
    for one in found.listed:
        versions = " -> ".join(
            "-" if version is None else str(version) for version in (one.their_version, one.our_version)
        )
        lines.append(f"  {one.kind} {one.id}: {one.sort}, {versions}{'' if one.repaired else ', left'}")
    if found.state is not State.DONE:
        lines.append(f"{found.state}: {why_not_done(found)}")
    return lines


def why_not_done(found: Reconciliation) -> str:
    """Return why a reconciliation did not come to its end, and what to do about it."""
    return "another process took over" if found.failure is None else failure_words(found.failure)


def failure_words(code: str) -> str:
    """Return what a failure means, its code, and what to do about it."""
    advice = failure_message(code)
    return f"{advice.title['en']} ({code}). {advice.advice['en']}"


def _kind_line(report: KindReport) -> str:
    different = sum(report.found.values())
    figures = (report.ours, report.theirs, different, report.repaired, report.left, report.foreign, report.reads)
    cells = zip(figures, WIDTHS, strict=True)
    return " ".join([f"{report.kind:14}", *(f"{figure:{width},}" for figure, width in cells)])


def exit_code(found: Reconciliation) -> int:
    """Return 0 where both sides are equal now, else 1."""
    equal = found.state is State.DONE and not any(report.left for report in found.kinds)
    return 0 if equal else 1
