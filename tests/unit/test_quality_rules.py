"""What is wrong with the quality of a record, and how kinds are scored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.sync.standard_files import load_standard
from services.sync.model import RecordKind
from services.sync.quality.flaws import dimension_of, flaws_of, is_late, possible_flaws
from services.sync.quality.model import Dimension
from services.sync.quality.rules import RULES
from services.sync.standard.references import references_of, referred_kinds

STANDARD = load_standard()
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
OBJECTIVE = timedelta(seconds=60)
DAY, DAY_BEFORE = "2026-11-22", "2026-11-21"
INSTANT, LATER = "2026-11-22T09:00:00+08:00", "2026-11-22T09:00:00.250+08:00"
# For each rule, what breaks it and what, just, does not.
CASES: dict[RecordKind, dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    RecordKind.SLOT: {
        "more_places_left_than_there_are": ({"places_left": 9, "capacity": 8}, {"places_left": 8, "capacity": 8}),
        "ends_before_it_starts": (
            {"starts_at": LATER, "ends_at": INSTANT},
            {"starts_at": INSTANT, "ends_at": LATER},
        ),
    },
    RecordKind.RESERVATION: {
        "more_admitted_than_booked": (
            {"admitted_count": 3, "party_size": 2, "status": "booked"},
            {"admitted_count": 2, "party_size": 2, "status": "booked"},
        ),
        "cancelled_and_admitted": (
            {"admitted_count": 1, "party_size": 2, "status": "cancelled"},
            {"admitted_count": 0, "party_size": 2, "status": "cancelled"},
        ),
    },
    RecordKind.ITEM: {
        "last_event_before_its_beginning": (
            {"began_on": "2026-11-23", "last_event_at": INSTANT},
            {"began_on": DAY, "last_event_at": "2026-11-22T00:00:00+08:00"},
        ),
    },
    RecordKind.ITEM_EVENT: {
        "more_items_named_than_counted": (
            {"item_ids": ["a", "b"], "item_count": 1},
            {"item_ids": ["a"] * 100, "item_count": 5000},
        ),
    },
    RecordKind.OUTLET: {
        "district_of_another_city": (
            {"city_id": "330100", "district_id": "330203"},
            {"city_id": "310000", "district_id": "310101"},
        ),
        "licence_ends_before_it_begins": (
            {"licence_valid_from": DAY, "licence_valid_to": DAY_BEFORE},
            {"licence_valid_from": DAY, "licence_valid_to": DAY},
        ),
        "closed_without_reason": ({"state": "closed"}, {"state": "closed", "close_reason": "ceased"}),
        "merged_into_nothing": ({"state": "merged"}, {"state": "merged", "merged_into": "otl_1"}),
        "merged_and_still_there": ({"state": "active", "merged_into": "otl_1"}, {"state": "active"}),
    },
    RecordKind.PLATE: {
        "ended_without_day": ({"state": "revoked"}, {"state": "replaced", "ended_on": DAY}),
        "current_and_ended": ({"state": "current", "ended_on": DAY}, {"state": "current"}),
        "ended_before_its_issue": (
            {"state": "revoked", "issued_on": DAY, "ended_on": DAY_BEFORE},
            {"state": "revoked", "issued_on": DAY, "ended_on": DAY},
        ),
    },
    RecordKind.SITE_STATUS: {
        "checked_without_day": ({"last_check_in_id": "chk_1"}, {"last_check_in_id": "chk_1", "last_checked_on": DAY}),
    },
    RecordKind.CHECKLIST: {
        "question_twice": (
            {"questions": [{"id": "a"}, {"id": "b"}, {"id": "a"}]},
            {"questions": [{"id": "a"}, {"id": "b"}]},
        ),
    },
    RecordKind.ROUND: {
        "due_before_it_begins": ({"from_on": DAY, "due_on": DAY_BEFORE}, {"from_on": DAY, "due_on": DAY}),
    },
    RecordKind.DRAW: {
        "due_before_it_begins": ({"from_on": DAY, "due_on": DAY_BEFORE}, {"from_on": DAY, "due_on": DAY}),
        "more_drawn_than_there_are": ({"sites": 3, "pool_sites": 2}, {"sites": 2, "pool_sites": 2}),
        "held_without_instant": ({"state": "held"}, {"state": "held", "held_at": LATER}),
        "withdrawn_without_instant": ({"state": "withdrawn"}, {"state": "withdrawn", "withdrawn_at": INSTANT}),
        "held_before_it_was_committed_to": (
            {"state": "held", "committed_at": LATER, "held_at": INSTANT},
            {"state": "held", "committed_at": INSTANT, "held_at": LATER},
        ),
    },
    RecordKind.TASK: {
        "due_before_it_begins": ({"from_on": DAY, "due_on": DAY_BEFORE}, {"from_on": DAY, "due_on": DAY}),
        "done_without_day": ({"state": "done"}, {"state": "done", "done_on": DAY}),
        "cancelled_without_reason": ({"state": "cancelled"}, {"state": "cancelled", "cancel_reason": "duplicate"}),
    },
    RecordKind.CHECK_IN: {
        "received_before_the_visit": (
            {"received_on": DAY_BEFORE, "visited_on": DAY},
            {"received_on": DAY, "visited_on": DAY},
        ),
        "plate_without_verdict": ({"plate_id": "plt_1"}, {"plate_id": None, "plate_verdict": "forged"}),
        "rejected_without_review": ({"state": "rejected"}, {"state": "accepted"}),
        "in_review_and_reviewed": (
            {"state": "in_review", "reviewed_on": DAY},
            {"state": "accepted", "reviewed_on": DAY},
        ),
    },
    RecordKind.FINDING: {
        "closed_without_day": (
            {"state": "closed", "due_on": DAY},
            {"state": "closed", "closed_on": DAY, "due_on": DAY},
        ),
        "closed_and_going_on": (
            {"state": "open", "closed_on": DAY, "due_on": DAY},
            {"state": "withdrawn", "closed_on": DAY, "withdrawal": "duplicate"},
        ),
        "closed_before_it_was_found": (
            {"state": "closed", "found_on": DAY, "closed_on": DAY_BEFORE, "due_on": DAY},
            {"state": "closed", "found_on": DAY, "closed_on": DAY, "due_on": DAY},
        ),
        "withdrawn_without_reason": (
            {"state": "withdrawn", "closed_on": DAY},
            {"state": "withdrawn", "closed_on": DAY, "withdrawal": "duplicate"},
        ),
        "without_deadline": ({"state": "open"}, {"state": "proposed"}),
        "dispatched_without_notice": (
            {"state": "dispatched", "due_on": DAY},
            {"state": "answered", "due_on": DAY, "notice_number": "310101-2026-1"},
        ),
    },
    RecordKind.COMPLAINT: {
        "taken_up_without_day": ({"state": "taken_up"}, {"state": "received"}),
        "answered_without_day": (
            {"state": "answered", "outcome": "founded"},
            {"state": "answered", "outcome": "founded", "answered_on": DAY},
        ),
        "answered_without_outcome": (
            {"state": "answered", "answered_on": DAY},
            {"state": "answered", "outcome": "founded", "answered_on": DAY},
        ),
        "answered_before_it_was_received": (
            {"state": "answered", "outcome": "founded", "received_on": DAY, "answered_on": DAY_BEFORE},
            {"state": "answered", "outcome": "founded", "received_on": DAY, "answered_on": DAY},
        ),
    },
}
NEUTRAL: dict[str, Any] = {
    "capacity": 1,
    "places_left": 0,
    "starts_at": INSTANT,
    "ends_at": INSTANT,
    "party_size": 1,
    "admitted_count": 0,
    "item_ids": [],
    "item_count": 0,
    "questions": [],
    "sites": 1,
    "pool_sites": 1,
    "status": "booked",
    "state": "",
    "city_id": "310000",
    "district_id": "310101",
}


def rule_flaws(kind: RecordKind, said: dict[str, Any]) -> list[str]:
    """Return the rules that a record breaks of which no more is known than `said`."""
    properties = STANDARD.schema(kind).document["properties"]
    data = {name: said.get(name, NEUTRAL.get(name)) for name in properties}
    flaws = flaws_of(data, STANDARD.schema(kind))
    return [flaw.removeprefix("rule:") for flaw in flaws if flaw.startswith("rule:")]


def test_every_rule_has_its_cases() -> None:
    assert {kind: [rule.name for rule in rules] for kind, rules in RULES.items()} == {
        kind: list(cases) for kind, cases in CASES.items()
    }


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, cases in CASES.items() for name in cases])
def test_a_rule_finds_what_breaks_it_and_nothing_else(kind: RecordKind, name: str) -> None:
    broken, right = CASES[kind][name]
    assert rule_flaws(kind, broken) == [name]
    assert rule_flaws(kind, right) == []


@pytest.mark.parametrize("kind", RULES)
def test_rules_read_properties_that_there_are(kind: RecordKind) -> None:
    properties = STANDARD.schema(kind).document["properties"]
    assert {name for rule in RULES[kind] for name in rule.reads} <= properties.keys()
    assert len({rule.name for rule in RULES[kind]}) == len(RULES[kind])


@pytest.mark.parametrize("kind", RULES)
def test_states_named_in_cases_are_those_of_the_standard(kind: RecordKind) -> None:
    properties = STANDARD.schema(kind).document["properties"]
    for pair in CASES[kind].values():
        for name, value in [one for said in pair for one in said.items()]:
            assert "enum" not in properties[name] or value in properties[name]["enum"], (name, value)


def test_expected_properties_are_missed() -> None:
    schema = STANDARD.schema(RecordKind.OUTLET)
    assert "uscc" in schema.expected
    data = dict.fromkeys(schema.document["properties"], "x") | NEUTRAL
    data |= dict.fromkeys(("licence_valid_from", "licence_valid_to", "merged_into"), None)
    assert flaws_of({**data, "uscc": None}, schema) == (
        "missing:uscc",
        "missing:licence_valid_from",
        "missing:licence_valid_to",
    )


def test_references_are_marks_of_what_is_named() -> None:
    data = {"reservation_id": "reservation-abc"}
    assert references_of(data, STANDARD.schema(RecordKind.ADMISSION)) == ("reservation:reservation-abc",)
    task = STANDARD.schema(RecordKind.TASK)
    assert references_of({"check_in_id": None, "site_kind": "venue", "site_id": "ven_1"}, task) == ()
    named = references_of({"check_in_id": "chk_1", "site_kind": "outlet", "site_id": "otl_1"}, task)
    assert named == ("check_in:chk_1", "outlet:otl_1")
    assert {one.partition(":")[0] for one in named} <= set(referred_kinds(task))


def test_late_is_later_than_the_objective() -> None:
    assert not is_late(NOON, NOON + OBJECTIVE, OBJECTIVE)
    assert is_late(NOON, NOON + OBJECTIVE + timedelta(milliseconds=1), OBJECTIVE)


@pytest.mark.parametrize("kind", RecordKind)
def test_every_flaw_is_of_one_dimension(kind: RecordKind) -> None:
    flaws = possible_flaws(STANDARD.schema(kind))
    assert len(set(flaws)) == len(flaws) <= 100
    assert {dimension_of(flaw) for flaw in flaws} >= {Dimension.VALID, Dimension.TIMELY}
