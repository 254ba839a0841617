"""Rules between the properties of one record: pure, and asked only of data that follows its schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.common.clock import city_day
from services.sync.model import RecordKind

DAY_LENGTH = len("2026-11-22")

Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must hold between the properties that it `reads`; a record that breaks it is shown with its `name`."""

    name: str
    reads: tuple[str, ...]
    holds: Callable[[Data], bool]


def at_most(name: str, less: str, more: str) -> Rule:
    """Return the rule that one number is at most another."""
    return Rule(name=name, reads=(less, more), holds=lambda data: bool(data[less] <= data[more]))


def not_before(name: str, later: str, earlier: str) -> Rule:
    """Return the rule that one day or instant is not before another, where both are known.

    An instant is compared with a day by the day of the city that it lies on.
    """

    def holds(data: Data) -> bool:
        one, other = data[later], data[earlier]
        if one is None or other is None:
            return True
        if DAY_LENGTH in {len(one), len(other)}:
            return _day(one) >= _day(other)
        return datetime.fromisoformat(one) >= datetime.fromisoformat(other)

    return Rule(name=name, reads=(later, earlier), holds=holds)


def _day(text: str) -> date:
    return date.fromisoformat(text) if len(text) == DAY_LENGTH else city_day(datetime.fromisoformat(text))


def known_when(name: str, needed: str, state: str, *states: str) -> Rule:
    """Return the rule that a property is known in these states."""
    return Rule(
        name=name, reads=(needed, state), holds=lambda data: data[state] not in states or data[needed] is not None
    )


def unknown_unless(name: str, property_name: str, state: str, *states: str) -> Rule:
    """Return the rule that a property is known in these states only."""
    return Rule(
        name=name,
        reads=(property_name, state),
        holds=lambda data: data[state] in states or data[property_name] is None,
    )


def comes_with(name: str, given: str, needed: str) -> Rule:
    """Return the rule that where one property is known, another is, too."""
    return Rule(name=name, reads=(given, needed), holds=lambda data: data[given] is None or data[needed] is not None)


RULES: Mapping[RecordKind, tuple[Rule, ...]] = {
    RecordKind.SLOT: (
        at_most("more_places_left_than_there_are", "places_left", "capacity"),
        not_before("ends_before_it_starts", "ends_at", "starts_at"),
    ),
    RecordKind.RESERVATION: (
        at_most("more_admitted_than_booked", "admitted_count", "party_size"),
        Rule(
            name="cancelled_and_admitted",
            reads=("status", "admitted_count"),
            holds=lambda data: data["status"] != "cancelled" or data["admitted_count"] == 0,
        ),
    ),
    RecordKind.ITEM: (not_before("last_event_before_its_beginning", "last_event_at", "began_on"),),
    RecordKind.ITEM_EVENT: (
        Rule(
            name="more_items_named_than_counted",
            reads=("item_ids", "item_count"),
            holds=lambda data: len(data["item_ids"]) <= data["item_count"],
        ),
    ),
    RecordKind.OUTLET: (
        Rule(
            name="district_of_another_city",
            reads=("district_id", "city_id"),
            # GB/T 2260: the first four digits are the city's, of a municipality the first two.
            holds=lambda data: data["district_id"].startswith(data["city_id"].rstrip("0")),
        ),
        not_before("licence_ends_before_it_begins", "licence_valid_to", "licence_valid_from"),
        known_when("closed_without_reason", "close_reason", "state", "closed"),
        known_when("merged_into_nothing", "merged_into", "state", "merged"),
        unknown_unless("merged_and_still_there", "merged_into", "state", "merged"),
    ),
    RecordKind.PLATE: (
        known_when("ended_without_day", "ended_on", "state", "replaced", "revoked"),
        unknown_unless("current_and_ended", "ended_on", "state", "replaced", "revoked"),
        not_before("ended_before_its_issue", "ended_on", "issued_on"),
    ),
    RecordKind.SITE_STATUS: (comes_with("checked_without_day", "last_check_in_id", "last_checked_on"),),
    RecordKind.CHECKLIST: (
        Rule(
            name="question_twice",
            reads=("questions",),
            holds=lambda data: len({one["id"] for one in data["questions"]}) == len(data["questions"]),
        ),
    ),
    RecordKind.ROUND: (not_before("due_before_it_begins", "due_on", "from_on"),),
    RecordKind.DRAW: (
        not_before("due_before_it_begins", "due_on", "from_on"),
        at_most("more_drawn_than_there_are", "sites", "pool_sites"),
        known_when("held_without_instant", "held_at", "state", "held"),
        known_when("withdrawn_without_instant", "withdrawn_at", "state", "withdrawn"),
        not_before("held_before_it_was_committed_to", "held_at", "committed_at"),
    ),
    RecordKind.TASK: (
        not_before("due_before_it_begins", "due_on", "from_on"),
        known_when("done_without_day", "done_on", "state", "done"),
        known_when("cancelled_without_reason", "cancel_reason", "state", "cancelled"),
    ),
    RecordKind.CHECK_IN: (
        not_before("received_before_the_visit", "received_on", "visited_on"),
        comes_with("plate_without_verdict", "plate_id", "plate_verdict"),
        known_when("rejected_without_review", "reviewed_on", "state", "rejected"),
        unknown_unless("in_review_and_reviewed", "reviewed_on", "state", "accepted", "rejected"),
    ),
    RecordKind.FINDING: (
        known_when("closed_without_day", "closed_on", "state", "closed", "withdrawn"),
        unknown_unless("closed_and_going_on", "closed_on", "state", "closed", "withdrawn"),
        not_before("closed_before_it_was_found", "closed_on", "found_on"),
        known_when("withdrawn_without_reason", "withdrawal", "state", "withdrawn"),
        known_when("without_deadline", "due_on", "state", "open", "dispatched", "answered", "closed"),
        known_when("dispatched_without_notice", "notice_number", "state", "dispatched", "answered"),
    ),
    RecordKind.COMPLAINT: (
        known_when("taken_up_without_day", "taken_up_on", "state", "taken_up"),
        known_when("answered_without_day", "answered_on", "state", "answered"),
        known_when("answered_without_outcome", "outcome", "state", "answered"),
        not_before("answered_before_it_was_received", "answered_on", "received_on"),
    ),
}
