"""When a visit was: what the phone's clock says, put right by what is known of that clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.patrols.checkins.model import Circumstance, PresenceFactor, PresenceNote, Submission
from services.patrols.plans.model import Task
from services.patrols.plates.model import ScannedPlate
from services.patrols.sites.model import Site

# Clocks of phones and servers, and the way of the upload, differ so much without anything being wrong.
CLOCK_TOLERANCE = timedelta(minutes=2)
CLOCK_FAR_OFF = timedelta(hours=1)
LATE_AFTER = timedelta(hours=24)
# A phone may be without network for a weekend; a visit that was kept back for weeks is looked at by a person.
LATE_STEPS = ((timedelta(days=3), 0), (timedelta(days=14), -10))
LATE_MOST = -45
LONGEST_VISIT = timedelta(hours=12)
SHORTEST_VISIT = timedelta(seconds=20)

CLOCK_OFF_POINTS = -5
CLOCK_FAR_OFF_POINTS = -15
FUTURE_POINTS = -25
DURATION_POINTS = -10
IMPOSSIBLE_POINTS = -45


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
    late = received_at - times.captured_at
    if late <= LATE_AFTER:
        return times
    points = next((points for bound, points in LATE_STEPS if late <= bound), LATE_MOST)
    days = str(late // timedelta(days=1))
    note = PresenceNote(factor=PresenceFactor.CLOCK, points=points, code="late_upload", values=(days,))
    notes = (*times.notes, note) if points else times.notes
    return replace(times, notes=notes, circumstances=(Circumstance.LATE_UPLOAD,))


def possible_from(site: Site, plate: ScannedPlate | None, task: Task | None) -> datetime | None:
    """Return from when on a visit can have named all that it names, None where nothing says so."""
    known = (
        site.registered_at,
        None if plate is None or plate.plate is None else plate.plate.issued_at,
        None if task is None else task.created_at,
    )
    return max((one for one in known if one is not None), default=None)


def impossible_notes(captured_at: datetime, possible: datetime | None) -> tuple[PresenceNote, ...]:
    """Judge a visit that ended before the place, the plate or the task that it names was there."""
    if possible is None or possible - captured_at <= CLOCK_FAR_OFF:
        return ()
    hours = str(round((possible - captured_at) / timedelta(hours=1)))
    note = PresenceNote(factor=PresenceFactor.CLOCK, points=IMPOSSIBLE_POINTS, code="not_there_yet", values=(hours,))
    return (note,)
