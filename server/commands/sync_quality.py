"""`scripts/sync quality`: measures now how good the records are that were delivered, as every night."""

import argparse
import sys

from server.config import Config
from server.sync.quality import measuring
from server.sync.standard_files import load_standard
from server.wiring import open_stores
from services.common.clock import SystemClock
from services.sync.quality.model import Dimension

WIDTH = 11


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes: nothing."""


async def work(config: Config, given: argparse.Namespace) -> int:  # noqa: ARG001 -- the shape of all commands
    """Measure every kind and show it, a line each; raises DatabaseUnavailable, StandardIncomplete."""
    heads = ("records", "total", *(one.value for one in Dimension))
    _show("kind", *heads)
    async with open_stores(config) as stores:
        objective_s = config.sync.lag_objective_s
        measured = measuring(stores.mongo, load_standard(), SystemClock(), lag_objective_s=objective_s)
        async for one in measured.measure():
            scores = (one.total, *(one.score(dimension) for dimension in Dimension))
            _show(one.kind, f"{one.counted:,}", *("-" if score is None else f"{score:.1f}" for score in scores))
    return 0


def _show(kind: str, *cells: str) -> None:
    sys.stdout.write(" ".join([f"{kind:14}", *(f"{cell:>{WIDTH}}" for cell in cells)]) + "\n")
    sys.stdout.flush()
