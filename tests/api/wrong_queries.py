"""Wrong values for every query parameter, by what may name them."""

from collections.abc import Mapping

from server.openapi import build_document

PATHS = build_document()["paths"]
PLACE = "ven_01JD0000000000000000000000"
RATINGS = "/venues/{venue_id}/ratings"
RESULTS = "/stock-takes/{stock_take_id}/results"
RELEASES = "/checklists/{checklist_id}/releases"
OUTLETS = ("/outlets", "/outlets/near", "/outlets/expiring-licences")
CHECKLISTS = ("/checklists", RELEASES)
ITEM_LISTS = ("/item-types", "/item-batches", "/items", "/stock-takes", RESULTS)
SEARCHES = ("/items", "/items/export.csv", "/items/export.xlsx", "/items/export.epcis.json")
CUSTODY = "/items/{item_id}/custody"
# Its parameters are the standard's: tests/api/test_epcis.py.
EVENTS = "/epcis/events"
NEEDED = {
    "near": "121.47,31.23",
    "at": "2026-11-22T00:00:00Z",
    "item_type_id": "ity_01JD0000000000000000000000",
    "site_id": "otl_01JD0000000000000000000000",
    "since": "2026-11-22",
    "district_id": "310101",
    "kind": "outlet",
    **{f"/patrol/{path}?{name}": "2026-12-01" for path in ("calendar", "coverage") for name in ("from", "to")},
}
FIGURES = ("/patrol/statistics", "/patrol/statistics.xlsx", "/open/statistics")
PLANS = ("/patrol/tasks", "/patrol/rounds", "/patrol/draws", "/patrol/coverage", "/public/draws")
ITEM_FILES = ("/item-batches/{item_batch_id}/labels.pdf", "/item-batches/{item_batch_id}/codes.csv")
GROUPS, AT_WINDOW = "/venues/{venue_id}/group-applications", "/venues/{venue_id}/assisted-bookings"
CONFLICTS = "/venues/{venue_id}/conflicts"
LEASES = "/gates/{gate_id}/walk-in-leases"
LISTS = (
    *("/venues/{venue_id}/gate-devices", CONFLICTS),
    *("/group-applications", GROUPS, AT_WINDOW, LEASES, "/venues/{venue_id}/releases"),
    *("/venues", "/venues/{venue_id}/slots", "/reservations", "/transparency/checkpoints", "/complaints"),
    *(*ITEM_LISTS, *CHECKLISTS, *OUTLETS, RATINGS, "/rating-tickets", "/me/notices", "/slots/{slot_id}/waitlist"),
)
FINDINGS = ("/findings", "/findings/overdue", "/findings/escalated")
PROOFS = "/transparency/proof"
LOGGED = ("checkpoint", "checkpoints", "entries", "key", "proof/consistency", "proof/inclusion")

NUMBERS = {
    "out_of_range": ["0", "-1", "201", "9" * 18, "-0"],
    "wrong_type": ["", "x", "1.5", "1e2", "+1", " 1", "1 ", "１", "1_0", "0x1", "--1", "NaN", "true", "9" * 20],
}
# Where the log ends is its own to say: tests/api/test_transparency.py.
PLACES = {"out_of_range": ["-1", "9" * 18], "wrong_type": NUMBERS["wrong_type"]}
LONG_TEXTS = {"too_short": ["", " "], "too_long": ["x" * 61]}
PARTS = {**NUMBERS, "out_of_range": ["0", "-1", "1001", "9" * 18, "-0"]}
TEXTS = {
    "too_short": ["", " ", "%E3%80%80"],
    "too_long": ["%E5%9F%8E" * 41, "x" * 41],
    "invalid_format": ["%00", "a%07b", "%E2%80%AE", "%E2%80%8B", "a%0Ab"],
}
INSTANTS = {
    "invalid_format": [
        "",
        "x",
        "now",
        "2026-11-21",
        "2026-11-21T09:00:00",
        "2026-11-21T09:00%2B08:00",
        "2026-11-21%2009:00:00Z",
        "2026-W47-6T09:00:00Z",
        "20261121T090000Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:59:60Z",
        "2026-11-21T09:00:00%2B24:00",
        "2026-11-21T09:00:00%2B0800",
        "1999-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "０026-11-21T09:00:00Z",
        "1764000000",
    ],
}
DISTRICTS = {
    "too_short": ["", "31010"],
    "too_long": ["3101011"],
    "invalid_format": ["31010x", "３１０１０１", "%00%00%00%00%00%00"],
}
POSITIONS = {
    "invalid_format": [
        "x",
        "121.47",
        "121.47,",
        ",31.23",
        "121.47,31.23,1",
        "1e2,31",
        "NaN,NaN",
        "121.47;31.23",
        "１,１",
    ],
    "out_of_range": ["181,31", "-180.00000001,31", "121,90.1", "121,-91"],
    "too_long": ["1" * 41],
}
TYPE_IDS = {
    "too_short": [""],
    "too_long": ["ity_01JD00000000000000000000000"],
    "invalid_format": ["x", "ity_01JD000000000000000000000U", "ibt_01JD0000000000000000000000", "%00"],
}
SITE_IDS = {
    "too_long": ["otl_01JD00000000000000000000000"],
    "invalid_format": ["x", "otl_01JD000000000000000000000U", "plt_01JD0000000000000000000000", "%00"],
}
DAYS = {
    "invalid_format": ["x", "2026-11-31", "2026-11-22T00:00:00Z", "20261122", "1999-12-31", "2026-W47-6", "%00"],
}
LAYOUTS = {
    "too_short": [""],
    "too_long": ["a" * 41],
    "invalid_format": ["A4", "-a4", "a4 70", "%00", "城"],
}
CURSORS = {
    "cursor_invalid": ["x", "%25%25%25", "bnVsbA", "e30", "W10", "WzFd", "WyJ4Il0", "城"],
    "too_short": [""],
    "too_long": ["W" * 401],
}
SOUGHT: Mapping[str, Mapping[str, list[str]]] = {
    "q": LONG_TEXTS,
    "item_type_id": TYPE_IDS,
    "place": LONG_TEXTS | {"too_long": ["x" * 201]},
    "holder": {"invalid_format": ["310101", "planet:1", "city:"], "too_long": [f"city:{'1' * 60}"]},
    "state": {"not_allowed": ["", "Active", "minted"]},
    "condition": LONG_TEXTS,
}
WRONG: Mapping[tuple[str, str], Mapping[str, list[str]]] = {
    ("/venues", "q"): TEXTS,
    ("/venues", "district"): DISTRICTS,
    ("/venues", "near"): POSITIONS,
    ("/public/items/{code}", "near"): POSITIONS,
    ("/public/outlets/{code}", "near"): POSITIONS,
    ("/complaints", "state"): {"not_allowed": ["", "Received", "closed"]},
    ("/complaints", "site_id"): {"too_short": [""], "too_long": ["x" * 31], "invalid_format": ["x", "itm_1", "%00"]},
    ("/complaints", "held_back"): {"wrong_type": ["", "1", "yes", "True", "null"]},
    **{("/venues/{venue_id}/opening-days", name): DAYS for name in ("from", "to")},
    ("/venues/{venue_id}/slots", "from"): INSTANTS,
    ("/venues/{venue_id}/slots", "to"): INSTANTS,
    **{("/venues/{venue_id}/quotas", name): INSTANTS for name in ("from", "to")},
    **{(path, name): DAYS for path in (RATINGS, f"{RATINGS}/summary") for name in ("from", "to")},
    (RATINGS, "level"): NUMBERS | {"out_of_range": ["0", "-1", "6", "9" * 18]},
    (RATINGS, "answered"): {"wrong_type": ["", "1", "yes", "True", "null"]},
    (GROUPS, "status"): {"not_allowed": ["", "Pending", "nothing"]},
    (AT_WINDOW, "on"): DAYS,
    (LEASES, "on"): DAYS,
    (CONFLICTS, "state"): {"not_allowed": ["", "Open", "closed"]},
    (CONFLICTS, "kind"): {"not_allowed": ["", "Clock", "open"]},
    ("/gates/{gate_id}/offline-pack", "day"): DAYS,
    ("/venues/{venue_id}/crowd-alerts", "on"): DAYS,
    ("/rating-tickets", "state"): {"not_allowed": ["", "Open", "closed"]},
    (f"{PROOFS}/inclusion", "index"): PLACES,
    (f"{PROOFS}/inclusion", "size"): PLACES,
    (f"{PROOFS}/consistency", "from"): PLACES,
    (f"{PROOFS}/consistency", "to"): PLACES,
    ("/transparency/entries", "from"): PLACES,
    ("/transparency/entries", "limit"): NUMBERS | {"out_of_range": ["0", "-1", "1001", "9" * 18]},
    **{(f"/transparency/{name}", "log"): {"not_allowed": ["", "Items", "x"]} for name in LOGGED},
    ("/item-types", "q"): TEXTS,
    **{(path, "q"): TEXTS for path in OUTLETS[:2]},
    **{(path, "district"): DISTRICTS for path in OUTLETS[:2]},
    **{(path, "kind"): {"not_allowed": ["", "Restaurant", "nothing"]} for path in OUTLETS[:2]},
    **{(path, "state"): {"not_allowed": ["", "Active", "nothing"]} for path in OUTLETS[:2]},
    ("/outlets/near", "near"): POSITIONS,
    ("/outlets/near", "radius_m"): NUMBERS | {"out_of_range": ["0", "-1", "50001", "9" * 18]},
    ("/outlets/expiring-licences", "within_days"): NUMBERS | {"out_of_range": ["-1", "3651", "9" * 18]},
    ("/outlets/{outlet_id}/history", "limit"): NUMBERS,
    # Judged when the outlet is known: tests/api/test_outlets.py.
    ("/outlets/{outlet_id}/history", "after"): {},
    **{(path, name): wrong for path in SEARCHES for name, wrong in SOUGHT.items()},
    ("/items", "code"): {"too_short": [""], "too_long": ["x" * 301]},
    ("/item-transfers", "direction"): {"not_allowed": ["", "Incoming", "both"]},
    ("/checklists", "site_kind"): {"not_allowed": ["", "Outlet", "nothing"]},
    ("/checklists", "state"): {"not_allowed": ["", "Active", "nothing"]},
    (RESULTS, "verdict"): {"not_allowed": ["", "Found", "nothing"]},
    (CUSTODY, "at"): INSTANTS,
    ("/item-batches", "item_type_id"): TYPE_IDS,
    (ITEM_FILES[0], "layout"): LAYOUTS,
    **{(path, "part"): PARTS for path in ITEM_FILES},
    **{(path, "limit"): NUMBERS for path in ("/patrol/check-ins", "/patrol/reviews")},
    **{(path, "after"): CURSORS for path in ("/patrol/check-ins", "/patrol/reviews")},
    ("/patrol/check-ins", "whose"): {"not_allowed": ["", "Mine", "theirs"]},
    ("/patrol/check-ins", "state"): {"not_allowed": ["", "Accepted", "open"]},
    ("/patrol/check-ins", "site_id"): SITE_IDS,
    ("/patrol/day", "near"): POSITIONS,
    ("/patrol/check-ins/{check_in_id}/photos/{photo_id}", "size"): {"not_allowed": ["", "Clean", "huge"]},
    ("/complaints/{complaint_id}/photos/{photo_id}", "size"): {"not_allowed": ["", "Clean", "huge"]},
    **{(path, "limit"): NUMBERS for path in FINDINGS},
    **{(path, "after"): CURSORS for path in FINDINGS},
    **{(path, "state"): {"not_allowed": ["", "Open", "nothing"]} for path in FINDINGS},
    **{(path, "severity"): {"not_allowed": ["", "Major", "nothing"]} for path in FINDINGS},
    **{(path, "district_id"): DISTRICTS for path in FINDINGS},
    **{(path, "site_id"): SITE_IDS for path in FINDINGS},
    **{(path, "limit"): NUMBERS for path in PLANS},
    **{(path, "after"): CURSORS for path in PLANS},
    **{(f"/patrol/{path}", name): DAYS for path in ("calendar", "coverage") for name in ("from", "to")},
    ("/patrol/coverage", "district_id"): DISTRICTS,
    ("/patrol/inspectors", "district_id"): DISTRICTS,
    **{(path, "district_id"): DISTRICTS for path in FIGURES},
    **{(path, "site_kind"): {"not_allowed": ["", "Outlet", "nothing"]} for path in FIGURES},
    **{(path, name): DAYS for path in FIGURES for name in ("from", "to")},
    ("/patrol/coverage", "site_kind"): {"not_allowed": ["", "Outlet", "nothing"]},
    ("/patrol/tasks", "state"): {"not_allowed": ["", "Open", "nothing"]},
    ("/patrol/tasks", "overdue"): {"wrong_type": ["", "x", "1", "True", "yes"]},
    ("/patrol/tasks", "kind"): {"not_allowed": ["", "Routine", "nothing"]},
    ("/patrol/tasks", "site_id"): SITE_IDS,
    ("/patrol/tasks", "due_from"): DAYS,
    ("/patrol/tasks", "due_to"): DAYS,
    **{(path, "limit"): NUMBERS for path in LISTS},
    **{(path, "after"): CURSORS for path in LISTS},
    ("/plates", "site_id"): SITE_IDS,
    ("/open/records", "kind"): {"not_allowed": ["", "Outlet", "nothing"]},
    ("/open/records", "limit"): NUMBERS,
    ("/open/records", "after"): CURSORS,
    ("/plates/revoked", "since"): DAYS,
    **{(f"/admin/sync/{path}", "limit"): NUMBERS for path in ("conflicts", "refused")},
    **{(f"/admin/sync/{path}", "after"): CURSORS for path in ("conflicts", "refused")},
    ("/admin/sync/conflicts", "state"): {"not_allowed": ["", "Open", "seen"]},
    ("/admin/sync/dead-letters", "kind"): {"not_allowed": ["", "Slot", "nothing"]},
    ("/admin/sync/dead-letters", "limit"): NUMBERS,
    ("/admin/sync/dead-letters", "after"): CURSORS,
    ("/admin/sync/quality/{kind}", "rule"): {
        "too_short": [""],
        "too_long": ["x" * 81],
        "invalid_format": ["%00", "a%07b"],
    },
    # Judged when the stock-take is known: tests/api/test_stock_takes.py.
    (RESULTS, "after"): {},
    # And so with a checklist: tests/api/test_checklists.py.
    (RELEASES, "after"): {},
}
