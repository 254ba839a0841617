"""How an operator command finds the embedded stores of the server that runs now."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from server.config import ConfigError, load_config
from server.supervisor.directory import OPERATORS_NOTE


def environment_of_running_server(config_path: Path) -> Mapping[str, str]:
    """Return the environment to load settings with: the caller's, completed by the running server's note.

    With a configured database the caller's environment is all there is. Raises ConfigError when the
    database is embedded and no server runs on the data directory.
    """
    config = load_config(config_path)
    if config.mongodb.uri:
        return os.environ
    note = config.server.data_dir / "run" / OPERATORS_NOTE
    try:
        return {**json.loads(note.read_text(encoding="utf-8")), **os.environ}
    except FileNotFoundError:
        raise ConfigError(
            f"no server runs on {config.server.data_dir}: start it first with ./scripts/start, "
            "or name its directory by CHENGMA_SERVER_DATA_DIR"
        ) from None
