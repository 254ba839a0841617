"""`scripts/sync backfill`: delivers everything there is, beside the server or without it."""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date

from server.commands.sync_letters import count_of
from server.commands.sync_reconcile import NO_TARGET, NoMainSystem, clear_bar
from server.config import Config
from server.sync.parts import SyncParts, open_sync
from server.wiring import open_stores
from services.common.errors import DatabaseUnavailable
from services.sync.model import RecordKind
from services.sync.relay.backfilling import Backfilling
from services.sync.shelves.ports import Shelf, ShelfUnavailable

BAR_CELLS = 24
COLUMNS = ("read", "delivered", "known", "dead")
WIDTHS = (11, 11, 11, 9)
MINUTE_S, HOUR_S = 60, 3600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--kind", action="append", type=RecordKind, choices=list(RecordKind), help="only this kind; may be repeated"
    )
    parser.add_argument("--since", type=_day, metavar="DAY", help="only what is counted under this day or a later one")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day such as 2026-11-22") from None


async def work(config: Config, given: argparse.Namespace) -> int:
    """Deliver; return 1 where a record could not go. Raises NoMainSystem, ShelfUnavailable, DatabaseUnavailable."""
    async with open_stores(config) as stores, open_sync(config, stores) as parts:
        if parts.target is None:
            raise NoMainSystem(NO_TARGET)
        await parts.target.put(())  # it answers, and we may deliver there
        kinds = tuple(dict.fromkeys(given.kind or parts.sources))
        filling = _Filling(_backfilling(parts, parts.target), kinds)
        try:
            await filling.run(given.since)
        finally:
            clear_bar()
            sys.stdout.write("".join(f"{line}\n" for line in filling.lines()))
    return filling.code


def _backfilling(parts: SyncParts, target: Shelf) -> Backfilling:
    return Backfilling(sources=parts.sources, sorting=parts.sorting, target=target, marks=parts.marks, dead=parts.dead)


class _Filling:
    """A backfill under way, and what is shown of it."""

    def __init__(self, backfilling: Backfilling, kinds: Iterable[RecordKind]) -> None:
        self._backfilling = backfilling
        self._done: dict[RecordKind, Counter[str]] = {kind: Counter() for kind in kinds}
        self._broken: set[RecordKind] = set()
        self._expected = 0
        self._began = time.monotonic()

    @property
    def code(self) -> int:
        """Return 0 where everything went."""
        return 1 if self._broken or any(done["dead"] for done in self._done.values()) else 0

    async def run(self, since: date | None) -> None:
        """Deliver kind by kind; one that meets a defect of ours does not keep the others back."""
        self._expected = sum([await self._backfilling.about(kind) for kind in self._done])
        for kind, done in self._done.items():
            try:
                async for step in self._backfilling.deliver(kind, since):
                    done.update(asdict(step))
                    self._show(kind)
            except (DatabaseUnavailable, ShelfUnavailable):
                raise
            except Exception:  # a defect of ours in one kind: shown whole, counted, and the other kinds go on
                clear_bar()
                traceback.print_exc()
                self._broken.add(kind)

    def lines(self) -> Iterator[str]:
        """Yield the report: a line for each kind."""
        yield " ".join([f"{'kind':14}", *(f"{name:>{width}}" for name, width in zip(COLUMNS, WIDTHS, strict=True))])
        for kind, done in self._done.items():
            figures = (f"{done[name]:{width},}" for name, width in zip(COLUMNS, WIDTHS, strict=True))
            yield " ".join([f"{kind:14}", *figures]) + ("  broken off by a defect, see above" * (kind in self._broken))
        if dead := sum(done["dead"] for done in self._done.values()):
            yield f"{count_of(dead, 'record')} cannot be delivered: ./scripts/sync status tells which, and why"

    def _show(self, kind: RecordKind) -> None:
        """Draw a bar over the last one, on standard error; on a terminal only."""
        if sys.stderr.isatty():
            read = sum(done["read"] for done in self._done.values())
            line = bar_line(kind, read, max(read, self._expected), time.monotonic() - self._began)
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()


def bar_line(kind: RecordKind, read: int, expected: int, seconds: float) -> str:
    """Return the bar when `read` of about `expected` records took so many seconds."""
    filled = BAR_CELLS * read // expected if expected else BAR_CELLS
    rate = read / seconds if seconds > 0 else 0.0
    left = f", {_duration((expected - read) / rate)} left" if rate > 0 else ""
    return f"{'█' * filled}{'░' * (BAR_CELLS - filled)} {kind}: {read:,} of {expected:,}, {rate:,.0f}/s{left}"


def _duration(seconds: float) -> str:
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds // MINUTE_S:.0f} min {seconds % MINUTE_S:.0f} s"
    return f"{seconds // HOUR_S:.0f} h {seconds % HOUR_S // MINUTE_S:.0f} min"
