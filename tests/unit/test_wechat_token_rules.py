"""When a token is usable, shared, or replaced by force."""

from datetime import UTC, datetime, timedelta

import pytest

from server.wechat.renewal import may_force
from server.wechat.tokens import HeldToken, IssuedToken, hold, usable

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def held(value: str = "t1", life_s: float = 7200, forced_at: datetime | None = None) -> HeldToken:
    return hold(IssuedToken(value=value, expires_in_s=int(life_s)), now=NOW, forced_at=forced_at)


@pytest.mark.parametrize(("life_s", "usable_s"), [(7200, 6930), (600, 330), (540, 270), (300, 150), (2, 1)])
def test_a_token_is_given_up_before_its_end(life_s: int, usable_s: int) -> None:
    token = held(life_s=life_s)

    assert token.expires_at == NOW + timedelta(seconds=life_s)
    assert token.usable_until == NOW + timedelta(seconds=usable_s)


def test_usable_means_there_in_time_and_not_the_bad_one() -> None:
    token = held()
    last_moment = token.usable_until - timedelta(milliseconds=1)

    assert usable(token, None, last_moment) is token
    assert usable(token, "t0", last_moment) is token
    assert usable(token, "t1", last_moment) is None
    assert usable(token, None, token.usable_until) is None
    assert usable(None, None, NOW) is None


def test_twenty_forced_renewals_a_day_are_never_exceeded() -> None:
    forced: list[datetime] = []
    for minute in range(2 * 24 * 60):
        now = NOW + timedelta(minutes=minute)
        if may_force(forced[-1] if forced else None, now):
            forced.append(now)

    busiest = max(sum(start <= at < start + timedelta(days=1) for at in forced) for start in forced)
    assert busiest == 20
