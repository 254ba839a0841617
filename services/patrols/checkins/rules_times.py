"""When a visit was: what the phone's clock says, put right by what is known of that clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.patrols.checkins.model import Circumstance, PresenceFactor, PresenceNote, Submission

# Clocks of phones and servers, and the way of the upload, differ so much without anything being wrong.
CLOCK_TOLERANCE = timedelta(minutes=2)
CLOCK_FAR_OFF = timedelta(hours=1)
LATE_AFTER = timedelta(hours=24)
LONGEST_VISIT = timedelta(hours=12)
SHORTEST_VISIT = timedelta(seconds=20)

CLOCK_OFF_POINTS = -5
CLOCK_FAR_OFF_POINTS = -15
FUTURE_POINTS = -25
DURATION_POINTS = -10


@dataclass(frozen=True, kw_only=True)
class VisitTimes:
    """When a visit began and ended by the server's clock, and what was wrong with what the phone said.

    `skew_s` are the seconds that the phone's clock was fast, None where it did not say when it sent.
    """

    started_at: datetime
    captured_at: datetime
    skew_s: float | None
    notes: tuple[PresenceNote, ...]
    circumstances: tuple[Circumstance, ...]


def visit_times(said: Submission, received_at: datetime) -> VisitTimes:
    """Return the times of a visit.

    A clock that was wrong by more than the tolerance when it sent is taken to have been as wrong during the visit. What
    is in the future even so is taken to have been when it was received.
    """
    skew = None if said.sent_at is None else said.sent_at - received_at
    wrong = timedelta(0) if skew is None or abs(skew) <= CLOCK_TOLERANCE else skew
    times = VisitTimes(
        started_at=_milliseconds(said.started_at - wrong),
        captured_at=_milliseconds(said.captured_at - wrong),
        skew_s=None if skew is None else round(skew.total_seconds(), 1),
        notes=_about_skew(wrong),
        circumstances=(),
    )
    return _about_lateness(_about_duration(_not_in_the_future(times, received_at)), received_at)


def _milliseconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)  # what the database keeps


def _about_skew(wrong: timedelta) -> tuple[PresenceNote, ...]:
    if not wrong:
        return ()
    points = CLOCK_FAR_OFF_POINTS if abs(wrong) > CLOCK_FAR_OFF else CLOCK_OFF_POINTS
    code = "clock_fast" if wrong > timedelta(0) else "clock_slow"
    minutes = str(max(1, round(abs(wrong) / timedelta(minutes=1))))
    return (PresenceNote(factor=PresenceFactor.CLOCK, points=points, code=code, values=(minutes,)),)


def _not_in_the_future(times: VisitTimes, received_at: datetime) -> VisitTimes:
    ahead = times.captured_at - received_at
    captured_at, started_at = min(times.captured_at, received_at), min(times.started_at, received_at)
    placed = replace(times, captured_at=captured_at, started_at=started_at)
    if ahead <= CLOCK_TOLERANCE:
        return placed
    minutes = str(round(ahead / timedelta(minutes=1)))
    note = PresenceNote(factor=PresenceFactor.CLOCK, points=FUTURE_POINTS, code="captured_in_future", values=(minutes,))
    return replace(placed, notes=(*placed.notes, note))


def _about_duration(times: VisitTimes) -> VisitTimes:
    lasted = times.captured_at - times.started_at
    if SHORTEST_VISIT <= lasted <= LONGEST_VISIT:
        return times
    if lasted < timedelta(0):
        code, value = "ended_before_start", ""
    elif lasted < SHORTEST_VISIT:
        code, value = "visit_too_short", str(round(lasted.total_seconds()))
    else:
        code, value = "visit_too_long", str(round(lasted / timedelta(hours=1)))
    note = PresenceNote(
        factor=PresenceFactor.CLOCK, points=DURATION_POINTS, code=code, values=(value,) if value else ()
    )
    return replace(times, started_at=min(times.started_at, times.captured_at), notes=(*times.notes, note))


def _about_lateness(times: VisitTimes, received_at: datetime) -> VisitTimes:
    late = received_at - times.captured_at > LATE_AFTER
    return replace(times, circumstances=(Circumstance.LATE_UPLOAD,)) if late else times
