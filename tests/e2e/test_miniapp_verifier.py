"""The verifier of the mini-program: its own tests, and thousands of cases at random that it decides as Python does."""

import json
import re
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qr.gate_verifier import GateProblem, GateReason
from server.embedded import PROJECT
from tests import gates_at_random, packs_at_random

MINIAPP = PROJECT / "miniapp"
SEED = 8
GATE_CASES, PACK_CASES, LOG_CASES = 1500, 400, 100
LEAST_TESTS = 39


def npm(script: str) -> str:
    """Return what a script of package.json writes; fails with all of it unless it ends well."""
    if not (MINIAPP / "node_modules").is_dir():
        pytest.fail("the packages of miniapp are missing: ./scripts/test installs them")
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=MINIAPP, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def report() -> str:
    return npm("test")


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write cases at random with Python's answers, and return where."""
    draw, directory = Random(SEED), tmp_path_factory.mktemp("at-random")
    files = {
        "verdicts.json": gates_at_random.verdicts(draw, GATE_CASES),
        "packs.json": packs_at_random.packs(draw, PACK_CASES),
        "log.json": packs_at_random.log(draw, LOG_CASES),
    }
    for name, cases in files.items():
        (directory / name).write_text(json.dumps(cases), encoding="utf-8")
    return directory


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def judged(directory: Path) -> Any:
    judge = MINIAPP / "build" / "test" / "judge-files.js"
    done = subprocess.run(["node", judge, directory], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_tests_of_the_verifier_pass(report: str) -> None:
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", report, re.MULTILINE)
    assert passed is not None, report
    assert int(passed[1]) >= LEAST_TESTS


@pytest.mark.usefixtures("report")
def test_cases_at_random_are_decided_as_in_python(decided: Path) -> None:
    assert judged(decided) == {
        "verdicts.json": {"cases": GATE_CASES, "differences": []},
        "packs.json": {"cases": PACK_CASES, "differences": []},
        "log.json": {"cases": LOG_CASES, "differences": []},
    }


@pytest.mark.usefixtures("report")
def test_another_answer_of_python_would_be_told(decided: Path, tmp_path: Path) -> None:
    verdicts = read(decided / "verdicts.json")
    for case in verdicts["cases"][:3]:
        case["steps"][0]["verdict"]["admitted_count"] += 1
    (tmp_path / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")
    found = judged(tmp_path)["verdicts.json"]["differences"]
    assert [one["name"] for one in found] == ["at random 0", "at random 1", "at random 2"]


def test_what_is_drawn_comes_to_every_answer(decided: Path) -> None:
    verdicts = gates_at_random.coverage(read(decided / "verdicts.json"))
    assert min(verdicts.values()) >= 5
    assert set(verdicts) == {"admitted", "pack_expired", *GateReason, *GateProblem}
    outcomes = packs_at_random.outcomes(read(decided / "packs.json"))
    assert set(outcomes) == {"read", "malformed", "unknown_key", "revoked", "bad_signature", "pack_expired"}
