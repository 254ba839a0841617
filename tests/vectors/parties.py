"""Vectors of what is known about a party: cancelled, revoked, inside, in parts, on paper, and a venue that is full."""

from functools import partial

from tests.vectors.spellings import GOOD, VISIT
from tests.vectors.steps import Case, Recall, Scan, once
from tests.vectors.town import (
    CANCELLED,
    INSIDE,
    NOW,
    ON_PAPER,
    PAPER_CANCELLED,
    PARTLY,
    REVOKED,
    STEP,
    booked,
    screen,
    slip,
)


def cases() -> list[Case]:
    """Return the vectors."""
    return [*_known(), *_counts(), *_remembered(), *_paper(), *_full()]


def _known() -> list[Case]:
    party = screen(PARTLY, party_size=5)
    return [
        once("cancelled", Scan(screen(CANCELLED), NOW), "cancelled"),
        once("cancelled, too many asked for", Scan(screen(CANCELLED), NOW, 9), "cancelled"),
        once("cancelled, and the venue full", Scan(screen(CANCELLED), NOW), "cancelled", pack="full"),
        once("cancelled, by a stale code", Scan(screen(CANCELLED, NOW - 9 * STEP), NOW), "stale_code"),
        once("revoked", Scan(screen(REVOKED), NOW), "revoked"),
        once("inside", Scan(screen(INSIDE), NOW), "already_admitted"),
        once("inside, one asked for", Scan(screen(INSIDE), NOW, 1), "already_admitted"),
        once("inside, and the venue full", Scan(screen(INSIDE), NOW), "already_admitted", pack="full"),
        once("partly inside", Scan(party, NOW), "admitted 3"),
        once("partly inside, one more", Scan(party, NOW, 1), "admitted 1"),
        once("partly inside, all the rest", Scan(party, NOW, 3), "admitted 3"),
        once("partly inside, one too many", Scan(party, NOW, 4), "count_too_large?"),
        once("as many inside as the party has", Scan(screen(PARTLY, party_size=2), NOW), "already_admitted"),
        once("more inside than the party has", Scan(screen(PARTLY, party_size=1), NOW), "already_admitted"),
    ]


def _counts() -> list[Case]:
    found = [once(f"{count} of three", Scan(GOOD, NOW, count), f"admitted {count}") for count in (1, 2, 3)]
    for size in (1, 23, 24, 255, 256, 999, 1000):
        group = Scan(screen(VISIT, party_size=size), NOW)
        found.append(once(f"a group of {size}", group, f"admitted {size}"))
    group_code = screen(VISIT, party_size=1000)
    return [
        *found,
        once("four of three", Scan(GOOD, NOW, 4), "count_too_large?"),
        once("a thousand of three", Scan(GOOD, NOW, 1000), "count_too_large?"),
        once("999 of a thousand", Scan(group_code, NOW, 999), "admitted 999"),
    ]


def _remembered() -> list[Case]:
    one, later, other = Scan(GOOD, NOW, 1), Scan(screen(VISIT, NOW + STEP), NOW + STEP), Scan(screen(booked(2)), NOW)
    keep, undo = partial(Recall, "remember"), partial(Recall, "forget")
    partly = Scan(screen(PARTLY, party_size=5), NOW, 2)
    return [
        Case("the same code again", [Scan(GOOD, NOW), keep(0), Scan(GOOD, NOW)], ["admitted 3", "already_admitted"]),
        Case("the next code of the same party", [Scan(GOOD, NOW), keep(0), later], ["admitted 3", "already_admitted"]),
        Case("deciding alone remembers nothing", [Scan(GOOD, NOW), Scan(GOOD, NOW)], ["admitted 3", "admitted 3"]),
        Case("a party in parts", [one, keep(0), one, keep(2), later], ["admitted 1", "admitted 1", "admitted 1"]),
        Case("a part too many", [one, keep(0), Scan(GOOD, NOW, 3)], ["admitted 1", "count_too_large?"]),
        Case("another party meanwhile", [Scan(GOOD, NOW), keep(0), other], ["admitted 3", "admitted 3"]),
        Case("undone and again", [Scan(GOOD, NOW), keep(0), undo(0), Scan(GOOD, NOW)], ["admitted 3", "admitted 3"]),
        Case("a part undone", [one, keep(0), one, keep(2), undo(0), later], ["admitted 1", "admitted 1", "admitted 2"]),
        Case(
            "on top of the pack's count",
            [partly, keep(0), partly, Scan(partly.code, NOW)],
            ["admitted 2", "count_too_large?", "admitted 1"],
        ),
        Case(
            "a refusal that is remembered changes nothing",
            [Scan(screen(INSIDE), NOW), keep(0), Scan(screen(INSIDE), NOW)],
            ["already_admitted"] * 2,
        ),
        Case(
            "an undo that is counted twice lets in no more than the party",
            [Scan(screen(INSIDE), NOW), Scan(GOOD, NOW), keep(1), undo(1), undo(1), Scan(GOOD, NOW)],
            ["already_admitted", "admitted 3", "admitted 3"],
        ),
    ]


def _paper() -> list[Case]:
    said = slip(ON_PAPER)
    found = [
        once(f"paper with {tail}", Scan(said, NOW, None, tail), says)
        for tail, says in (
            ("123x", "admitted 3"),
            ("123X", "admitted 3"),
            ("0042", "admitted 3"),
            ("wxyz", "admitted 3"),
            ("WxYz", "admitted 3"),
            ("1234", "document_tail_wrong?"),
            ("0043", "document_tail_wrong?"),
            ("", "document_tail_wrong?"),
            ("042", "document_tail_wrong?"),
            ("00042", "document_tail_wrong?"),
            ("００４２", "document_tail_wrong?"),
            ("ßßßß", "document_tail_wrong?"),
        )
    ]
    again = Scan(said, NOW + 400 * STEP, None, "0042")
    return [
        *found,
        once("paper without a document", Scan(said, NOW), "document_tail_needed?"),
        once(
            "paper of a party without documents in the pack",
            Scan(slip(VISIT), NOW, None, "123x"),
            "document_tail_wrong?",
        ),
        once("a screen code needs no document", Scan(GOOD, NOW, None, "9999"), "admitted 3"),
        once("cancelled paper without a document", Scan(slip(PAPER_CANCELLED), NOW), "document_tail_needed?"),
        once("cancelled paper", Scan(slip(PAPER_CANCELLED), NOW, None, "123x"), "cancelled"),
        once("paper, one of three", Scan(said, NOW, 1, "0042"), "admitted 1"),
        once("paper, four of three", Scan(said, NOW, 4, "0042"), "count_too_large?"),
        Case(
            "a copied slip",
            [Scan(said, NOW, None, "123x"), Recall("remember", 0), again],
            ["admitted 3", "already_admitted"],
        ),
        Case(
            "paper after the screen",
            [Scan(screen(ON_PAPER), NOW), Recall("remember", 0), again],
            ["admitted 3", "already_admitted"],
        ),
    ]


def _full() -> list[Case]:
    group = screen(booked(3), party_size=10)
    eleven = screen(booked(3), party_size=11)
    first = Scan(screen(booked(4), party_size=8), NOW)
    return [
        once("ten below the ceiling", Scan(group, NOW), "admitted 10", pack="ceiling of 50"),
        once("one above the ceiling", Scan(eleven, NOW), "venue_full", pack="ceiling of 50"),
        once("as many as there is room for", Scan(eleven, NOW, 10), "admitted 10", pack="ceiling of 50"),
        once("too many before the ceiling", Scan(group, NOW, 11), "count_too_large?", pack="ceiling of 50"),
        once("full", Scan(GOOD, NOW, 1), "venue_full", pack="full"),
        once("a ceiling of none", Scan(GOOD, NOW, 1), "venue_full", pack="ceiling of 0, empty"),
        Case(
            "full by those let in here",
            [first, Recall("remember", 0), Scan(GOOD, NOW), Scan(GOOD, NOW, 2)],
            ["admitted 8", "venue_full", "admitted 2"],
            pack="ceiling of 50",
        ),
        Case(
            "room again after an undo",
            [first, Recall("remember", 0), Scan(GOOD, NOW), Recall("forget", 0), Scan(GOOD, NOW)],
            ["admitted 8", "venue_full", "admitted 3"],
            pack="ceiling of 50",
        ),
    ]
