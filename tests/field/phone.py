"""A phone: its storage survives its app, which is killed at any moment, and is sent until the server confirms it."""

import hashlib
import io
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PIL import Image

from tests.field.line import Line, NoAnswer

PIECE = 16 * 1024


class Killed(Exception):
    """The system ended the app."""


@dataclass(kw_only=True)
class Storage:
    """What is on the phone: visits and photos that the server has not confirmed."""

    visits: dict[str, dict[str, Any]] = field(default_factory=dict)
    photos: dict[str, bytes] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.visits or self.photos)


@dataclass(kw_only=True)
class Phone:
    """An app over its storage. `deadly` is how often it is killed in the middle of something."""

    line: Line
    luck: random.Random
    deadly: float
    storage: Storage = field(default_factory=Storage)
    kills: int = 0
    repeats: int = 0

    def take_photo(self) -> str:
        """Return the name of a picture that nobody else took."""
        noise = Image.frombytes("L", (24, 24), self.luck.randbytes(24 * 24))
        picture = noise.resize((480, 360), Image.Resampling.NEAREST)
        file = io.BytesIO()
        picture.convert("RGB").save(file, "JPEG", quality=70)
        content = file.getvalue()
        name = hashlib.sha256(content).hexdigest()
        self.storage.photos[name] = content
        return name

    def keep(self, visit: dict[str, Any]) -> None:
        """Store a visit, to be sent when there is a network."""
        self.storage.visits[visit["submission_id"]] = visit

    async def sync(self, now: datetime) -> None:
        """Send what is stored, in any order; ends early when the line breaks or the app is killed."""
        work = [("photo", name) for name in self.storage.photos] + [("visit", name) for name in self.storage.visits]
        self.luck.shuffle(work)
        try:
            for kind, name in work:
                await (self._send_photo(name) if kind == "photo" else self._send_visit(name, now))
        except NoAnswer:
            return
        except Killed:
            self.kills += 1

    def _die_perhaps(self) -> None:
        if self.luck.random() < self.deadly:
            raise Killed

    async def _send_visit(self, name: str, now: datetime) -> None:
        visit = self.storage.visits[name]
        answer = await self.line.post("/patrol/check-ins", {**visit, "sent_at": now.isoformat()})
        self._die_perhaps()  # the server has it, the storage does not know
        del self.storage.visits[name]
        self.storage.sent[name] = answer
        if self.luck.random() < 0.1:  # an older copy of the storage comes back
            self.storage.visits[name] = visit
            self.repeats += 1

    async def _send_photo(self, name: str) -> None:
        content = self.storage.photos[name]
        progress = await self.line.post("/photos", {"sha256": name, "size": len(content)})
        while progress["received"] < len(content) and progress["state"] in {"awaited", "receiving"}:
            self._die_perhaps()
            offset = progress["received"]
            piece = content[offset : offset + PIECE]
            progress = await self.line.post_bytes(f"/photos/{name}/chunks", piece, offset=offset)
        self._die_perhaps()
        del self.storage.photos[name]
