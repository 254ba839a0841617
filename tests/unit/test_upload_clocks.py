"""When something happened by our clock, and when a device's clock is not believed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.admissions.devices.model import DeviceState, GateDevice
from services.admissions.uploads.clocks import clock_doubt, moment_of, revocation_doubt, skews_of
from services.admissions.uploads.model import SkewFrom

NOW = datetime(2027, 2, 6, 4, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def device(**changes: Any) -> GateDevice:
    known: dict[str, Any] = {
        "id": "dev_1",
        "venue_id": "ven_1",
        "name": "示例闸机",
        "state": DeviceState.ENROLLED,
        "created_at": NOW - 9 * HOUR,
        "created_by": "stf_1",
        "code_expires_at": NOW,
        "enrolled_at": NOW - 8 * HOUR,
    }
    return GateDevice(**{**known, **changes})


def test_the_measurement_nearest_in_time_counts() -> None:
    drifting = device(skew_ms=-10_000, last_seen_at=NOW - 4 * HOUR)
    skews = skews_of(drifting, device_time=NOW - timedelta(seconds=30), now=NOW)

    late, early = moment_of(NOW - HOUR, skews, NOW), moment_of(NOW - 3 * HOUR, skews, NOW)

    assert (late.skew, late.skew_from) == (timedelta(seconds=30), SkewFrom.UPLOAD)
    assert late.at == NOW - HOUR + timedelta(seconds=30)
    assert (early.skew, early.skew_from) == (timedelta(seconds=-10), SkewFrom.EARLIER)
    assert early.slack == timedelta(seconds=25)


def test_who_uploads_for_another_says_nothing_of_its_clock() -> None:
    assert skews_of(device(), device_time=None, now=NOW) == ()
    moment = moment_of(NOW - HOUR, (), NOW)
    assert (moment.at, moment.skew, moment.skew_from) == (NOW - HOUR, timedelta(0), SkewFrom.EARLIER)


def test_nothing_happened_later_than_now() -> None:
    moment = moment_of(NOW + HOUR, (), NOW)
    assert moment.at == NOW
    assert clock_doubt(NOW + HOUR, moment, (), device(), NOW) == "in_the_future"


@pytest.mark.parametrize(
    ("device_time", "earlier_ms", "occurred_at", "doubt"),
    [
        (NOW, 0, NOW - HOUR, None),
        (NOW - 2 * MINUTE, 120_000, NOW - HOUR, None),
        (NOW - 2 * MINUTE - timedelta(milliseconds=1), 120_000, NOW - HOUR, "clock_off"),
        (NOW + 3 * MINUTE, -180_000, NOW - HOUR, "clock_off"),
        (NOW, 150_000, NOW - HOUR, "clock_moved"),
        (NOW, 0, NOW - 8 * HOUR - 3 * MINUTE, "before_enrolment"),
        (NOW, 0, NOW - 8 * HOUR - MINUTE, None),
    ],
)
def test_a_clock_is_doubted(device_time: datetime, earlier_ms: int, occurred_at: datetime, doubt: str | None) -> None:
    known = device(skew_ms=earlier_ms, last_seen_at=NOW - 20 * HOUR)
    skews = skews_of(known, device_time=device_time, now=NOW)
    moment = moment_of(occurred_at, skews[:1], NOW)
    assert clock_doubt(occurred_at, moment, skews, known, NOW) == doubt


def test_what_a_revocation_has_to_do_with_it() -> None:
    revoked = device(state=DeviceState.REVOKED, revoked_at=NOW - HOUR)
    found = [
        revocation_doubt(revoked, moment_of(at, (), NOW), NOW) for at in (NOW - 2 * HOUR, NOW - HOUR, NOW - MINUTE)
    ]
    assert found == ["uploaded_after_revocation", "occurred_after_revocation", "occurred_after_revocation"]
    assert revocation_doubt(device(), moment_of(NOW, (), NOW), NOW) is None
