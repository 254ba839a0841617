"""The measuring house, as somebody uses it who wants figures; how good they are is not judged here."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from server.embedded import PROJECT
from tests.processes import await_end
from tests.terminal import as_from_a_terminal

ENDED_WITHIN_S = 30.0


def bench(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    with as_from_a_terminal():
        return subprocess.Popen(
            [sys.executable, "-m", "scripts.benchmarks", *arguments],
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(directory)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def measured(directory: Path, *arguments: str) -> tuple[str, Mapping[str, Any]]:
    found = directory / "found.json"
    process = bench(directory, *arguments, "--rounds", "1", "--quick", "--json", str(found))
    shown, progress = process.communicate()
    assert process.returncode == 0, progress
    assert [path for path in directory.iterdir() if path.name.startswith("chengma-bench-")] == []
    return shown, json.loads(found.read_text(encoding="utf-8"))


def test_booking_compares_every_design_and_finds_the_database_exact(tmp_path: Path) -> None:
    shown, found = measured(tmp_path, "booking")
    booking = found["measurements"][0]
    assert {"cores", "memory_gb", "cpu", "commit", "date"} <= found["machine"].keys()
    assert booking["faults"] == [[]]
    rows = {row["measure"]: row["values"] for row in booking["rows"]}
    assert len(rows) == 19
    assert all(f"| {measure} " in shown for measure in rows)
    runs = {(one["workload"], one["design"]): one["rounds"][0] for one in booking["runs"]}
    for design, statuses in (
        ("ours", {"201": 100, "409": 100}),
        ("no database", {"201": 100, "409": 100}),
        ("several processes", {"201": 100, "409": 100}),
        ("naive", {"201": 20, "409": 20}),
    ):
        assert runs["hot slot", design]["statuses"] == statuses
    assert all(set(run["statuses"]) <= {"201", "409"} for run in runs.values())
    assert runs["hot slot", "naive"]["batch"] == 1
    assert runs["hot slot", "ours"]["batch"] > 1
    assert {"server", "database", "redis", "load generator"} == runs["hot slot", "ours"]["cpu_s"].keys()


@pytest.mark.parametrize(("name", "designs"), [("gate", 6), ("pages", 11)])
def test_the_other_measurements_run_too(tmp_path: Path, name: str, designs: int) -> None:
    _, found = measured(tmp_path, name)
    runs = [one["rounds"][0] for one in found["measurements"][0]["runs"]]
    assert [set(run["statuses"]) for run in runs] == [{"200"}] * designs
    assert found["measurements"][0]["notes"][1:] == []  # nobody was counted wrongly


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    with bench(tmp_path, "booking", "--quick") as process:
        try:
            assert process.stderr is not None
            assert any("looking at memory" in line for line in process.stderr)
            children = psutil.Process(process.pid).children(recursive=True)
            assert len(children) > 1
            process.send_signal(signal.SIGINT)
            process.communicate()
        finally:
            process.kill()
    assert process.returncode == 130
    assert await_end(children, within_s=ENDED_WITHIN_S) == []
    assert list(tmp_path.iterdir()) == []
