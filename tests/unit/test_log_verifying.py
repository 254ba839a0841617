"""The verifier of exported files: every kind of tampering is found and named, and nothing else is."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qr.keyring import SigningKey
from scripts.transparency import verify_log
from scripts.transparency.checkpoints import GrowingTree
from scripts.transparency.findings import LINES
from services.transparency.merkle import leaf_hash, root_of
from tests.log_files import VKEY, LogFiles, leaf_of, make_event

Fault = tuple[Any, ...]


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    return LogFiles.make(tmp_path)


def arguments(files: LogFiles, *more: str) -> list[str]:
    named = ["--checkpoints", str(files.checkpoints_path), "--leaves", str(files.leaves_path)]
    return ["--key", VKEY, *named, "--events", str(files.events_path), *more]


def verdict_on(files: LogFiles, *more: str) -> verify_log.Verdict:
    files.write()
    return verify_log.verify(verify_log._parser().parse_args(arguments(files, *more)))


def faults(files: LogFiles, *more: str) -> list[Fault]:
    """Return the code and facts of each finding, and see that each can be said."""
    found = verdict_on(files, *more).findings
    assert all(all(one.lines) for one in found)
    return [(one.code, *(value for name, value in one.facts.items() if name != "reason")) for one in found]


def test_a_log_that_was_left_alone_is_right(files: LogFiles) -> None:
    verdict = verdict_on(files)
    assert verdict.ok
    assert (verdict.checkpoints, verdict.leaves, verdict.proved, verdict.events) == (5, 20, 20, 20)


def test_leaves_without_events_can_be_verified_alone(files: LogFiles) -> None:
    given = [one for one in arguments(files) if one not in {"--events", str(files.events_path)}]
    verdict = verify_log.verify(verify_log._parser().parse_args(given))
    assert (verdict.ok, verdict.events) == (True, None)


@pytest.mark.parametrize("member", ["data", "salt"])
def test_a_changed_event_is_named(files: LogFiles, member: str) -> None:
    files.events[7][member] = {"data": make_event(7)["data"] | {"place": "别处"}, "salt": "00" * 16}[member]
    assert faults(files) == [("event_changed", 7, "evt_0007")]


def test_spelling_alone_is_no_change(files: LogFiles) -> None:
    files.events[7]["data"] = dict(reversed(files.events[7]["data"].items()))
    files.events[8]["data"]["count"] = 8.0
    random.Random(1).shuffle(files.events)
    assert faults(files) == []


def test_each_of_several_changed_events_is_named(files: LogFiles) -> None:
    for index in (0, 11, 19):
        files.events[index]["data"]["count"] += 1
    assert faults(files) == [("event_changed", index, f"evt_{index:04}") for index in (0, 11, 19)]


def test_a_deleted_event_is_named(files: LogFiles) -> None:
    del files.events[3], files.events[18]
    assert faults(files) == [("event_missing", 3), ("event_missing", 19)]


def test_deleted_and_closed_up_the_events_after_it_are_moved(files: LogFiles) -> None:
    del files.events[17]
    for event in files.events[17:]:
        event["index"] -= 1
    assert faults(files) == [
        ("event_moved", 17, "evt_0018", 18),
        ("event_moved", 18, "evt_0019", 19),
        ("event_missing", 19),
    ]


@pytest.mark.parametrize("index", [-1, 4, 20, 10**15])
def test_an_inserted_event_is_named(files: LogFiles, index: int) -> None:
    files.events.insert(5, make_event(99) | {"index": index})
    (fault,) = faults(files)
    assert fault == ("event_inserted", index, "evt_0099")


def test_a_copy_of_an_event_is_named(files: LogFiles) -> None:
    files.events.append(dict(files.events[4]))
    files.events.append(files.events[4] | {"index": 6})
    assert faults(files) == [("event_inserted", 4, "evt_0004"), ("event_inserted", 6, "evt_0004")]


def test_two_events_in_each_others_place_are_named_together(files: LogFiles) -> None:
    files.events[2]["index"], files.events[14]["index"] = 14, 2
    assert faults(files) == [("events_swapped", 2, "evt_0014", 14, "evt_0002")]


def test_three_events_moved_in_a_ring_are_named_each(files: LogFiles) -> None:
    for event, index in ((files.events[1], 2), (files.events[2], 3), (files.events[3], 1)):
        event["index"] = index
    assert faults(files) == [
        ("event_moved", 1, "evt_0003", 3),
        ("event_moved", 2, "evt_0001", 1),
        ("event_moved", 3, "evt_0002", 2),
    ]


@pytest.mark.parametrize(
    ("kept", "number", "size", "proved"), [(19, 5, 20, 12), (12, 5, 20, 12), (11, 4, 12, 5), (0, 2, 5, 0)]
)
def test_a_truncated_leaf_file_is_found(files: LogFiles, kept: int, number: int, size: int, proved: int) -> None:
    files.leaves, files.events = files.leaves[:kept], files.events[:kept]
    assert faults(files) == [("leaves_cut", number, size, kept, size - 1)]
    assert verdict_on(files).proved == proved


@pytest.mark.parametrize(("index", "fault"), [(0, (2, 5, 0, 4)), (6, (4, 12, 5, 11)), (12, (5, 20, 12, 19))])
def test_a_change_with_its_leaf_computed_anew_is_narrowed_down(
    files: LogFiles, index: int, fault: tuple[int, ...]
) -> None:
    files.events[index]["data"]["count"] = 1_000_000
    files.leaves[index] = leaf_of(files.events[index])
    assert faults(files) == [("leaves_contradict", *fault)]


def test_a_history_rewritten_from_an_event_on_is_found(files: LogFiles) -> None:
    del files.events[8]
    for index, event in enumerate(files.events):
        event["index"] = index
    files.leaves = [leaf_of(event) for event in files.events]
    assert faults(files) == [("leaves_contradict", 4, 12, 5, 11)]


def test_what_is_not_signed_yet_is_no_fault(files: LogFiles) -> None:
    files.events.append(make_event(20))
    files.leaves.append(leaf_of(files.events[20]))
    verdict = verdict_on(files)
    assert (verdict.ok, verdict.leaves, verdict.proved) == (True, 21, 20)


def test_a_history_signed_by_another_key_is_found(files: LogFiles) -> None:
    files.sign(key=SigningKey(kid=2, seed=bytes(32)))
    found = faults(files)
    assert [fault[:2] for fault in found] == [("checkpoint_unsigned", number) for number in range(1, 6)]


def test_a_checkpoint_of_another_log_is_found(tmp_path: Path) -> None:
    files = LogFiles.make(tmp_path, origin="elsewhere.example/items")
    assert {fault[0] for fault in faults(files)} == {"checkpoint_unsigned"}


def test_a_shrinking_log_is_found(files: LogFiles) -> None:
    files.sizes = (5, 12, 5, 20)
    files.sign()
    assert faults(files) == [("checkpoint_shrinks", 3, 5, 12)]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda text: text[:-1], ["checkpoints_cut"]),
        (lambda _: "", ["checkpoints_none"]),
        (lambda text: text.replace("\n12\n", "\n012\n"), ["checkpoint_unreadable"]),
        (lambda text: text.replace("\n12\n", "\n11\n"), ["checkpoint_unsigned"]),
        (lambda text: text + "\n", ["checkpoints_cut"]),
    ],
)
def test_a_damaged_file_of_checkpoints_is_found(files: LogFiles, change: Any, codes: list[str]) -> None:
    files.checkpoints_path.write_text(change(files.checkpoints_path.read_text(encoding="utf-8")), encoding="utf-8")
    assert [fault[0] for fault in faults(files)] == codes


@pytest.mark.parametrize("line", ["", "xyz", "00" * 31, "AB" * 32, " " + "00" * 32])
def test_a_line_that_is_no_leaf_is_named(files: LogFiles, line: str) -> None:
    lines = files.leaves_path.read_text(encoding="utf-8").splitlines()
    lines[6] = line
    files.leaves_path.write_text("\n".join(lines), encoding="utf-8")
    given = [one for one in arguments(files) if one not in {"--events", str(files.events_path)}]
    found = verify_log.verify(verify_log._parser().parse_args(given)).findings
    assert [one.code for one in found] == ["leaf_unreadable", "leaves_cut"]
    assert found[0].facts["index"] == 6


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b'{"index":0,"id":"x","salt":"00","data":{}}',
        b'{"index":"0","id":"x","salt":"00000000000000000000000000000000","data":{}}',
        b'{"index":0,"id":"x","salt":"00000000000000000000000000000000","data":{},"more":1}',
        b'{"index":0,"id":"x","salt":"00000000000000000000000000000000","data":{"a":1,"a":1}}',
        b'{"index":0,"id":"x","salt":"00000000000000000000000000000000","data":"\\ud800"}',
        b'{"index":0,"id":"\xff","salt":"00000000000000000000000000000000","data":1e999}',
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_event_is_named(files: LogFiles, line: bytes) -> None:
    lines = files.events_path.read_bytes().splitlines()
    files.events_path.write_bytes(b"\n".join([*lines[:5], line, *lines[5:]]) + b"\n")
    found = verify_log.verify(verify_log._parser().parse_args(arguments(files))).findings
    assert [(one.code, one.facts["line"]) for one in found] == [("event_unreadable", 6)]


def test_every_finding_has_a_test_here() -> None:
    here = Path(__file__)
    text = "".join(one.read_text(encoding="utf-8") for one in (here, here.with_name("test_log_cosigning.py")))
    assert [code for code in LINES if f'"{code}"' not in text] == []


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 255, 256, 1000])
def test_a_tree_that_grows_has_the_same_root(size: int) -> None:
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(size)]
    tree = GrowingTree()
    for leaf in leaves:
        tree.add(leaf)
    assert tree.root == root_of(leaves)


def run(module: str, *given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"scripts.transparency.{module}", *given], capture_output=True, text=True, check=False
    )


def test_a_reader_that_has_seen_enough_is_no_failure(files: LogFiles) -> None:
    files.events[7]["data"] = {}
    files.write()
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "scripts.transparency.verify_log", *arguments(files)]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_the_command_says_what_is_wrong_and_ends_accordingly(files: LogFiles) -> None:
    right = run("verify_log", *arguments(files))
    assert (right.returncode, right.stderr) == (0, "")
    assert "all is right" in right.stdout
    files.events[7]["data"] = {}
    files.write()
    wrong = run("verify_log", *arguments(files))
    assert wrong.returncode == 1
    assert "事件被改动：第 7 条，evt_0007" in wrong.stdout
    assert "event changed: index 7, evt_0007" in wrong.stdout
    machine = run("verify_log", *arguments(files, "--json"))
    assert machine.returncode == 1
    assert json.loads(machine.stdout) == {
        "ok": False,
        "checkpoints": 5,
        "leaves": 20,
        "proved": 20,
        "events": 20,
        "findings": [{"code": "event_changed", "index": 7, "id": "evt_0007"}],
    }
    unusable = run("verify_log", *arguments(files, "--witness", VKEY))
    assert unusable.returncode == 2
    assert "not the same" in unusable.stderr
    absent = run("verify_log", *arguments(files), "--leaves", str(files.directory / "absent.txt"))
    assert (absent.returncode, absent.stdout) == (2, "")
