"""`./scripts/simulate points.json`: calibrates, predicts what was held out, and derives what a city needs."""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scripts.simulation import capacity
from scripts.simulation.calibration import Calibration, calibrate
from scripts.simulation.city import City
from scripts.simulation.city_report import (
    Chosen,
    assumptions_table,
    hot_slot_table,
    naive_table,
    needs_table,
    options_table,
    stress_table,
)
from scripts.simulation.model import Engine, Looking
from scripts.simulation.plant import Plant
from scripts.simulation.points import PointsUnusable, read_points
from scripts.simulation.report import calibration_table, errors_table
from scripts.simulation.tables import Table

LOADS = ((2, capacity.DOOR), (5, capacity.DOOR), (5, math.inf))


def main() -> None:
    """Print what was found; exits with 2 when the points cannot be used."""
    parser = argparse.ArgumentParser(prog="./scripts/simulate", description="The booking rush on paper.")
    parser.add_argument("points", type=Path, help="what ./scripts/bench booking --points FILE wrote")
    parser.add_argument("--markdown", action="store_true", help="print Markdown for docs/performance.md")
    parser.add_argument("--calibration", action="store_true", help="stop before the city, which takes some minutes")
    given = parser.parse_args()
    try:
        found = calibrate(read_points(given.points), Engine())
    except PointsUnusable as error:
        parser.exit(2, f"simulate: {error}\n")
    show = Table.as_markdown if given.markdown else Table.as_text
    for table in _machine(found):
        print(show(table))
    if given.calibration:
        return
    if not given.markdown:  # the document states them already
        print(assumptions_table(City()).as_text())
    for table in _city(found):
        print(show(table))


def _machine(found: Calibration) -> Iterator[Table]:
    yield calibration_table(found)
    yield errors_table(found.calibrated, "Points used for calibration")
    yield errors_table(found.held_out, "Points held out: predicted, then compared")


def _city(found: Calibration) -> Iterator[Table]:
    city, engine = City(), found.engine
    costs = capacity.production(found.costs, 1)
    _note("how many server processes")
    processes = capacity.processes_needed(city, costs, engine)
    options = []
    by_owners = replace(engine, looking=Looking.OWNER)
    for built, databases in ((engine, capacity.DATABASES), (by_owners, capacity.BY_OWNERS)):
        for shards, cores in databases:
            _note(f"{processes} processes, database {shards} x {cores} cores, {built.looking} looks")
            options.append(capacity.try_option(city, found.costs, built, processes, shards, cores))
    chosen = capacity.choose(options)
    plant = Plant(
        processes=processes,
        database_cores=chosen.shards * chosen.cores,
        costs=capacity.production(found.costs, chosen.shards),
        engine=engine,
    )
    stresses = []
    for load, door in ((1, math.inf), *LOADS):
        _note(f"{capacity.STRESS_S:.0f} seconds at {load} times the load")
        stresses.append(capacity.stress(city, plant, load, door))
    needs = Chosen(processes=processes, option=chosen, run=stresses[0])
    yield needs_table(city, needs, costs, engine)
    yield options_table(options, chosen, processes)
    yield stress_table(stresses)
    bounds = [
        ("as measured", capacity.hot_slot(found.costs, engine)),
        ("replica set", capacity.hot_slot(costs, engine)),
        ("cluster of 4 shards", capacity.hot_slot(capacity.production(found.costs, 4), engine)),
    ]
    yield hot_slot_table(bounds, engine.largest)
    yield naive_table(city, needs, found.points.naive)


def _note(what: str) -> None:
    print(f"simulate: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
