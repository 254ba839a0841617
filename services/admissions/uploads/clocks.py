"""When something happened by our clock, and whether a device's clock can be believed; free of input and output.

A device writes its own time into its log. It said that time with uploads and heartbeats, too, and each time told how
far it was off: what counts for an entry is the measurement nearest to it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.admissions.devices.model import GateDevice
from services.admissions.uploads.model import UPLOADED_AFTER_REVOCATION, Moment, SkewFrom

# Beyond this a clock proves nothing about codes that live for seconds.
TOLERANCE = timedelta(minutes=2)
# A measurement includes the way to us; and a code is drawn, shown and read within some seconds.
UNCERTAIN = timedelta(seconds=15)
# What comes later than this was not just held up by an hour without network.
LATE = timedelta(hours=24)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class Skew:
    """By how much our clock was ahead of a device's, and when (by ours) that was measured."""

    by: timedelta
    measured_at: datetime
    measured_from: SkewFrom


def skews_of(device: GateDevice, *, device_time: datetime | None, now: datetime) -> tuple[Skew, ...]:
    """Return what was measured; `device_time` is None when somebody else uploads, whose clock is not the device's."""
    found = []
    if device_time is not None:
        found.append(Skew(by=now - device_time, measured_at=now, measured_from=SkewFrom.UPLOAD))
    if device.skew_ms is not None and device.last_seen_at is not None:
        earlier = timedelta(milliseconds=device.skew_ms)
        found.append(Skew(by=earlier, measured_at=device.last_seen_at, measured_from=SkewFrom.EARLIER))
    return tuple(found)


def moment_of(occurred_at: datetime, skews: tuple[Skew, ...], now: datetime) -> Moment:
    """Return when it happened: by the nearest measurement, and never later than now."""
    unknown = Skew(by=timedelta(0), measured_at=now, measured_from=SkewFrom.EARLIER)
    nearest = min(skews or (unknown,), key=lambda one: abs(one.measured_at - (occurred_at + one.by)))
    skew = nearest.by // _MS * _MS
    return Moment(
        at=min(occurred_at + skew, now),
        skew=skew,
        skew_from=nearest.measured_from,
        slack=min(abs(skew), TOLERANCE) + UNCERTAIN,
    )


def clock_doubt(
    occurred_at: datetime, moment: Moment, skews: tuple[Skew, ...], device: GateDevice, now: datetime
) -> str | None:
    """Return in a word why the time of an entry is in doubt, or None."""
    if occurred_at + moment.skew > now + TOLERANCE:
        return "in_the_future"
    if abs(moment.skew) > TOLERANCE:
        return "clock_off"
    if len(skews) > 1 and abs(skews[0].by - skews[1].by) > TOLERANCE:
        return "clock_moved"
    if device.enrolled_at is not None and moment.at < device.enrolled_at - TOLERANCE:
        return "before_enrolment"
    return None


def revocation_doubt(device: GateDevice, moment: Moment, now: datetime) -> str | None:
    """Return in a word what an entry has to do with the device's revocation, or None when it had nothing."""
    if device.revoked_at is None or now < device.revoked_at:
        return None
    return "occurred_after_revocation" if moment.at >= device.revoked_at else UPLOADED_AFTER_REVOCATION
