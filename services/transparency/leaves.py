"""What a leaf of the log commits to: an event as it was told, when it was recorded, and by which account."""

import json
from datetime import UTC, datetime
from typing import Any

from services.transparency.commitment import commit

SALT_BYTES = 16


def leaf_content(text: str, recorded_at: datetime, recorded_by: str) -> dict[str, Any]:
    """Return the JSON value that is committed to; `text` is the event's body."""
    return {"event": json.loads(text), "recorded_at": leaf_time(recorded_at), "recorded_by": recorded_by}


def leaf_commitment(text: str, recorded_at: datetime, recorded_by: str, salt: bytes) -> bytes:
    """Return the commitment to that value, in its one spelling (RFC 8785), which `text` is a part of already."""
    spelled = f'{{"event":{text},"recorded_at":"{leaf_time(recorded_at)}","recorded_by":"{recorded_by}"}}'
    return commit(salt, spelled.encode())


def leaf_time(instant: datetime) -> str:
    """Return an instant in UTC to the millisecond, such as `2026-11-22T01:02:03.004Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
