"""The sync process below a server: started again when it dies, seen to be dead while it is."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from server.embedded import PROJECT, child_environment, python_command
from server.supervisor.directory import OPERATORS_NOTE
from tests.processes import READY_WITHIN_S, ServerProcess, await_end, run_server

SILENT_AFTER_S = 15.0
# It has to start first, and then waits until it is sure that nobody else leads.
LEADS_AGAIN_WITHIN_S = 25.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with_sync = {"CHENGMA_SYNC_PROCESS": "true"}
    with run_server(
        tmp_path_factory.mktemp("sync") / "data", arguments=("--workers", "2"), environment=with_sync
    ) as running:
        running.await_log("sync", '"leading"')
        yield running


def ask(server: ServerProcess, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run an operator's command beside the server."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHENGMA_")}
    command = python_command("server.commands.sync", "--data-dir", str(server.data_dir), *words)
    given = child_environment({**inherited, **environment})
    return subprocess.run(command, cwd=PROJECT, env=given, capture_output=True, text=True, check=False, timeout=60)


def gauges(server: ServerProcess) -> dict[str, float]:
    text = httpx.get(f"{server.base_url}/metrics", trust_env=False).text
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith("chengma_sync_")]
    return {name.removeprefix("chengma_sync_"): float(value) for name, _, value in lines}


def until(so: Callable[[], bool], within_s: float = READY_WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_the_demo_made_has_arrived(server: ServerProcess) -> None:
    until(lambda: json.loads(ask(server, "status", "--json").stdout)["delivered"] > 0)
    asked = ask(server, "status")
    assert (asked.returncode, asked.stderr) == (0, "")
    lines = dict(line.split("  ", 1) for line in asked.stdout.splitlines())
    assert lines["main system"].strip() == "answers"
    assert lines["lag"].strip() == "0.0 s (objective 60 s)"
    again = ask(server, "backfill")
    assert (again.returncode, again.stderr) == (0, ""), again
    outlets = next(line.split() for line in again.stdout.splitlines() if line.startswith("outlet"))
    assert outlets[1:] == ["6", "0", "6", "0"]
    compared = ask(server, "reconcile", "--dry-run")
    assert (compared.returncode, compared.stderr) == (0, "")
    measured = ask(server, "quality")
    assert (measured.returncode, measured.stderr) == (0, "")
    assert next(line.split()[1] for line in measured.stdout.splitlines() if line.startswith("outlet")) == "6"


def test_two_workers_show_the_same_gauges_without_a_process_id(server: ServerProcess) -> None:
    until(lambda: gauges(server).get("delivered_records", 0) > 0, within_s=30)
    shown = gauges(server)
    assert (shown["target_up"], shown["lag_seconds"], shown["backlog"]) == (1, 0, 0)
    assert (shown['alert{alarm="late"}'], shown['alert{alarm="silent"}']) == (0, 0)
    assert shown['dead_letters{kind="reservation"}'] == 0
    assert shown["leader_silent_seconds"] < SILENT_AFTER_S


def test_a_killed_sync_process_comes_back_and_leads(server: ServerProcess) -> None:
    victim = server.get_child("sync")
    led = server.log("sync").count('"leading"')
    victim.kill()
    assert await_end([victim], within_s=10.0) == []
    assert server.get_child("sync").pid != victim.pid
    until(lambda: server.log("sync").count('"leading"') > led, within_s=LEADS_AGAIN_WITHIN_S)
    assert "sync ended (signal 9, Killed)" in server.output


def test_a_frozen_sync_process_raises_the_alarm(server: ServerProcess) -> None:
    frozen = server.get_child("sync")
    frozen.suspend()
    try:
        until(lambda: ask(server, "status").returncode == 1, within_s=40)
        assert "ALERT silent" in ask(server, "status").stdout
        until(lambda: gauges(server)['alert{alarm="silent"}'] == 1, within_s=30)
        until(lambda: any('"sync_silent"' in server.log(f"worker-{number}") for number in (0, 1)), within_s=60)
    finally:
        frozen.resume()
    until(lambda: ask(server, "status").returncode == 0, within_s=30)
    until(lambda: gauges(server)['alert{alarm="silent"}'] == 0, within_s=30)
    assert server.get_child("sync").pid == frozen.pid


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("replay", "--id", "foo"), "sync: there is no such dead letter: foo; ./scripts/sync status shows which are\n"),
        (("backfill", "--since", "yesterday"), "a day such as 2026-11-22\n"),
    ],
)
def test_what_is_not_there_is_said(server: ServerProcess, words: tuple[str, ...], sentence: str) -> None:
    asked = ask(server, *words)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.endswith(sentence)


@pytest.mark.parametrize("command", ["backfill", "reconcile"])
def test_a_wrong_password_is_said_in_a_sentence(server: ServerProcess, command: str) -> None:
    note = json.loads((server.data_dir / "run" / OPERATORS_NOTE).read_text(encoding="utf-8"))
    its_host = note["CHENGMA_MONGODB_URI"].rpartition("@")[2].partition("/")[0]
    asked = ask(server, command, CHENGMA_SYNC_MAIN_URI=f"mongodb://chengma:wrong@{its_host}/?authSource=admin")
    assert "refuses the user name or password (refused_18)" in asked.stdout + asked.stderr
    assert "Traceback" not in asked.stderr


def test_what_a_command_cannot_do_is_said_in_a_sentence(server: ServerProcess) -> None:
    nowhere = server.data_dir.parent / "nowhere"
    asked = subprocess.run(
        python_command("server.commands.sync", "--data-dir", str(nowhere), "status"),
        cwd=PROJECT,
        env=child_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.startswith("sync: no server runs on")
