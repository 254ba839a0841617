"""Running operators' scripts against a server."""

import os
import subprocess

from server.embedded import PROJECT
from tests.processes import ServerProcess


def run_script(server: ServerProcess, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/{script}` on the server's data directory, and return how it ended and what it said."""
    return subprocess.run(
        [PROJECT / "scripts" / script, *arguments],
        env={**os.environ, "CHENGMA_SERVER_DATA_DIR": str(server.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
