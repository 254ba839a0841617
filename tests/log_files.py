"""An exported log as files, made without the server: events, leaf hashes and checkpoints of an invented log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qr.keyring import SigningKey
from services.transparency.commitment import canonical, commit
from services.transparency.merkle import leaf_hash, root_of
from services.transparency.model import Checkpoint
from services.transparency.note_file import join_notes
from services.transparency.notes import LOG_KEY, PublicKey, sign_checkpoint

ORIGIN = "chengma.example/items"
KEY = SigningKey(kid=1, seed=bytes(range(32)))
VKEY = PublicKey(name=ORIGIN, kind=LOG_KEY, public=KEY.public).text


def make_event(index: int) -> dict[str, Any]:
    return {
        "index": index,
        "id": f"evt_{index:04}",
        "salt": index.to_bytes(16, "big").hex(),
        "data": {"type": "ObjectEvent", "place": "示例", "weight": index + 0.5, "count": index},
    }


def leaf_of(event: dict[str, Any]) -> bytes:
    return leaf_hash(commit(bytes.fromhex(event["salt"]), canonical(event["data"])))


@dataclass
class LogFiles:
    """The three files in a directory; tests change the lists and write them again."""

    directory: Path
    events: list[dict[str, Any]]
    leaves: list[bytes]
    sizes: Sequence[int]

    @classmethod
    def make(cls, directory: Path, *, sizes: Sequence[int] = (0, 5, 5, 12, 20), origin: str = ORIGIN) -> "LogFiles":
        events = [make_event(index) for index in range(sizes[-1])]
        files = cls(directory=directory, events=events, leaves=[leaf_of(event) for event in events], sizes=sizes)
        files.sign(origin=origin)
        files.write()
        return files

    @property
    def checkpoints_path(self) -> Path:
        return self.directory / "checkpoints.txt"

    @property
    def leaves_path(self) -> Path:
        return self.directory / "leaves.txt"

    @property
    def events_path(self) -> Path:
        return self.directory / "events.jsonl"

    def sign(self, *, origin: str = ORIGIN, key: SigningKey = KEY) -> None:
        """Sign the leaves as they are now."""
        notes = [
            sign_checkpoint(Checkpoint(origin=origin, size=size, root=root_of(self.leaves[:size])), key).text
            for size in self.sizes
        ]
        self.checkpoints_path.write_text(join_notes(notes), encoding="utf-8")

    def write(self) -> None:
        """Write leaves and events as they are now."""
        self.leaves_path.write_text("".join(f"{leaf.hex()}\n" for leaf in self.leaves), encoding="utf-8")
        lines = [json.dumps(event, ensure_ascii=False) for event in self.events]
        self.events_path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
