"""Where the data standard lies: docs/standard, beside the code that follows it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.embedded import PROJECT
from services.sync.standard.compatibility import Lock
from services.sync.standard.form import SUFFIX
from services.sync.standard.schemas import Standard, StandardIncomplete

FOLDER = PROJECT / "docs" / "standard"
LOCK_NAME = "released.json"


def load_standard(folder: Path = FOLDER) -> Standard:
    """Return the standard that records are sent by; raises StandardIncomplete where a schema is missing or broken."""
    return Standard(load_documents(folder).values())


def load_documents(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Any]]:
    """Return all schemas by the names of their files; raises StandardIncomplete."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise StandardIncomplete(f"there are no schemas (*{SUFFIX}) in {folder}")
    return {path.name: _read(path) for path in paths}


def load_lock(folder: Path = FOLDER) -> Lock:
    """Return what was released so far, nothing before the first release; raises StandardIncomplete."""
    path = folder / LOCK_NAME
    return _read(path) if path.exists() else {}


def write_lock(lock: Lock, folder: Path = FOLDER) -> None:
    """Write what is released: sorted, so that the same schemas always make the same file."""
    (folder / LOCK_NAME).write_text(written_lock(lock), encoding="utf-8")


def written_lock(lock: Lock) -> str:
    """Return the text of the lock."""
    return json.dumps(lock, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found: Sequence[Any] | Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StandardIncomplete(f"{path}: {error}") from error
    if not isinstance(found, Mapping):
        raise StandardIncomplete(f"{path}: not an object")
    return found
