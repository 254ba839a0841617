"""Under which district or city an event is counted: decided as it is recorded, so that it never changes."""

from typing import Any

from services.patrols.model import Draft, PatrolEvent
from services.venues.scopes import code_of


def code_of_event(event: PatrolEvent, draft: Draft[Any]) -> str | None:
    """Return the GB/T 2260 code of what the event is about, else of anything that is written with it, if any has one.

    What belongs somewhere says so by `seen_by`, the scopes that cover it.
    """
    # Sorting keeps the order of the rest.
    records = sorted(draft.records, key=lambda one: one.id != event.subject_id)
    codes = (code_of(getattr(one, "seen_by", ())) for one in records)
    return next((code for code in codes if code is not None), None)
