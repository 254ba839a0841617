"""How an operator command finds the embedded stores of the server that runs now."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from server.config import ConfigError, load_config
from server.supervisor.directory import MASTER_KEY_FILE, OPERATORS_NOTE, read_secret


def environment_of_running_server(config_path: Path, data_dir: Path | None = None) -> Mapping[str, str]:
    """Return the environment to load settings with: the caller's, completed by the running server's note.

    `data_dir` is the server's data directory, where it is not the one that the settings name.
    With a configured database the caller's environment is all there is. Raises ConfigError when the
    database is embedded and no server runs on the data directory.
    """
    given = dict(os.environ)
    if data_dir is not None:
        given["CHENGMA_SERVER_DATA_DIR"] = str(data_dir.absolute())
    config = load_config(config_path, given)
    if config.mongodb.uri:
        return given
    its_dir = config.server.data_dir
    try:
        found = json.loads((its_dir / "run" / OPERATORS_NOTE).read_text(encoding="utf-8"))
        # Given by the environment instead, the key lies in no file.
        if config.secrets.master_key is None:
            found["CHENGMA_MASTER_KEY"] = read_secret(its_dir / MASTER_KEY_FILE)
    except FileNotFoundError:
        raise ConfigError(
            f"no server runs on {its_dir}: start it first with ./scripts/start, "
            "or name its directory by CHENGMA_SERVER_DATA_DIR"
        ) from None
    return {**found, **given}
