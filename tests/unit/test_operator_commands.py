"""How operators' commands find the server that runs."""

import base64
import json
from pathlib import Path

import pytest

from server.commands.running import environment_of_running_server
from server.config import ConfigError
from server.supervisor.directory import MASTER_KEY_FILE, OPERATORS_NOTE

KEY = base64.b64encode(bytes(96)).decode()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text("server: {data_dir: elsewhere}", encoding="utf-8")
    return file


def test_a_data_directory_may_be_named(settings: Path, tmp_path: Path) -> None:
    started_on = tmp_path / "here"
    (started_on / "run").mkdir(parents=True)
    note = {"CHENGMA_MONGODB_URI": "mongodb://127.0.0.1:1"}
    (started_on / "run" / OPERATORS_NOTE).write_text(json.dumps(note), encoding="utf-8")
    (started_on / MASTER_KEY_FILE).write_text(KEY, encoding="utf-8")
    found = environment_of_running_server(settings, started_on)
    assert found["CHENGMA_MONGODB_URI"] == note["CHENGMA_MONGODB_URI"]
    assert found["CHENGMA_SERVER_DATA_DIR"] == str(started_on)
    with pytest.raises(ConfigError, match=r"no server runs on .*elsewhere"):
        environment_of_running_server(settings)
