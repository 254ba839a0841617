"""The data directory: taken by one supervisor at a time, private to its owner."""

import base64
import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from server.config import MASTER_KEY_BYTES
from server.supervisor.errors import StartRefused

OPERATORS_NOTE = "environment.json"  # in the run directory
MASTER_KEY_FILE = "master.key"
CLOSING_S = 10.0
LARGEST_LOG_BYTES = 20_000_000
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes


@dataclass(frozen=True, kw_only=True)
class DataDirectory:
    """A directory that is ours until the process ends; `lock` is the open file that says so."""

    root: Path
    lock: int

    @property
    def logs(self) -> Path:
        """Where every process writes its log."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What matters only while we run; emptied at each start."""
        return self.root / "run"


def take_data_directory(root: Path, pause: Callable[[float], None]) -> DataDirectory:
    """Create `root` where needed, and take it; raises StartRefused when it cannot be used or is in use.

    The embedded database inherits the lock. When the supervisor that started it is dead, it has up to ten seconds
    to follow.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _wait_for_lock(lock, root, pause)
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        directory = DataDirectory(root=root, lock=lock)
        shutil.rmtree(directory.run, ignore_errors=True)
        directory.run.mkdir(mode=0o700, exist_ok=True)
        directory.logs.mkdir(mode=0o700, exist_ok=True)
        for log in directory.logs.glob("*.log"):
            _rotate(log)
    except OSError as error:
        raise StartRefused(
            f"cannot use {error.filename or root} for data ({error.strerror}): mend that, or choose another "
            "directory with --data-dir"
        ) from error
    return directory


def _wait_for_lock(lock: int, root: Path, pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + CLOSING_S
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
        if _is_alive(holder) or time.monotonic() > deadline:
            raise StartRefused(
                f"the data directory {root} is in use by another Chengma server (process {holder or 'unknown'}): "
                "stop that one, or choose another directory with --data-dir"
            )
        pause(0.1)


def _is_alive(pid: str) -> bool:
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def _rotate(log: Path) -> None:
    if log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def read_or_make_master_key(directory: DataDirectory) -> str:
    """Return the key that protects personal data, as base64; makes `master.key` beside a new database only.

    Raises StartRefused when a database is there and its key is not: with a new key, its personal data would be lost.
    """
    path = directory.root / MASTER_KEY_FILE
    if path.exists():
        return read_secret(path)
    if has_files(directory.root / "mongodb"):
        raise StartRefused(
            f"{path} is missing, and the database beside it cannot be read without it: restore it from a backup, "
            "or give the key as CHENGMA_MASTER_KEY"
        )
    key = base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode("ascii")
    write_secret(path, key)
    return key


def has_files(directory: Path) -> bool:
    """Return whether `directory` exists and holds anything."""
    return directory.is_dir() and any(directory.iterdir())


def read_secret(path: Path) -> str:
    """Return the secret kept in `path`; raises StartRefused when it cannot be read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartRefused(f"cannot read {path}: {error}") from error


def write_secret(path: Path, secret: str) -> None:
    """Write `secret` to a new file `path` that only its owner can read, wholly or not at all, and durably."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def choose_socket_path(directory: DataDirectory, name: str) -> Path:
    """Return where to put the unix socket `name`: in the run directory, or a short private one if that is too long."""
    path = directory.run / name
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="chengma-")) / name
