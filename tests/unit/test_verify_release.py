"""`scripts/verify_release` repeats a draw from its file alone, and names whatever was changed in it."""

import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.releases.verify_release import check, draw, spelled, ticket_of
from services.reservations.releases import drawing
from tests.releases import BEACON, SEED, make_entries, make_release_record

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_release"
RECORD = make_release_record()
NOTED = ("--seed-sha256", RECORD["seed_sha256"], "--pool-sha256", RECORD["pool_sha256"])

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


def changed(*changes: Change) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    for change in changes:
        change(record)
    return record


def new_pool_digest(record: dict[str, Any]) -> None:
    record["pool_sha256"] = hashlib.sha256(spelled(record["pool"])).hexdigest()


def new_result_digest(record: dict[str, Any]) -> None:
    record["result_sha256"] = hashlib.sha256(spelled(record["result"])).hexdigest()


def drop_a_request(record: dict[str, Any]) -> None:
    del record["pool"]["requests"][0]


def first_loser_wins(record: dict[str, Any]) -> None:
    next(one for one in record["result"] if one[1] is None)[1] = "slt_000"


def swap_first_two(record: dict[str, Any]) -> None:
    record["result"][:2] = record["result"][1::-1]


def set_to(name: str, value: Any) -> Change:
    return lambda record: record.update({name: value})


CHANGES: list[tuple[list[Change], str]] = [
    ([set_to("seed", "00" * 32)], "seed_changed"),
    ([set_to("seed_sha256", "00" * 32)], "seed_changed"),
    ([set_to("seed", "00" * 32), set_to("seed_sha256", hashlib.sha256(bytes(32)).hexdigest())], "other_commitment"),
    ([drop_a_request], "pool_changed"),
    ([drop_a_request, new_pool_digest], "ticket_put_in"),
    ([lambda record: record["pool"]["slots"][0].update(places=99)], "pool_changed"),
    ([lambda record: record["pool"]["slots"][0].update(places=99), new_pool_digest], "slot_changed"),
    ([lambda record: record["pool"]["requests"].reverse(), new_pool_digest], "pool_disordered"),
    ([lambda record: record["pool"]["requests"][0].update(party_size=-9), new_pool_digest], "party_wrong"),
    ([lambda record: record["pool"]["requests"][0]["choices"].clear(), new_pool_digest], "choices_wrong"),
    ([lambda record: record["pool"].update(release_id="rel_2"), new_pool_digest], "other_release"),
    ([first_loser_wins], "result_changed"),
    ([first_loser_wins, new_result_digest], "slot_changed"),
    ([swap_first_two, new_result_digest], "order_changed"),
    ([lambda record: record["result"].pop(), new_result_digest], "ticket_left_out"),
    ([lambda record: record["result"].append(record["result"][0]), new_result_digest], "ticket_twice"),
    ([lambda record: record["beacon"].update(public_value="1")], "order_changed"),
    ([lambda record: record["beacon"].update(checkpoint=None)], "order_changed"),
    ([lambda record: record["forfeited"].append(["00" * 16, "slot_full"])], "forfeited_unknown"),
    ([lambda record: record["forfeited"].append(record["forfeited"][0])], "forfeited_twice"),
    ([set_to("format", "chengma-release-record-2")], "format_unknown"),
]


def test_a_right_record_agrees(tmp_path: Path) -> None:
    assert check(RECORD) == []
    done = run(tmp_path, RECORD, *NOTED)
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 requests" in done.stdout
    assert "1 × day_limit_reached" in done.stdout


@pytest.mark.parametrize(("changes", "code"), CHANGES)
def test_whatever_is_changed_is_found(changes: list[Change], code: str, tmp_path: Path) -> None:
    record = changed(*changes)
    assert code in {found for found, _, _ in check(record)}
    assert run(tmp_path, record, *NOTED).returncode == 1


def test_an_invented_record_agrees_with_itself_and_not_with_what_was_noted(tmp_path: Path) -> None:
    invented = make_release_record(requests=41)
    assert check(invented) == []
    assert run(tmp_path, invented).returncode == 3
    assert run(tmp_path, invented, "--arithmetic-only").returncode == 0
    done = run(tmp_path, invented, *NOTED)
    assert done.returncode == 1
    assert "digest of the pool" in done.stdout


def test_a_citizen_finds_their_ticket(tmp_path: Path) -> None:
    salt, request_id = "ab" * 16, "drq_01JD0000000000000000000000"
    assert ticket_of(request_id, salt) == drawing.ticket_of(request_id, salt)
    done = run(tmp_path, RECORD, *NOTED, "--request", request_id, salt)
    assert done.returncode == 1
    assert ticket_of(request_id, salt) in done.stdout


def test_what_is_weaker_than_announced_is_said(tmp_path: Path) -> None:
    record, pool = copy.deepcopy(RECORD), RECORD["pool"]
    record["beacon"] = {"checkpoint": None, "public_value": None}
    record["result"] = draw(pool, SEED, record["pool_sha256"], record["beacon"])
    new_result_digest(record)
    record["forfeited"] = None
    done = run(tmp_path, record, *NOTED)
    assert done.returncode == 0
    assert "no checkpoint" in done.stdout
    assert "public figure" in done.stdout


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "chengma-release-record-1"}', "[" * 100_000])
def test_what_is_no_record_is_refused_in_words(text: str, tmp_path: Path) -> None:
    done = run(tmp_path, text)
    assert done.returncode == 2
    assert done.stderr.startswith("verify_release: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("right", "twice"),
    [
        ('{"format"', '{"seed": "00", "format"'),
        ('"beacon": {', '"beacon": {"public_value": "1", '),
        ('"pool": {', '"pool": {"slots": [], '),
        ('"forfeited": [', '"forfeited": [], "forfeited": ['),
    ],
)
def test_a_key_that_is_there_twice_is_refused(right: str, twice: str, tmp_path: Path) -> None:
    text = json.dumps(RECORD)
    assert text.count(right) == 1
    done = run(tmp_path, text.replace(right, twice), *NOTED)
    assert done.returncode == 2
    assert "a key is there twice" in done.stderr


@pytest.mark.parametrize(
    "change", [lambda record: record.pop("forfeited"), *map(set_to, ["forfeited"] * 3, ["", 0, {}])]
)
def test_without_a_list_of_forfeits_it_is_not_the_whole_record(change: Change, tmp_path: Path) -> None:
    assert run(tmp_path, changed(change), *NOTED).returncode == 2


def test_script_and_server_draw_alike() -> None:
    for count, slots, places in ((0, 3, 5), (1, 3, 5), (7, 3, 0), (200, 7, 11), (500, 5, 1000)):
        text = drawing.pool_text(
            "rel_1", "00" * 32, {f"slt_{n:03}": places for n in range(slots)}, make_entries(count, slots)
        )
        pool, sha256 = json.loads(text), drawing.digest_of(text)
        lots = drawing.draw(pool, drawing.key_of(SEED, sha256, BEACON))
        repeated = draw(pool, SEED, sha256, drawing.beacon_content(BEACON))
        assert [[one.ticket, one.slot_id] for one in lots] == repeated
        assert spelled(pool).decode() == text
