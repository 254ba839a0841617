"""The files of an exported log, as they lie on the disk."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.transparency.findings import Finding, finding
from services.transparency.notes import NoteMalformed, PublicKey, read_key

LEAF = re.compile(r"[0-9a-f]{64}")


class FileUnusable(Exception):
    """A file or a key on the command line cannot be used; the message is for the operator."""


def read_text(path: Path) -> str:
    """Return the text of a file; raises FileUnusable."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FileUnusable(f"{path} is not UTF-8") from None


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file one by one; raises FileUnusable."""
    try:
        with path.open("rb") as file:
            for line in file:
                # What is no UTF-8 is no event; its line is named like any other that cannot be read.
                yield line.removesuffix(b"\n").decode("utf-8", "backslashreplace")
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}") from None


def read_leaves(path: Path) -> tuple[list[bytes], list[Finding]]:
    """Return the leaf hashes up to the first line that is none, and that line as a finding."""
    leaves: list[bytes] = []
    for line in read_text(path).removesuffix("\n").split("\n"):
        if not line and not leaves:
            continue
        if LEAF.fullmatch(line) is None:
            return leaves, [finding("leaf_unreadable", index=len(leaves))]
        leaves.append(bytes.fromhex(line))
    return leaves, []


def read_keys(texts: Sequence[str], kind: int) -> list[PublicKey]:
    """Return keys given as text, or as files with one a line; raises FileUnusable."""
    keys: list[PublicKey] = []
    for text in texts:
        lines = read_text(Path(text)).split() if _is_file(text) else [text]
        keys += [_read_key(line, kind) for line in lines]
    return keys


def _is_file(text: str) -> bool:
    return "+" not in text or Path(text).is_file()


def _read_key(text: str, kind: int) -> PublicKey:
    try:
        key = read_key(text)
    except NoteMalformed as error:
        raise FileUnusable(f"{text}: {error}") from None
    if key.kind != kind:
        raise FileUnusable(f"{text}: a log's key and a witness's key are not the same")
    return key


def append_text(path: Path, text: str) -> None:
    """Append to a file and wait until the disk has it; raises FileUnusable."""
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}") from None
