"""The walk of docs/patrols.md, run word for word: from an outlet to a closed finding and an answered complaint."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_readme_walk import walk
from tests.processes import ServerProcess, run_server


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with run_server(tmp_path_factory.mktemp("patrols") / "data") as running:
        yield running


def test_the_walk_with_patrols_ends_in_a_closed_finding_and_an_answer(demo: ServerProcess, tmp_path: Path) -> None:
    for _ in range(2):
        first, again, other, notice, rectification, second, finding, history, log, scanned, filed, *cases = walk(
            "docs/patrols.md", demo, tmp_path
        )

        assert_found_once(first, again, other)
        assert (notice["finding"]["state"], rectification["state"]) == ("dispatched", "answered")
        assert second["reinspections"] == [{"finding_id": finding["id"], "remedy": "fixed", "effect": "closed"}]
        assert second["circumstances"] == []
        assert_closed(finding, first)
        assert [one["type"] for one in history["items"]][:2] == ["outlet.registered", "plate.issued"]
        assert log["origin"] == "chengma.example/patrols"
        assert (scanned["verdict"], scanned["place"], scanned["sign"]) == ("current", "here", "good")
        assert scanned["standing"]["last_check"]["result"] == "passed"
        assert_answered(filed, *cases)
        for paper in ("plate.pdf", "notice.pdf"):
            assert (tmp_path / paper).read_bytes().startswith(b"%PDF")


def assert_found_once(first: dict[str, Any], again: dict[str, Any], other: dict[str, Any]) -> None:
    """Check what the first visit and its repeats are answered with."""
    assert (first["state"], first["presence"]["score"], first["result"]) == ("accepted", 100, "findings")
    assert (first["known"], again["known"]) == (False, True)
    assert {**again, "known": False} == first
    assert first["photos_missing"] == []
    assert (other["code"], other["check_in_id"]) == ("submission_contradicts", first["id"])


def assert_closed(finding: dict[str, Any], found_by: dict[str, Any]) -> None:
    """Check the whole course of the finding."""
    assert found_by["findings"] == [finding["id"]]
    assert (finding["state"], len(finding["before"]), len(finding["after"])) == ("closed", 1, 1)
    assert [one["kind"].removeprefix("finding.") for one in finding["events"]] == [
        "opened",
        "dispatched",
        "answered",
        "reinspected",
        "closed",
    ]


def assert_answered(
    filed: dict[str, Any], taken_up: dict[str, Any], answered: dict[str, Any], looked: dict[str, Any]
) -> None:
    """Check the case of the complaint."""
    assert {filed["complaint_id"], taken_up["id"], answered["id"]} == {looked["complaint_id"]}
    assert taken_up["task_id"] is not None
    assert (looked["state"], looked["outcome"], looked["answer"]) == ("answered", "unfounded", answered["answer"])
