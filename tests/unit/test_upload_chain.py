"""What a log's entries tell of those that are missing, altered or doubled, in whatever order they came."""

import random

import pytest

from services.admissions.uploads.chain import MOST_SHOWN, report_of
from services.admissions.uploads.model import Link, Stretch, kept_id, wire_id

DEVICE = "dev_01JD0000000000000000000000"


def whole(length: int) -> list[Link]:
    return [
        Link(id=f"{DEVICE}:{seq}", seq=seq, hash=f"hash-{seq}", previous=f"hash-{seq - 1}" if seq > 1 else "")
        for seq in range(1, length + 1)
    ]


def test_a_whole_log_shows_nothing() -> None:
    report = report_of(DEVICE, random.Random(1).sample(whole(50), 50))
    assert (report.highest_seq, report.received) == (50, 50)
    assert (report.missing, report.breaks, report.forks, report.cut) == ((), (), (), False)


def test_an_empty_log_shows_nothing() -> None:
    report = report_of(DEVICE, [])
    assert (report.highest_seq, report.received, report.missing) == (0, 0, ())


@pytest.mark.parametrize("gone", [{1}, {7}, {7, 8, 9}, {1, 2, 20}, {49}])
def test_what_is_missing_is_named(gone: set[int]) -> None:
    report = report_of(DEVICE, [link for link in whole(50) if link.seq not in gone])
    assert {seq for one in report.missing for seq in range(one.first, one.last + 1)} == gone
    assert report.breaks == ()


def test_the_last_entries_cannot_be_missed() -> None:
    assert report_of(DEVICE, whole(50)[:40]).missing == ()


def test_breaks_and_forks_are_named() -> None:
    links = whole(10)
    links[4] = Link(id=links[4].id, seq=5, hash="another", previous=links[4].previous)
    forked = Link(id=f"{DEVICE}:8:abc", seq=8, hash="beside", previous="hash-7")
    report = report_of(DEVICE, [*links, forked])
    assert (report.breaks, report.forks) == ((6,), (8,))


def test_a_log_that_begins_with_something_before_it_is_broken() -> None:
    assert report_of(DEVICE, [Link(id="x", seq=1, hash="a", previous="b")]).breaks == (1,)


def test_lists_are_cut() -> None:
    report = report_of(DEVICE, [link for link in whole(1000) if link.seq % 2])
    assert report.cut
    assert len(report.missing) == MOST_SHOWN
    assert report.missing[0] == Stretch(first=2, last=2)


def test_ids_of_conflicts_go_into_paths_and_back() -> None:
    kept = "gat_01JD0000000000000000000000:device7-000042:offline:admitted_twice"
    assert ":" not in wire_id(kept)
    assert kept_id(wire_id(kept)) == kept
