"""Vectors of walk-ins on a lease, and of people who leave."""

from datetime import timedelta

from tests.vectors.spellings import GOOD
from tests.vectors.steps import Case, Out, Recall, Scan, WalkIn, once
from tests.vectors.town import ENDS, EXPIRES, LEASE, NOW, OVER_LEASE, STARTS, booked, screen

HALF_HOUR, MS = timedelta(minutes=30), timedelta(milliseconds=1)


def cases() -> list[Case]:
    """Return the vectors."""
    return [*_leases(), *_exits()]


def _leases() -> list[Case]:
    two, eight = WalkIn(LEASE, 2, NOW), WalkIn(LEASE, 8, NOW)
    keep = Recall("remember", 0)
    at = {
        "too early": (STARTS - HALF_HOUR - MS, "too_early"),
        "as early as can be": (STARTS - HALF_HOUR, "admitted 2"),
        "just before the lease ends": (ENDS - MS, "admitted 2"),
        "when the lease has ended": (ENDS, "lease_expired?"),
        "too late": (ENDS + HALF_HOUR, "too_late"),
    }
    return [
        *(once(f"walk-ins {name}", WalkIn(LEASE, 2, instant), says) for name, (instant, says) in at.items()),
        once("walk-ins", two, "admitted 2"),
        once("walk-ins for all places", eight, "admitted 8"),
        once("a walk-in more than places", WalkIn(LEASE, 9, NOW), "count_too_large?"),
        once("a lease of another gate", WalkIn(booked(5), 1, NOW), "lease_unknown?"),
        once("a lease that is no id", WalkIn("lease", 1, NOW), "lease_unknown?"),
        once("a lease that ended", WalkIn(OVER_LEASE, 1, NOW), "lease_expired?"),
        once("walk-ins at a way out", two, "wrong_gate", pack="exit"),
        once("walk-ins by an expired pack", WalkIn(LEASE, 1, EXPIRES), "pack_expired?"),
        once("walk-ins into a full venue", WalkIn(LEASE, 1, NOW), "venue_full", pack="full"),
        once("a walk-in that just fits", eight, "admitted 8", pack="ceiling of 50"),
        Case("a lease used up", [eight, keep, WalkIn(LEASE, 1, NOW)], ["admitted 8", "already_admitted"]),
        Case(
            "a lease in parts",
            [two, keep, WalkIn(LEASE, 7, NOW), WalkIn(LEASE, 6, NOW)],
            ["admitted 2", "count_too_large?", "admitted 6"],
        ),
        Case("walk-ins undone", [eight, keep, Recall("forget", 0), eight], ["admitted 8", "admitted 8"]),
        Case(
            "walk-ins fill the venue for parties",
            [eight, keep, Scan(GOOD, NOW), Scan(screen(booked(6)), NOW, 2)],
            ["admitted 8", "venue_full", "admitted 2"],
            "ceiling of 50",
        ),
        Case(
            "parties fill the venue for walk-ins",
            [Scan(GOOD, NOW), keep, eight, WalkIn(LEASE, 7, NOW)],
            ["admitted 3", "venue_full", "admitted 7"],
            "ceiling of 50",
        ),
    ]


def _exits() -> list[Case]:
    return [
        once("three leave", Out(3, NOW), "admitted 3", pack="exit"),
        once("a thousand leave", Out(1000, NOW), "admitted 1000", pack="exit"),
        once("nobody leaves by an entrance", Out(1, NOW), "wrong_gate"),
        once("leaving by an expired pack", Out(1, EXPIRES), "pack_expired?", pack="exit"),
        Case(
            "leaving, counted and taken back",
            [Out(3, NOW), Recall("remember", 0), Recall("forget", 0), Out(2, NOW)],
            ["admitted 3", "admitted 2"],
            "exit",
        ),
    ]
