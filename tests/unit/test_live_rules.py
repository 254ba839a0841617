"""The live view's figures: who is expected, and whose slot those are who have come."""

from datetime import UTC, date, datetime, timedelta

from services.admissions.live.model import DayCounts, GateCounts
from services.admissions.live.rules import expected_now, gate_standings, standings
from services.common.clock import day_bounds
from services.reservations.model import Slot, SlotState
from services.venues.model import Gate, GateUse

NINE = datetime(2027, 2, 6, 1, 0, tzinfo=UTC)


def slot(name: str, *, at: datetime = NINE, booked: int = 10, state: SlotState = SlotState.OPEN) -> Slot:
    return Slot(
        id=f"slt_{name}",
        venue_id="ven_1",
        starts_at=at,
        ends_at=at + timedelta(hours=2),
        capacity=50,
        places_left=50 - booked,
        state=state,
    )


def expected(slots: list[Slot], starts: dict[datetime, int], now: datetime) -> int:
    return expected_now(slots, standings(slots, starts), now)


def test_a_day_is_that_of_the_city() -> None:
    first, end = day_bounds(date(2027, 2, 6))
    assert (first, end) == (datetime(2027, 2, 5, 16, tzinfo=UTC), datetime(2027, 2, 6, 16, tzinfo=UTC))


def test_expected_are_those_of_open_entry_windows_who_have_not_come() -> None:
    slots = [slot("a"), slot("b", at=NINE + timedelta(hours=2), booked=7)]
    assert expected(slots, {}, NINE - timedelta(minutes=31)) == 0
    assert expected(slots, {}, NINE - timedelta(minutes=30)) == 10
    assert expected(slots, {NINE: 4}, NINE) == 6
    # Both let people in around the change.
    assert expected(slots, {NINE: 4}, NINE + timedelta(hours=2)) == 6 + 7
    assert expected(slots, {NINE: 4}, NINE + timedelta(hours=2, minutes=15)) == 7


def test_a_last_entry_ends_the_expecting() -> None:
    early = Slot(**{**vars(slot("a")), "last_entry_at": NINE + timedelta(hours=1)})
    assert expected([early], {}, NINE + timedelta(hours=1, minutes=14)) == 10
    assert expected([early], {}, NINE + timedelta(hours=1, minutes=15)) == 0


def test_more_than_booked_are_no_negative_expectation() -> None:
    slots = [slot("a", booked=2), slot("b", at=NINE + timedelta(minutes=10), booked=5)]
    assert expected(slots, {NINE: 9}, NINE) == 5


def test_slots_that_start_together_share_those_who_came() -> None:
    shown = standings([slot("a", booked=3), slot("b", booked=4)], {NINE: 9})
    assert [(one.slot_id, one.admitted) for one in shown] == [("slt_a", 3), ("slt_b", 6)]
    shown = standings([slot("a", booked=3), slot("b", booked=4)], {NINE: 2})
    assert [one.admitted for one in shown] == [2, 0]


def test_what_was_withdrawn_is_shown_while_somebody_has_places() -> None:
    gone = slot("a", booked=0, state=SlotState.WITHDRAWN)
    kept = slot("b", booked=1, state=SlotState.WITHDRAWN)
    assert [one.slot_id for one in standings([gone, kept], {})] == ["slt_b"]


def test_each_gate_stands_there_though_nobody_came() -> None:
    gates = [Gate(id=f"gat_{name}", name=name, name_en=name, use=GateUse.ENTRANCE) for name in "ab"]
    counts = DayCounts(gates={"gat_b": GateCounts(admitted=3, left=1, last_at=NINE)})
    assert [(one.gate_id, one.admitted, one.left, one.last_at) for one in gate_standings(gates, counts)] == [
        ("gat_a", 0, 0, None),
        ("gat_b", 3, 1, NINE),
    ]
