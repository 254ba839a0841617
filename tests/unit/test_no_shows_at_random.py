"""What missed visits come to, held against a plain retelling of the rule, for histories of every kind."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.reservations.no_shows.model import NoShow, State, Terms
from services.reservations.no_shows.rules import account_of, milder, running_pauses
from tests.no_shows import DAY, NOON, THREE, a_strike

DAYS = st.integers(min_value=0, max_value=400)
STATES = st.sampled_from(State)
TERMS = st.builds(
    Terms,
    group=st.just("temples"),
    strikes=st.one_of(st.none(), st.integers(min_value=1, max_value=5)),
    strike_days=st.integers(min_value=1, max_value=120),
    pause_days=st.integers(min_value=1, max_value=60),
)
HISTORIES = st.lists(
    st.builds(lambda day, state, terms: a_strike(day, state=state, terms=terms), DAYS, STATES, TERMS), max_size=12
)
COUNTED = st.lists(st.builds(a_strike, DAYS), max_size=12)


@given(HISTORIES, TERMS)
def test_a_pause_rests_on_enough_strikes_that_count_and_none_is_used_twice(strikes: list[NoShow], terms: Terms) -> None:
    account = account_of(strikes, terms)
    used = [one for pause in account.pauses for one in pause.strikes]
    assert sorted(one.id for one in (*used, *account.left_over)) == sorted(one.id for one in strikes if one.counts)
    for pause in account.pauses:
        begun_by = max(pause.strikes, key=lambda one: (one.at, one.id))
        held = milder(begun_by.terms, terms)
        assert held.strikes is not None
        assert len(pause.strikes) >= held.strikes
        starts = [one.starts_at for one in pause.strikes]
        assert max(starts) - min(starts) < timedelta(days=held.strike_days)
        assert (pause.since, pause.until) == (begun_by.at, begun_by.at + timedelta(days=held.pause_days))


@given(COUNTED)
def test_it_is_what_a_walk_day_by_day_comes_to(strikes: list[NoShow]) -> None:
    pauses, recent = [], list[NoShow]()
    for day in range(402):
        for one in sorted((one for one in strikes if one.at == NOON + day * DAY), key=lambda one: one.id):
            recent = [kept for kept in recent if one.starts_at - kept.starts_at < 90 * DAY] + [one]
            if len(recent) == 3:
                pauses.append((one.at, one.at + 30 * DAY))
                recent = []
    assert [(one.since, one.until) for one in account_of(strikes, THREE).pauses] == pauses


@given(HISTORIES, TERMS)
def test_the_order_in_which_strikes_are_read_does_not_matter(strikes: list[NoShow], terms: Terms) -> None:
    assert account_of(strikes, terms) == account_of(list(reversed(strikes)), terms)


@given(HISTORIES, TERMS)
def test_what_does_not_count_is_as_though_it_had_never_been(strikes: list[NoShow], terms: Terms) -> None:
    assert account_of(strikes, terms) == account_of([one for one in strikes if one.counts], terms)


@given(st.lists(DAYS, min_size=3, max_size=3, unique=True), st.integers(min_value=0, max_value=2))
def test_of_three_the_pardon_of_any_lifts_the_pause(days: list[int], which: int) -> None:
    strikes = [a_strike(day) for day in days]
    strikes[which] = replace(strikes[which], state=State.PARDONED)
    assert account_of(strikes, THREE).pauses == ()


@given(HISTORIES, TERMS, st.integers(min_value=0, max_value=500))
def test_nobody_is_worse_off_by_terms_that_turn_harder(strikes: list[NoShow], terms: Terms, day: int) -> None:
    same = [replace(one, terms=terms) for one in strikes]
    harder = replace(terms, strikes=1, strike_days=999, pause_days=999)
    now = NOON + day * DAY
    if terms.strikes is not None:
        assert account_of(same, harder) == account_of(same, terms)
    assert running_pauses(account_of(same, replace(terms, strikes=None)), now) == ()
