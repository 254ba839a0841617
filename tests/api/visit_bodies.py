"""A right body for every operation on visits, what they say word for word, and who may send them."""

from collections.abc import Mapping
from typing import Any

from tests.api.calendar_bodies import CALENDARS
from tests.api.house import party
from tests.api.no_show_bodies import APPEAL, NO_SHOWS, NO_SHOWS_VERBATIM

SLOT = "slt_01JD0000000000000000000000"
BOOKING: Mapping[str, Any] = {"slot_id": SLOT, "contact_phone": "13800000000", "visitors": party(1)}
RESCHEDULE = "/reservations/{reservation_id}/reschedule"
BOOKINGS: Mapping[str, Mapping[str, Any]] = {
    "/reservations": BOOKING,
    "/waitlist": BOOKING,
    RESCHEDULE: {"slot_id": SLOT},
    "/me/notice-accepts": {"id": "accept-0001", "accepts": [{"kind": "visit_reminder", "accepted": True}]},
    "/me/companions": {"name": "示例访客", "id_type": "passport", "id_number": "E12345678"},
}
RATING = "/reservations/{reservation_id}/rating"
RATINGS: Mapping[str, Mapping[str, Any]] = {
    RATING: {"level": 5, "tags": ["clear_signs"], "words": "指引清楚，工作人员热情。"},
    "/ratings/{rating_id}/answer": {"words": "感谢您的评价。", "version": 1},
    "/rating-tickets/{rating_id}/close": {"measures": "已增设指引牌。"},
}
APPLICATIONS, DECLINE = "/group-applications", "/group-applications/{application_id}/decline"
AT_WINDOW = "/venues/{venue_id}/assisted-bookings"
GROUPS_AND_WINDOW: Mapping[str, Mapping[str, Any]] = {
    APPLICATIONS: {
        "slot_id": SLOT,
        "party_size": 45,
        "purpose": "education",
        "note": "示例",
        "contact_name": "示例联系人",
        "contact_phone": "13800000000",
        "organisation_name": "示例学校",
    },
    DECLINE: {"reason": "当日有大型活动。"},
    AT_WINDOW: BOOKING,
}
UNDO, EXITS, RECOUNT = "/admissions/undo", "/exits", "/venues/{venue_id}/occupancy/recount"
PRESENCE: Mapping[str, Mapping[str, Any]] = {
    UNDO: {"gate_id": "gat_01JD0000000000000000000000", "nonce": "bad-fields-3"},
    EXITS: {
        "gate_id": "gat_01JD0000000000000000000000",
        "nonce": "bad-fields-4",
        "code": "CC1:13HL7039000",
        "count": 2,
    },
    RECOUNT: {"inside": 312, "reason": "侧门未计离场，清点后更正"},
    "/venues/{venue_id}/gate-policy": {"version": 0, "ceiling": 800, "alert_at": [80, 100]},
}
LEASES, COME_IN = "/gates/{gate_id}/walk-in-leases", "/walk-ins"
WALK_INS: Mapping[str, Mapping[str, Any]] = {
    LEASES: {"slot_id": SLOT, "places": 20},
    COME_IN: {
        "gate_id": "gat_01JD0000000000000000000000",
        "lease_id": "rsv_01JD0000000000000000000000",
        "nonce": "bad-fields-2",
        "count": 2,
    },
}
HEARTBEAT = "/gate-devices/heartbeat"
DEVICES: Mapping[str, Mapping[str, Any]] = {
    "/venues/{venue_id}/gate-devices": {"name": "示例闸机"},
    "/gate-devices/enrol": {
        "enrolment_code": "00000-00000",
        "public_key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "device_time": "2026-11-22T10:00:00.125+08:00",
        "app": "turnstile 2.3",
    },
    HEARTBEAT: {"device_time": "2026-11-22T10:00:00.125+08:00", "queued": 3, "app": "turnstile 2.3"},
    "/gate-devices/{device_id}/revoke": {"reason": "stolen"},
    "/venues/{venue_id}/reservations/{reservation_id}/revoke-code": {"reason": "shared"},
}
BATCH, SETTLE = "/admissions/batch", "/conflicts/{gate_conflict_id}/settle"
UPLOADS: Mapping[str, Mapping[str, Any]] = {
    # Items are judged one by one: tests/api/test_admission_uploads.py, tests/api/test_bad_items.py.
    BATCH: {"device_time": "2026-11-22T10:00:00.125+08:00", "items": [{"seq": 1}]},
    SETTLE: {"resolution": "fraud", "note": "已核对监控。"},
}
REQUESTS = "/releases/{release_id}/requests"
RELEASES: Mapping[str, Mapping[str, Any]] = {
    "/venues/{venue_id}/releases": {
        "visit_on": "2027-02-06",
        "requests_open_at": "2027-01-20T08:00:00+08:00",
        "requests_close_at": "2027-01-30T20:00:00+08:00",
        "draw_at": "2027-01-31T21:00:00+08:00",
        "public_source": {"name": "示例彩票第2026132期开奖号码", "announced_on": "2027-01-31"},
    },
    "/releases/{release_id}/public-value": {"value": "05 11 17 22 30"},
    REQUESTS: {"choices": [SLOT], "contact_phone": "13800000000", "visitors": party(1)},
}
POLICIES: Mapping[str, Mapping[str, Any]] = {
    "/venues/{venue_id}/policy": {
        "version": 0,
        "book_days_ahead": 7,
        "releases_at": "08:00",
        "max_party_size": 5,
        "bookings_per_account_day": 2,
        "bookings_per_document_day": 1,
        "minors_under": 14,
        "cancel_until_min": 120,
        "offer_minutes": 30,
        "no_show_group": "example-group",
    },
    "/no-show-groups/{group_id}": {"version": 0, "strikes": 3, "strike_days": 90, "pause_days": 30},
}
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
VISITS: Mapping[str, Mapping[str, Any]] = {
    **BOOKINGS,
    **RATINGS,
    **GROUPS_AND_WINDOW,
    **WALK_INS,
    **PRESENCE,
    **DEVICES,
    **UPLOADS,
    **RELEASES,
    **POLICIES,
    **CALENDARS,
    **PLANNING,
    **NO_SHOWS,
}
VISITS_VERBATIM: Mapping[str, set[str]] = {
    RATING: {"words"},
    "/ratings/{rating_id}/answer": {"words"},
    "/rating-tickets/{rating_id}/close": {"measures"},
    APPLICATIONS: {"note"},
    DECLINE: {"reason"},
    RECOUNT: {"reason"},
    EXITS: {"code"},
    **NO_SHOWS_VERBATIM,
}
VISIT_CITIZENS = (*BOOKINGS, RATING, APPLICATIONS, REQUESTS, APPEAL)
AT_GATES = (AT_WINDOW, BATCH, HEARTBEAT, LEASES, COME_IN, UNDO, EXITS, RECOUNT)
VISITS_WHO: Mapping[str, str] = {
    **{path: "admin" for path in VISITS if path not in VISIT_CITIZENS},
    **dict.fromkeys(AT_GATES, "gate"),
}
