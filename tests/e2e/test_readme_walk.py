"""The README's walk through the journey, run word for word in both languages."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from server.demo.city import load_demo_city
from server.demo.seed import DEMO_PASSWORD
from server.embedded import PROJECT
from tests.processes import ServerProcess, run_server

LANGUAGES = ("README.md", "README.zh-CN.md")
LASTING_CHARACTERS = 140  # of an entry code; what comes later changes every 15 seconds


def blocks_of(readme: str, language: str) -> list[str]:
    text = (PROJECT / readme).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with run_server(tmp_path_factory.mktemp("walk") / "data") as running:
        yield running


def walk(readme: str, server: ServerProcess, directory: Path) -> list[dict[str, Any]]:
    """Paste every block into one shell; return the replies that it shows."""
    script = "".join(blocks_of(readme, "bash"))
    outcome = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env={**os.environ, "BASE": server.base_url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, f"{outcome.stdout}\n{outcome.stderr}\n{server.output}"
    assert outcome.stderr == ""
    return replies_in(outcome.stdout)


def replies_in(output: str) -> list[dict[str, Any]]:
    replies, decoder, rest = [], json.JSONDecoder(), output.strip()
    while rest:
        reply, end = decoder.raw_decode(rest)
        replies.append(reply)
        rest = rest[end:].lstrip()
    return replies


@pytest.mark.parametrize("readme", LANGUAGES)
def test_the_walk_ends_in_an_admission_as_often_as_it_is_repeated(
    readme: str, server: ServerProcess, tmp_path: Path
) -> None:
    for _ in range(2):
        slots, booked, code, admitted, again, cancelled, turned_away = walk(readme, server, tmp_path)

        assert [slot["status"] for slot in slots["items"]] == ["open"]
        assert (booked["status"], booked["slot_id"]) == ("booked", slots["items"][0]["id"])
        assert (admitted["decision"], admitted["reason"], admitted["admitted_count"]) == ("admitted", None, 1)
        assert (again["decision"], again["reason"], again["admitted_count"]) == ("refused", "already_admitted", 1)
        assert admitted["reservation_id"] == again["reservation_id"] == booked["id"]
        assert (cancelled["status"], turned_away["reason"]) == ("cancelled", "cancelled")
        assert turned_away["reservation_id"] == cancelled["id"] != booked["id"]
        assert read_picture(tmp_path / "entry-code.png")[:LASTING_CHARACTERS] == code["code"][:LASTING_CHARACTERS]


def read_picture(path: Path) -> str:
    with Image.open(path) as picture:
        [found] = zxingcpp.read_barcodes(picture)
    return found.text


def test_both_languages_give_the_same_commands() -> None:
    english, chinese = LANGUAGES
    for kind in ("sh", "bash"):
        assert blocks_of(english, kind) == blocks_of(chinese, kind)


@pytest.mark.parametrize("readme", LANGUAGES)
def test_nothing_is_to_be_run_but_the_two_commands_and_the_walk(readme: str) -> None:
    commands = [command.strip() for command in blocks_of(readme, "sh")]

    assert commands == ["./scripts/start", "./scripts/test"]
    assert all(os.access(PROJECT / command, os.X_OK) for command in commands)
    fences = re.findall(r"^```(\w*)", (PROJECT / readme).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(fences) == {"", "sh", "bash", "mermaid"}


@pytest.mark.parametrize("readme", LANGUAGES)
def test_the_demo_log_ins_are_those_that_exist(readme: str) -> None:
    text = (PROJECT / readme).read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)

    assert sorted(listed) == sorted(account.username for account in load_demo_city().accounts)
    assert f"`{DEMO_PASSWORD}`" in text


def test_the_walk_with_items_ends_in_a_history(server: ServerProcess, tmp_path: Path) -> None:
    for _ in range(2):
        batch, minted, item, inspected, found, taken, custody, captured, events, history, *rest = walk(
            "docs/items.md", server, tmp_path
        )

        assert (batch["quantity"], minted["minted"]) == (70, 70)
        assert (item["name"], item["attributes"]["material"]) == ("示例铜香炉", "铜")
        assert inspected["disposition"] == "conformant"
        assert item["id"] in [one["id"] for one in found["items"]]
        assert [one["holder"]["id"] for one in taken["items"]] == ["310101"]
        assert custody["holder"] == {"level": "district", "id": "310101"}
        assert len(captured["recorded"]) == 1
        assert len(events["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == len(history["items"]) == 5
        checkpoint, *counted = rest
        assert "note" in checkpoint or checkpoint["code"] == "checkpoint_absent"
        assert_counted(*counted)
        assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF")


def assert_counted(
    first: dict[str, Any],
    second: dict[str, Any],
    missing: dict[str, Any],
    signed: dict[str, Any],
    lost: dict[str, Any],
    moved: dict[str, Any],
) -> None:
    """Check what the stock-take of that walk shows."""
    assert [one["verdict"] for one in first["items"]] == ["found", "misplaced"]
    assert [(one["verdict"], one["reason"]) for one in second["items"]] == [
        ("found_twice", None),
        ("found", None),
        ("unknown", "not_activated"),
    ]
    assert [one["item"]["id"] for one in missing["items"]] == [lost["id"]]
    assert (signed["state"], signed["counts"]["found"], signed["counts"]["marked_missing"]) == ("signed_off", 2, 1)
    assert (lost["disposition"], moved["place"]) == ("unknown", lost["place"])
