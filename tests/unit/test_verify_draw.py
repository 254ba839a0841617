"""`scripts/verify_draw` repeats a draw from its file alone, and names whatever was changed in it."""

import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.draws.verify_draw import check, draw, spelled
from services.patrols.plans.drawing import Pool, picks_content, pool_content, seed_of
from services.patrols.plans.drawing import draw as draw_of_the_server
from services.transparency.commitment import canonical
from tests.draws import make_record

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_draw"
RECORD, LEAVES = make_record()

Change = Callable[[dict[str, Any]], Any]


def run(tmp_path: Path, record: Any, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a place where nothing of the project can be found."""
    file = tmp_path / "record.json"
    file.write_text(record if isinstance(record, str) else json.dumps(record), encoding="utf-8")
    return subprocess.run(
        [str(SCRIPT), str(file), *more],
        cwd=tmp_path,
        env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def changed(change: Change) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    change(record)
    return record


def with_new_digest(change: Change) -> Change:
    """Change the pool and hide it: with the digest that the changed pool has."""

    def both(record: dict[str, Any]) -> None:
        change(record["committed"])
        record["pool_sha256"] = hashlib.sha256(spelled(record["committed"])).hexdigest()

    return both


def drop_a_site(committed: dict[str, Any]) -> None:
    undrawn = {one["id"] for one in committed["sites"]} - {one["site"] for one in RECORD["result"]}
    committed["sites"] = [one for one in committed["sites"] if one["id"] != min(undrawn)]


def forge_the_log(record: dict[str, Any]) -> None:
    with_new_digest(drop_a_site)(record)
    record["log"]["data"]["event"]["data"]["pool_sha256"] = record["pool_sha256"]


def swap_two_sites(record: dict[str, Any]) -> None:
    record["result"][0], record["result"][1] = record["result"][1], record["result"][0]


def put_in_another_site(record: dict[str, Any]) -> None:
    drawn = {one["site"] for one in record["result"]}
    record["result"][0]["site"] = next(one["id"] for one in record["committed"]["sites"] if one["id"] not in drawn)


def turn_inspectors(record: dict[str, Any]) -> None:
    record["result"][2]["inspectors"].reverse()


TAMPERED: dict[str, tuple[Change, set[str]]] = {
    "a site is gone from the pool": (lambda record: drop_a_site(record["committed"]), {"pool_changed"}),
    "the pool and its digest": (with_new_digest(drop_a_site), {"pool_not_in_log"}),
    "the pool, its digest and the log": (forge_the_log, {"not_in_checkpoint"}),
    "the pool is in another order": (
        lambda record: record["committed"]["sites"].reverse(),
        {"pool_changed", "pool_disordered"},
    ),
    "a recusal more": (
        lambda record: record["committed"]["recusals"].append({"inspector": "stf_04", "site": "otl_029"}),
        {"pool_changed"},
    ),
    "a later announcement": (
        lambda record: record["committed"]["public_source"].update(announced_on="2026-12-03"),
        {"pool_changed"},
    ),
    "the server's seed": (
        lambda record: record.update(server_seed="00" * 32),
        {"seed_changed", "seed_made_otherwise", "site_left_out", "site_put_in", "inspectors_changed"},
    ),
    "the public value": (
        lambda record: record.update(public_value="1"),
        {"seed_made_otherwise", "site_left_out", "site_put_in", "inspectors_changed"},
    ),
    "the seed alone": (lambda record: record.update(seed="00" * 32), {"seed_made_otherwise"}),
    "another site": (put_in_another_site, {"site_left_out", "site_put_in"}),
    "the order of sites": (swap_two_sites, {"order_changed"}),
    "the order of inspectors": (turn_inspectors, {"inspectors_changed"}),
    "a site fewer": (lambda record: record["result"].pop(), {"site_left_out"}),
    "a site twice": (lambda record: record["result"].append(record["result"][0]), {"site_twice"}),
    "the commitment of another draw": (
        lambda record: record["log"]["data"]["event"].update(subject_id="drw_2"),
        {"other_event", "not_in_checkpoint"},
    ),
    "another leaf": (lambda record: record["log"].update(index=4), {"not_in_checkpoint", "not_in_exported_log"}),
    "a shorter proof": (lambda record: record["log"]["inclusion"].pop(), {"not_in_checkpoint"}),
    "another form": (lambda record: record.update(format="chengma-draw-record-9"), {"format_unknown"}),
}


def test_a_true_record_agrees() -> None:
    assert check(RECORD, LEAVES) == []
    assert check(RECORD) == []


@pytest.mark.parametrize("name", TAMPERED)
def test_whatever_is_changed_is_named(name: str) -> None:
    change, codes = TAMPERED[name]
    findings = check(changed(change), LEAVES)
    leaf_differs = {"not_in_exported_log"} if "not_in_checkpoint" in codes and name != "a shorter proof" else set()
    # Other inspectors may, but need not, come of another seed for a site that both draw.
    assert {code for code, _, _ in findings} - {"inspectors_changed"} == (codes | leaf_differs) - {"inspectors_changed"}
    if codes == {"inspectors_changed"}:
        assert [code for code, _, _ in findings] == ["inspectors_changed"]


def test_the_script_needs_nothing_of_the_project(tmp_path: Path) -> None:
    leaves = tmp_path / "leaves.txt"
    leaves.write_text("".join(f"{one}\n" for one in LEAVES), encoding="ascii")
    good = run(tmp_path, RECORD, "--log", str(leaves))
    assert good.returncode == 0, good.stderr
    assert "8 个点位" in good.stdout
    assert "5 × 亲属关系 kinship" in good.stdout
    assert "算术" not in good.stdout
    bad = run(tmp_path, changed(swap_two_sites))
    assert bad.returncode == 1
    assert "顺序" in bad.stdout
    assert "order" in bad.stdout


def test_a_record_without_the_log_is_only_arithmetic(tmp_path: Path) -> None:
    """An invented record agrees with itself: that must not look like a proof."""
    invented, _ = make_record(reasons=("former_employee",))
    answer = run(tmp_path, invented)
    assert answer.returncode == 3
    assert "只核验了算术" in answer.stdout
    assert "only the arithmetic" in answer.stdout
    asked_for = run(tmp_path, invented, "--arithmetic-only")
    assert (asked_for.returncode, asked_for.stdout) == (0, answer.stdout)
    leaves = tmp_path / "leaves.txt"
    leaves.write_text("".join(f"{one}\n" for one in LEAVES), encoding="ascii")
    found_out = run(tmp_path, invented, "--arithmetic-only", "--log", str(leaves))
    assert found_out.returncode == 1
    assert "导出的日志中没有" in found_out.stdout


def test_recusals_of_earlier_records_have_no_reason(tmp_path: Path) -> None:
    old, leaves = make_record(reasons=())
    assert "reason" not in old["committed"]["recusals"][0]
    assert check(old, leaves) == []
    assert "10 × 未注明原因" in run(tmp_path, old).stdout


def test_reasons_that_are_not_known_are_named() -> None:
    record, leaves = make_record(reasons=("he_asked_nicely",))
    assert {code for code, _, _ in check(record, leaves)} == {"reason_unknown"}


@pytest.mark.parametrize(
    ("committed_at", "codes"), [("2026-12-01T15:59:59Z", []), ("2026-12-01T16:00:00Z", ["committed_late"])]
)
def test_a_commitment_on_the_day_of_the_figure_is_too_late(committed_at: str, codes: list[str]) -> None:
    """The city's day begins at 16:00 UTC."""
    record, leaves = make_record(committed_at=committed_at)
    assert [code for code, _, _ in check(record, leaves)] == codes


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, '{"format": "chengma-draw-record-1"}'])
def test_what_is_no_record_cannot_be_checked(tmp_path: Path, text: str) -> None:
    answer = run(tmp_path, text)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr
    assert "Error" not in answer.stderr
    assert ("cannot be read" if text in {"", "[" * 100_000} else "not the whole record") in answer.stderr


def test_the_script_draws_as_the_server_does() -> None:
    """Two programs, written apart, over many pools."""
    for number in range(40):
        sites = {f"otl_{one}": str(310101 + one % 3) for one in range(number + 3)}
        people = {f"stf_{one}": [str(310101 + one % 3), str(310101 + (one + 1) % 3)] for one in range(9)}
        recusals = frozenset((f"stf_{one % 9}", f"otl_{one * 7 % (number + 3)}") for one in range(number))
        pool = Pool(sites=sites, inspectors=people, recusals=recusals)
        seed = seed_of(hashlib.sha256(bytes([number])).digest(), str(number))
        content = pool_content(pool, {"sites_to_draw": number, "inspectors_per_site": 2})
        assert draw(content, seed) == picks_content(draw_of_the_server(pool, seed, number, 2))
        assert spelled(content) == canonical(content)
