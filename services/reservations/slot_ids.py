"""Ids of planned slots: the same for whoever plans, so that planning twice, or at once, plans one slot."""

import hashlib
from datetime import datetime

from ulid import ULID

PREFIX = "slt"
_DIGEST_BYTES = 10
_TIME_BYTES = 6


def slot_id(venue_id: str, starts_at: datetime, ends_at: datetime) -> str:
    """Return `slt_` and a ULID whose time is the slot's start and whose rest is derived from venue, start and end."""
    text = f"{venue_id}/{starts_at.isoformat()}/{ends_at.isoformat()}"
    digest = hashlib.sha256(text.encode()).digest()
    milliseconds = round(starts_at.timestamp() * 1000)
    return f"{PREFIX}_{ULID.from_bytes(milliseconds.to_bytes(_TIME_BYTES, 'big') + digest[:_DIGEST_BYTES])}"
