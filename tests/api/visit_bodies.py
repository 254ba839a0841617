"""A right body for every operation on quotas, moves, dry runs and closures."""

from collections.abc import Mapping
from typing import Any

from tests.api.calendar_bodies import CALENDARS

SLOT = "slt_01JD0000000000000000000000"
RESCHEDULE = "/reservations/{reservation_id}/reschedule"
PLANNING: Mapping[str, Mapping[str, Any]] = {
    "/slots/{slot_id}/quota": {
        "capacity": 600,
        "set_aside": [{"channel": "group", "places": 50, "flows_at": "2027-01-01T08:00:00+08:00"}],
        "if_below_booked": "refuse",
        "state": "open",
    },
    "/venues/{venue_id}/calendar/preview": CALENDARS["/venues/{venue_id}/calendar"],
    "/venues/{venue_id}/closures": {"slot_ids": [SLOT], "remedy": "move", "unmoved": "leave"},
}
