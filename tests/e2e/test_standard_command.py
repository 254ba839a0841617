"""`scripts/standard`, as whoever changes the standard runs it."""

import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from server.embedded import PROJECT
from server.sync.standard_files import FOLDER


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROJECT / "scripts" / "standard", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "standard"
    shutil.copytree(FOLDER, copied)
    return copied


def change(folder: Path, **said: object) -> None:
    file = folder / "slot.v1.schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    schema["properties"]["places_left"].update(said)
    file.write_text(json.dumps(schema), encoding="utf-8")


def set_version(folder: Path, version: str) -> None:
    file = folder / "slot.v1.schema.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "x-version": version}), encoding="utf-8")


def test_the_standard_is_in_order() -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "standard: 16 schemas are in order, as released\n"


def test_a_breaking_change_is_refused_and_a_new_major_version_is_not(folder: Path) -> None:
    lock = (folder / "released.json").read_bytes()
    second = json.loads((folder / "slot.v1.schema.json").read_text(encoding="utf-8"))
    change(folder, minimum=-1)
    for command in ("check", "release"):
        done = run("--folder", folder, command)
        assert done.returncode == 1
        assert "slot/1: places_left: minimum is lower: this breaks readers" in done.stderr
        assert "slot.v2.schema.json" in done.stderr
    assert (folder / "released.json").read_bytes() == lock

    shutil.copy(FOLDER / "slot.v1.schema.json", folder)
    second["properties"]["places_left"]["minimum"] = -1
    name = "slot.v2.schema.json"
    second |= {"x-standard": "slot/2", "x-version": "2.0", "$id": f"https://chengma.example/standard/{name}"}
    (folder / name).write_text(json.dumps(second), encoding="utf-8")
    assert "not released as written" in run("--folder", folder, "check").stderr
    assert run("--folder", folder, "release").stdout == "standard: released slot/2\n"
    assert run("--folder", folder, "check").returncode == 0


def test_an_addition_needs_a_higher_minor_version(folder: Path) -> None:
    change(folder, maximum=10_000)
    done = run("--folder", folder, "release")
    assert (done.returncode, "x-version needs a higher minor version" in done.stderr) == (1, True)
    set_version(folder, "1.1")
    assert run("--folder", folder, "release").stdout == "standard: released slot/1\n"
    released = (folder / "released.json").read_bytes()
    assert run("--folder", folder, "release").stdout == "standard: released nothing new\n"
    assert (folder / "released.json").read_bytes() == released


def test_a_schema_out_of_form_is_told(folder: Path) -> None:
    change(folder, title=None)
    done = run("--folder", folder, "check")
    assert (done.returncode, "slot.v1.schema.json: not a JSON Schema" in done.stderr) == (1, True)
    (folder / "slot.v1.schema.json").unlink()
    assert "docs/standard has no schema of slot" in run("--folder", folder, "check").stderr


def test_the_dictionary_is_written_as_page_and_as_spreadsheet(tmp_path: Path) -> None:
    page, book = tmp_path / "dictionary.html", tmp_path / "dictionary.xlsx"
    assert run("dictionary", page).stdout == f"standard: wrote {page}\n"
    assert run("dictionary", book).returncode == 0
    assert 'id="outlet.v1"' in page.read_text(encoding="utf-8")
    assert len(openpyxl.load_workbook(book).sheetnames) == 19
    done = run("dictionary", tmp_path / "dictionary.pdf")
    assert (done.returncode, "written as .xlsx or .html" in done.stderr) == (1, True)
