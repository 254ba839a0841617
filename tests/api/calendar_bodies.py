"""A right body for every operation on calendars: each field is there, whatever the kinds of the rule have of them."""

from collections.abc import Mapping
from typing import Any

SESSION = {
    "opens": "07:00",
    "closes": "16:30",
    "slot_minutes": 30,
    "capacity": 300,
    "set_aside": [{"channel": "group", "places": 50, "flows_before_min": 60}],
    "last_entry_before_end_min": 10,
}
RULE = {
    "id": "rul_01JD0000000000000000000000",
    "label": "示例",
    "when": {
        "kind": "weekly",
        "days": [1],
        "dates": [{"from": "2026-12-01", "to": "2026-12-02"}],
        "names": ["christmas"],
        "months": [1],
        "leap": "include",
        "missing": "skip",
        "minutes_before": 0,
        "minutes_after": 0,
    },
    "what": {"kind": "sessions", "sessions": [SESSION], "blocks": [{"from": "12:00", "to": "14:00"}]},
    "priority": 100,
    "valid_from": "2026-12-01",
    "valid_until": "2026-12-31",
}
CALENDARS: Mapping[str, Mapping[str, Any]] = {
    "/venues/{venue_id}/calendar": {"version": 0, "plan_days_ahead": 30, "rules": [RULE]},
    "/holiday-years/{year}": {
        "version": 0,
        "days_off": [{"date": "2027-01-01", "name": "new_year"}],
        "makeup_workdays": ["2027-01-03"],
    },
}
