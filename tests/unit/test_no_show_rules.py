"""What missed visits come to: who is counted, when a pause begins and ends, and what lifts it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.policies.model import default_policy
from services.policies.rules import penalty_free_until
from services.reservations.model import EndReason, ReservationStatus, SlotState
from services.reservations.no_shows.errors import (
    AmnestyRefused,
    AppealedBefore,
    AppealNotOpen,
    AppealTooLate,
    NothingCounted,
)
from services.reservations.no_shows.model import (
    Amnesty,
    AmnestyWish,
    Decision,
    NoShow,
    Pass,
    Reason,
    State,
    Terms,
    Verdict,
)
from services.reservations.no_shows.rules import (
    account_of,
    appealed,
    decided,
    ensure_pardonable,
    is_judged,
    reason_of,
    running_pauses,
    still_counting,
)
from services.venues.model import Channel
from tests.factories import make_reservation, make_slot
from tests.no_shows import DAY, NOON, THREE, a_strike, staff

SLOT = make_slot(starts_at=NOON, ends_at=NOON + timedelta(hours=1), version=1)
FREE_UNTIL = NOON - timedelta(hours=2)
LATE, IN_TIME = FREE_UNTIL + timedelta(minutes=1), FREE_UNTIL
CAME, GONE_LATE, GONE_IN_TIME = (
    Pass(admitted_count=1, cancelled_at=None),
    Pass(admitted_count=0, cancelled_at=LATE),
    Pass(admitted_count=0, cancelled_at=IN_TIME),
)


def paused(strikes: list[NoShow], now: datetime, terms: Terms = THREE) -> datetime | None:
    """Return until when the account is paused at `now`."""
    return max((one.until for one in running_pauses(account_of(strikes, terms), now)), default=None)


@pytest.mark.parametrize(
    ("changes", "known", "reason"),
    [
        ({}, None, Reason.MISSED),
        ({}, CAME, None),
        ({"status": ReservationStatus.CANCELLED, "end_reason": EndReason.CITIZEN}, GONE_LATE, Reason.LATE_CANCEL),
        ({"status": ReservationStatus.CANCELLED, "end_reason": EndReason.CITIZEN}, GONE_IN_TIME, None),
        ({"status": ReservationStatus.CANCELLED, "end_reason": EndReason.VENUE}, GONE_LATE, None),
        ({"status": ReservationStatus.CANCELLED, "end_reason": EndReason.RESCHEDULED}, GONE_LATE, None),
        ({"status": ReservationStatus.CANCELLED, "end_reason": EndReason.UNHEARD}, GONE_LATE, None),
        # Who left the queue had no places, and nothing at the gate.
        ({"status": ReservationStatus.CANCELLED, "end_reason": EndReason.CITIZEN}, None, None),
        ({"status": ReservationStatus.LAPSED, "end_reason": EndReason.LAPSED}, None, None),
        ({"status": ReservationStatus.LAPSED, "end_reason": EndReason.DECLINED}, None, None),
        ({"status": ReservationStatus.HELD}, None, None),
        ({"status": ReservationStatus.WAITING}, None, None),
        ({"channel": Channel.GROUP}, None, None),
        ({"channel": Channel.ASSISTED}, None, None),
        ({"channel": Channel.WALK_IN}, None, None),
    ],
)
def test_who_is_counted(changes: dict[str, Any], known: Pass | None, reason: Reason | None) -> None:
    cancelled = None if known is None else known.cancelled_at
    reservation = make_reservation(SLOT, **({"cancelled_at": cancelled} | changes))
    assert reason_of(reservation, known, FREE_UNTIL) is reason


def test_without_a_deadline_cancelling_is_in_time_until_the_start() -> None:
    free_until = penalty_free_until(default_policy("ven_a"), SLOT.starts_at)
    gone = make_reservation(SLOT, status=ReservationStatus.CANCELLED, end_reason=EndReason.CITIZEN)
    for cancelled_at, reason in ((NOON, None), (NOON + timedelta(minutes=1), Reason.LATE_CANCEL)):
        assert reason_of(gone, Pass(admitted_count=0, cancelled_at=cancelled_at), free_until) is reason


def test_which_slots_are_judged() -> None:
    amnesty = Amnesty(
        id="amn_1",
        venue_id=SLOT.venue_id,
        from_at=NOON,
        to_at=NOON + DAY,
        reason="台风",
        declared_by="stf_1",
        declared_at=NOON,
    )
    assert is_judged(SLOT, [])
    assert is_judged(replace(SLOT, state=SlotState.DRAWN), [])
    assert not is_judged(replace(SLOT, version=0), [])
    assert not is_judged(replace(SLOT, state=SlotState.CLOSED), [])
    assert not is_judged(replace(SLOT, state=SlotState.WITHDRAWN), [])
    assert not is_judged(SLOT, [amnesty])
    assert is_judged(replace(SLOT, starts_at=NOON + DAY), [amnesty])
    assert is_judged(replace(SLOT, starts_at=NOON - timedelta(minutes=1)), [amnesty])


def test_the_third_begins_a_pause_of_thirty_days_at_its_judging() -> None:
    strikes = [a_strike(0), a_strike(10), a_strike(20)]
    begins = strikes[2].at
    assert paused(strikes[:2], begins) is None
    assert paused(strikes, begins - timedelta(milliseconds=1)) is None
    assert paused(strikes, begins) == begins + 30 * DAY
    assert paused(strikes, begins + 30 * DAY - timedelta(milliseconds=1)) == begins + 30 * DAY
    assert paused(strikes, begins + 30 * DAY) is None


def test_exactly_ninety_days_apart_is_too_far() -> None:
    far, near = [a_strike(0), a_strike(1), a_strike(90)], [a_strike(0), a_strike(1), a_strike(89.999)]
    assert paused(far, far[2].at) is None
    assert paused(near, near[2].at) is not None


def test_how_late_somebody_judged_changes_nothing_about_the_days() -> None:
    late = [a_strike(0), a_strike(1), a_strike(80, at=NOON + 105 * DAY)]
    assert paused(late, NOON + 105 * DAY) == NOON + 135 * DAY


def test_after_a_pause_its_strikes_are_used_up() -> None:
    strikes = [a_strike(0), a_strike(1), a_strike(2), a_strike(40), a_strike(41)]
    assert paused(strikes, strikes[4].at) is None
    assert still_counting(account_of(strikes, THREE), THREE, NOON + 45 * DAY) == tuple(strikes[3:])


def test_two_pauses_in_a_row_do_not_add_up() -> None:
    strikes = [a_strike(day) for day in (0, 1, 2, 3, 4, 5)]
    first, second = account_of(strikes, THREE).pauses
    assert (first.since, second.since) == (strikes[2].at, strikes[5].at)
    assert paused(strikes, strikes[5].at) == strikes[5].at + 30 * DAY
    assert paused(strikes, first.until) == second.until
    assert paused(strikes, second.until) is None


@pytest.mark.parametrize("state", [State.PARDONED, State.WITHDRAWN])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_that_counts_no_more_lifts_the_pause_at_once(which: int, state: State) -> None:
    strikes = [a_strike(0), a_strike(10), a_strike(20)]
    strikes[which] = replace(strikes[which], state=state)
    assert paused(strikes, NOON + 22 * DAY) is None
    assert len(still_counting(account_of(strikes, THREE), THREE, NOON + 22 * DAY)) == 2


def test_an_appeal_lifts_nothing_until_it_is_decided() -> None:
    strikes = [a_strike(0), a_strike(10), a_strike(20, state=State.APPEALED)]
    assert paused(strikes, NOON + 22 * DAY) is not None


def test_milder_terms_hold_at_once_and_harder_ones_for_what_comes() -> None:
    strikes, now = [a_strike(0), a_strike(10), a_strike(20)], NOON + 22 * DAY
    assert paused(strikes, now, replace(THREE, strikes=None)) is None
    assert paused(strikes, now, replace(THREE, strikes=4)) is None
    assert paused(strikes, now, replace(THREE, strike_days=15)) is None
    assert paused(strikes, now, replace(THREE, pause_days=7)) == strikes[2].at + 7 * DAY
    assert paused(strikes, now, replace(THREE, pause_days=365)) == strikes[2].at + 30 * DAY
    harder = replace(THREE, strikes=2)
    assert paused(strikes[:2], now, harder) is None
    assert paused([strikes[0], a_strike(20, terms=harder)], now, harder) is not None


def test_nothing_counts_where_nothing_is_counted() -> None:
    nothing = replace(THREE, strikes=None)
    assert still_counting(account_of([a_strike(0)], nothing), nothing, NOON + DAY) == ()


def test_an_appeal_is_heard_once_and_within_thirty_days() -> None:
    strike = a_strike(0)
    said = appealed(strike, "地铁停运，请打 138 0000 0000。", strike.appeal_until)
    assert (said.state, said.appeal and said.appeal.words) == (State.APPEALED, "地铁停运，请打 *******。")
    assert appealed(said, "地铁停运，请打 138 0000 0000。", NOON + 99 * DAY) is said
    with pytest.raises(AppealedBefore):
        appealed(said, "还有", NOON)
    with pytest.raises(AppealTooLate):
        appealed(strike, "地铁停运", strike.appeal_until + timedelta(milliseconds=1))
    for state in (State.PARDONED, State.WITHDRAWN):
        with pytest.raises(NothingCounted):
            appealed(replace(strike, state=state), "地铁停运", NOON)


@pytest.mark.parametrize(("decision", "state"), [(Decision.PARDON, State.PARDONED), (Decision.UPHOLD, State.COUNTED)])
def test_an_appeal_is_decided_once(decision: Decision, state: State) -> None:
    open_one = appealed(a_strike(0), "地铁停运", NOON + DAY)
    verdict = Verdict(actor=staff("ven_example"), no_show_id=open_one.id, decision=decision, words="已核实")
    closed = decided(open_one, verdict, NOON + 2 * DAY)
    assert (closed.state, closed.answer, closed.appeal and closed.appeal.decision) == (state, "已核实", decision)
    assert decided(closed, verdict, NOON + 3 * DAY) is closed
    for other in (
        replace(verdict, words="另一"),
        replace(verdict, decision=next(d for d in Decision if d != decision)),
    ):
        with pytest.raises(AppealNotOpen):
            decided(closed, other, NOON)
    with pytest.raises(AppealNotOpen):
        decided(a_strike(0), verdict, NOON)
    with pytest.raises(AppealedBefore):
        appealed(closed, "再次申诉", NOON)


def test_how_long_an_amnesty_may_be() -> None:
    wish = AmnestyWish(actor=staff("ven_a"), venue_id="ven_a", from_at=NOON, to_at=NOON + 31 * DAY, reason="台风")
    ensure_pardonable(wish)
    for to_at, code in ((NOON, "days_reversed"), (NOON + 31 * DAY + timedelta(seconds=1), "window_too_long")):
        with pytest.raises(AmnestyRefused) as refused:
            ensure_pardonable(replace(wish, to_at=to_at))
        assert [(one.path, one.code) for one in refused.value.errors] == [("to", code)]
