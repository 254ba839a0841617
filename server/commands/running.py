"""How an operator command finds the embedded stores of the server that runs now."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from server.config import ConfigError, load_config
from server.supervisor.directory import MASTER_KEY_FILE, OPERATORS_NOTE, read_secret


def environment_of_running_server(config_path: Path) -> Mapping[str, str]:
    """Return the environment to load settings with: the caller's, completed by the running server's note.

    With a configured database the caller's environment is all there is. Raises ConfigError when the
    database is embedded and no server runs on the data directory.
    """
    config = load_config(config_path)
    if config.mongodb.uri:
        return os.environ
    data_dir = config.server.data_dir
    try:
        found = json.loads((data_dir / "run" / OPERATORS_NOTE).read_text(encoding="utf-8"))
        # Given by the environment instead, the key lies in no file.
        if config.secrets.master_key is None:
            found["CHENGMA_MASTER_KEY"] = read_secret(data_dir / MASTER_KEY_FILE)
    except FileNotFoundError:
        raise ConfigError(
            f"no server runs on {data_dir}: start it first with ./scripts/start, "
            "or name its directory by CHENGMA_SERVER_DATA_DIR"
        ) from None
    return {**found, **os.environ}
