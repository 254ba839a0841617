"""Wrong values for every query parameter, by what may name them."""

from collections.abc import Mapping

from server.openapi import build_document

PATHS = build_document()["paths"]
PLACE = "ven_01JD0000000000000000000000"
RESULTS = "/stock-takes/{stock_take_id}/results"
ITEM_LISTS = ("/item-types", "/item-batches", "/items", "/stock-takes", RESULTS)
SEARCHES = ("/items", "/items/export.csv", "/items/export.xlsx", "/items/export.epcis.json")
CUSTODY = "/items/{item_id}/custody"
# Its parameters are the standard's: tests/api/test_epcis.py.
EVENTS = "/epcis/events"
NEEDED = {"at": "2026-11-22T00:00:00Z", "item_type_id": "ity_01JD0000000000000000000000"}
ITEM_FILES = ("/item-batches/{item_batch_id}/labels.pdf", "/item-batches/{item_batch_id}/codes.csv")
LISTS = ("/venues", "/venues/{venue_id}/slots", "/reservations", *ITEM_LISTS, "/transparency/checkpoints")
PROOFS = "/transparency/proof"

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
    ("/venues/{venue_id}/slots", "from"): INSTANTS,
    ("/venues/{venue_id}/slots", "to"): INSTANTS,
    (f"{PROOFS}/inclusion", "index"): PLACES,
    (f"{PROOFS}/inclusion", "size"): PLACES,
    (f"{PROOFS}/consistency", "from"): PLACES,
    (f"{PROOFS}/consistency", "to"): PLACES,
    ("/transparency/entries", "from"): PLACES,
    ("/transparency/entries", "limit"): NUMBERS | {"out_of_range": ["0", "-1", "1001", "9" * 18]},
    ("/item-types", "q"): TEXTS,
    **{(path, name): wrong for path in SEARCHES for name, wrong in SOUGHT.items()},
    ("/items", "code"): {"too_short": [""], "too_long": ["x" * 301]},
    ("/item-transfers", "direction"): {"not_allowed": ["", "Incoming", "both"]},
    (RESULTS, "verdict"): {"not_allowed": ["", "Found", "nothing"]},
    (CUSTODY, "at"): INSTANTS,
    ("/item-batches", "item_type_id"): TYPE_IDS,
    (ITEM_FILES[0], "layout"): LAYOUTS,
    **{(path, "part"): PARTS for path in ITEM_FILES},
    **{(path, "limit"): NUMBERS for path in LISTS},
    **{(path, "after"): CURSORS for path in LISTS},
    # Judged when the stock-take is known: tests/api/test_stock_takes.py.
    (RESULTS, "after"): {},
}
