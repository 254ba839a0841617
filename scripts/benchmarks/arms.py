"""One server process of a measurement: ours as it is, or with one part replaced by another design.

python -m scripts.benchmarks.arms DESIGN --config FILE --index N --report FILE
"""

import argparse
from collections.abc import Awaitable
from pathlib import Path

import uvloop
from pymongo import monitoring

from scripts.benchmarks.designs import DESIGNS
from scripts.benchmarks.gauges import BlockGauge, CommandCounts, Gauges, LagGauge
from server.config import load_config
from server.logging import configure_logging


def main() -> None:
    """Serve until SIGTERM, as `server.worker` does, with gauges."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("design", choices=DESIGNS)
    arguments.add_argument("--config", type=Path, required=True)
    arguments.add_argument("--index", type=int, required=True)
    arguments.add_argument("--report", type=Path, required=True)
    given = arguments.parse_args()
    config = load_config(given.config)
    configure_logging(config.logging.level)
    serve = DESIGNS[given.design]()
    counts = CommandCounts()
    monitoring.register(counts)  # before the first client is made
    gauges = Gauges(counts=counts, lag=LagGauge(), block=BlockGauge())
    uvloop.run(_measured(serve(config, given.index), given.report, gauges))


async def _measured(serving: Awaitable[None], report: Path, gauges: Gauges) -> None:
    with gauges.on_call(report):
        await serving


if __name__ == "__main__":
    main()
