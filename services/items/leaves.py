"""What a leaf of the log commits to: an event as it was told, when it was recorded, and by which account."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SALT_BYTES = 16


def leaf_content(body: Mapping[str, Any], recorded_at: datetime, recorded_by: str) -> dict[str, Any]:
    """Return the JSON value whose canonical spelling is committed to (`services.transparency.commitment`)."""
    return {"event": body, "recorded_at": leaf_time(recorded_at), "recorded_by": recorded_by}


def leaf_time(instant: datetime) -> str:
    """Return an instant in UTC to the millisecond, such as `2026-11-22T01:02:03.004Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
