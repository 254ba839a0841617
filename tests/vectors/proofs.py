"""Vectors of keys, signatures, macs, steps, venues, gates and times."""

from datetime import datetime, timedelta
from typing import Any

from tests.vectors.spellings import GOOD, VISIT
from tests.vectors.steps import Case, Scan, once
from tests.vectors.town import (
    DAY_KEY,
    ENDS,
    ENTRY_KEYS,
    EXPIRES,
    NOW,
    OTHER_MASTER,
    OTHER_VENUE,
    STARTS,
    STEP,
    STRANGER,
    booked,
    drawn,
    payload,
    rotation_of,
    screen,
    signed,
    slip,
    text,
)

HALF_HOUR, QUARTER, MS = timedelta(minutes=30), timedelta(minutes=15), timedelta(milliseconds=1)
ORDER = 2**252 + 27742317777372353535851937790883648493


def cases() -> list[Case]:
    """Return the vectors."""
    return [*_keys(), *_signatures(), *_steps(), *_places(), *_windows(), *_days(), *_expiry()]


def _keys() -> list[Case]:
    found = [
        once(f"kid {kid}", Scan(screen(VISIT, kid=kid), NOW), says)
        for kid, says in ((1, "admitted 3"), (2, "admitted 3"), (3, "revoked"), (30, "admitted 3"), (255, "admitted 3"))
    ]
    for kid in (0, 4, 23, 24, 254):
        code = drawn(signed(payload(VISIT, kid=kid), STRANGER), NOW, rotation_of(VISIT))
        found.append(once(f"kid {kid}, which nobody has", Scan(code, NOW), "unknown_key"))
    by_revoked = screen(VISIT, kid=3, venue=OTHER_VENUE)
    return [
        *found,
        once("a pack without keys knows none", Scan(GOOD, NOW), "unknown_key", pack="no keys"),
        once("revoked key before another venue", Scan(by_revoked, NOW), "revoked"),
        once("revoked key before a stale step", Scan(screen(VISIT, NOW - HALF_HOUR, kid=3), NOW), "revoked"),
    ]


def _signatures() -> list[Case]:
    said, rotation = payload(VISIT), rotation_of(VISIT)
    good = signed(said, ENTRY_KEYS[1])
    found = []
    for name, at in {"id": 10, "tag": 25, "start": 31, "party": 36, "R": 40, "S": 90, "last of S": 100}.items():
        body = bytearray(good)
        body[at] ^= 1
        found.append(once(f"a flipped bit in {name}", Scan(drawn(bytes(body), NOW, rotation), NOW), "bad_signature"))
    flipped = bytearray(good + bytes(12))
    as_paper = bytearray(good)
    as_paper[1] = 2
    shifted = int.from_bytes(good[-32:], "little") + ORDER
    wrong = {
        "a stranger's signature": drawn(signed(said, STRANGER), NOW, rotation),
        "signed by another key of ours": drawn(signed(said, ENTRY_KEYS[2]), NOW, rotation),
        "signed for another purpose": drawn(said + ENTRY_KEYS[1].signer.sign(b"chengma-plate-1" + said), NOW, rotation),
        "signed without a purpose": drawn(said + ENTRY_KEYS[1].signer.sign(said), NOW, rotation),
        "a signature of zeros": drawn(said + bytes(64), NOW, rotation),
        "S plus the order of the group": drawn(good[:-32] + shifted.to_bytes(32, "little"), NOW, rotation),
        "a mac of zeros": text(bytes(flipped)),
        "a mac by another party's phone": drawn(good, NOW, rotation_of(booked(2))),
        "a mac by the venue-day key itself": drawn(good, NOW, DAY_KEY),
        "a mac by another city's gate keys": drawn(good, NOW, rotation_of(VISIT, master=OTHER_MASTER)),
        "a mac by yesterday's key": drawn(good, NOW, rotation_of(VISIT, starts_at=STARTS - timedelta(days=1))),
        "a screen code as paper": text(bytes(as_paper)),
    }
    found += [once(name, Scan(code, NOW, None, "123x"), "bad_signature") for name, code in wrong.items()]
    found.append(
        once("a pack with the wrong day key", Scan(GOOD, NOW), "bad_signature", pack="day of another venue's key")
    )
    return found


def _steps() -> list[Case]:
    found = []
    for drift in (-240, -3, -2, -1, 0, 1, 2, 3, 240):
        says = "admitted 3" if abs(drift) <= 1 else "stale_code"
        found.append(once(f"drawn {drift} steps from now", Scan(screen(VISIT, NOW + drift * STEP), NOW), says))
    first = STARTS + timedelta(minutes=5)
    good = signed(payload(VISIT), ENTRY_KEYS[1])
    wrong_mac = drawn(good, NOW - HALF_HOUR, DAY_KEY)
    at = {
        "at the first instant of the step before": first - STEP,
        "at the last millisecond of the step after": first + 2 * STEP - MS,
    }
    found += [once(f"read {name}", Scan(screen(VISIT, first), instant), "admitted 3") for name, instant in at.items()]
    late = {"a millisecond too early": first - STEP - MS, "at the first instant after the step after": first + 2 * STEP}
    found += [once(f"read {name}", Scan(screen(VISIT, first), instant), "stale_code") for name, instant in late.items()]
    ends = [(0, "the first step"), (2**32 - 1, "the last step")]
    for step, name in ends:
        code = drawn(good, datetime.fromtimestamp(step * 15, STARTS.tzinfo), rotation_of(VISIT))
        found.append(once(name, Scan(code, NOW), "stale_code"))
    return [*found, once("a wrong mac before a stale step", Scan(wrong_mac, NOW), "bad_signature")]


def _places() -> list[Case]:
    elsewhere = screen(VISIT, venue=OTHER_VENUE)
    unproven = drawn(signed(payload(VISIT, venue=OTHER_VENUE), ENTRY_KEYS[1]), NOW - HALF_HOUR, bytes(32))
    forged = drawn(signed(payload(VISIT, venue=OTHER_VENUE), STRANGER), NOW, rotation_of(VISIT))
    return [
        once("another venue", Scan(elsewhere, NOW), "wrong_venue"),
        once("another venue, whatever mac and step", Scan(unproven, NOW), "wrong_venue"),
        once("another venue, at a way out", Scan(elsewhere, NOW), "wrong_venue", pack="exit"),
        once("another venue, on paper", Scan(slip(VISIT, venue=OTHER_VENUE), NOW), "wrong_venue"),
        once("another venue, forged", Scan(forged, NOW), "bad_signature"),
        once("a way out", Scan(GOOD, NOW), "wrong_gate", pack="exit"),
        once("a way out, on paper", Scan(slip(VISIT), NOW), "wrong_gate", pack="exit"),
        once(
            "a way out before the window",
            Scan(screen(VISIT, NOW - HALF_HOUR * 3), NOW - HALF_HOUR * 3),
            "wrong_gate",
            "exit",
        ),
        once("stale before a way out", Scan(screen(VISIT, NOW - HALF_HOUR), NOW), "stale_code", pack="exit"),
        once("a gate that is read by hand", Scan(GOOD, NOW), "admitted 3", pack="read by hand"),
    ]


def _windows() -> list[Case]:
    edges = [
        ("days before", STARTS - timedelta(days=3), "too_early"),
        ("a millisecond before half an hour before", STARTS - HALF_HOUR - MS, "too_early"),
        ("half an hour before", STARTS - HALF_HOUR, "admitted 3"),
        ("at the end", ENDS, "admitted 3"),
        ("a millisecond before a quarter after", ENDS + QUARTER - MS, "admitted 3"),
        ("a quarter after", ENDS + QUARTER, "too_late"),
        ("hours after", ENDS + timedelta(hours=5), "too_late"),
    ]
    found = [once(f"screen {name}", Scan(screen(VISIT, at), at), says) for name, at, says in edges]
    short = [
        ("before", STARTS - MS, "too_early"),
        ("at the start", STARTS, "admitted 3"),
        ("at the end", ENDS - MS, "admitted 3"),
        ("after", ENDS, "too_late"),
    ]
    found += [
        once(f"short window, {name}", Scan(screen(VISIT, at), at), says, "short window") for name, at, says in short
    ]
    minute = screen(VISIT, STARTS, minutes=1)
    later = STARTS + timedelta(minutes=16)
    return [
        *found,
        once("a slot of one minute", Scan(minute, STARTS), "admitted 3"),
        once("a slot of one minute, over", Scan(screen(VISIT, later, minutes=1), later), "too_late"),
        once("too early on paper, before any document", Scan(slip(VISIT), STARTS - HALF_HOUR - MS), "too_early"),
        once("too late on paper, before any document", Scan(slip(VISIT), ENDS + QUARTER), "too_late"),
    ]


def _days() -> list[Case]:
    midnight = datetime.fromisoformat("2027-02-07T00:00:00+08:00")
    before = midnight - timedelta(minutes=5)
    first: dict[str, Any] = {"starts_at": midnight, "minutes": 60}
    last: dict[str, Any] = {"starts_at": midnight - timedelta(minutes=60), "minutes": 180}
    tomorrow = STARTS + timedelta(days=1)
    unproven = drawn(signed(payload(VISIT, **first), ENTRY_KEYS[1]), NOW, bytes(32))
    return [
        once("tomorrow's code", Scan(screen(VISIT, starts_at=tomorrow), NOW), "too_early"),
        once("yesterday's code", Scan(screen(VISIT, starts_at=STARTS - timedelta(days=1)), NOW), "too_late"),
        once("a slot from midnight on, five minutes before", Scan(screen(VISIT, before, **first), before), "too_early"),
        once("the same by the pack of its day", Scan(screen(VISIT, before, **first), before), "admitted 3", "tomorrow"),
        once(
            "a slot over midnight, by the next day's pack",
            Scan(screen(VISIT, midnight, **last), midnight),
            "too_late",
            "tomorrow",
        ),
        once("a slot over midnight, by its own pack", Scan(screen(VISIT, before, **last), before), "admitted 3"),
        once("another day's code whose mac nobody can check", Scan(unproven, NOW), "too_early"),
        once("another day's code at a way out", Scan(unproven, NOW), "wrong_gate", pack="exit"),
        once("another day's slip", Scan(slip(VISIT, starts_at=tomorrow), NOW, None, "123x"), "too_early"),
        once(
            "the first minute of the city's day",
            Scan(
                screen(VISIT, STARTS, starts_at=datetime.fromisoformat("2027-02-06T00:00:00+08:00"), minutes=900),
                STARTS,
            ),
            "admitted 3",
        ),
        once(
            "the last minute of the day before",
            Scan(
                screen(VISIT, STARTS, starts_at=datetime.fromisoformat("2027-02-05T23:59:00+08:00"), minutes=900),
                STARTS,
            ),
            "too_late",
        ),
    ]


def _expiry() -> list[Case]:
    code = screen(VISIT, EXPIRES - MS, minutes=1000)
    return [
        once("a millisecond before the pack expires", Scan(code, EXPIRES - MS), "admitted 3"),
        once("when the pack expires", Scan(code, EXPIRES), "pack_expired?"),
        once("an expired pack does not even see that a code is malformed", Scan("", EXPIRES), "pack_expired?"),
    ]
