"""How much speaks for an inspector's having been there: a hundred, less what each reason takes off.

What a score means is written here and nowhere else: every step has its bounds and points in a table, and each reason
goes out with the score. What cannot be explained away takes more than the forty points that lead to a review.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.patrols.checkins.model import Presence, PresenceFactor, PresenceNote
from services.patrols.plates.model import PlateVerdict
from services.venues.coordinates import to_gcj02
from services.venues.model import GeoPoint
from services.venues.rules import distance_m

FULL = 100
ENOUGH = 60

# Metres beyond the accuracy, and metres of accuracy: up to so many cost so much. The last step has no bound.
DISTANCE_STEPS = ((100, 0), (300, -15), (1000, -45))
DISTANCE_MOST = -70
ACCURACY_STEPS = ((50, 0), (150, -5), (500, -15))
ACCURACY_MOST = -30
ACCURACY_UNKNOWN = -10
# A phone that does not know where it is must not be forgiven any distance.
FORGIVEN_M = 150.0

NO_POSITION = -45
STALE_POSITION = -15
POSITION_STALE_AFTER = timedelta(minutes=10)
ANOTHER_TIME = -45
POSITION_OTHER_TIME_AFTER = timedelta(hours=2)
MOCKED = -60

PLATE_POINTS = {
    PlateVerdict.CURRENT: 0,
    PlateVerdict.REPLACED: -15,
    PlateVerdict.REVOKED: -25,
    PlateVerdict.FORGED: -60,
}
NO_PLATE = -10
# A good plate, but on another wall: as bad as one that is not ours.
PLATE_OF_ANOTHER_SITE = -60

# Kilometres an hour from one visit to the next: a motorway, and an aeroplane.
SPEED_STEPS = ((120.0, 0), (300.0, -25))
SPEED_MOST = -50
SHORTEST_JOURNEY_M = 500.0

PHOTO_FAR_M = 500.0
PHOTO_FAR = -20
PHOTO_TIME_APART = timedelta(hours=2)
PHOTO_OTHER_TIME = -15
PHOTO_USED_BEFORE = -45


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """A position in GCJ-02 with its accuracy in metres; `age` is how long before or after the visit it was found."""

    position: GeoPoint
    accuracy_m: float | None
    mocked: bool | None
    age: timedelta


@dataclass(frozen=True, kw_only=True)
class OtherVisit:
    """Where the inspector was at another visit, and when."""

    position: GeoPoint
    accuracy_m: float | None
    captured_at: datetime


@dataclass(frozen=True, kw_only=True)
class PhotoEvidence:
    """What is known of a photo now: its own time and place (WGS 84), and whether another check-in has it as well."""

    taken_at: datetime | None
    lng: float | None
    lat: float | None
    used_before: bool


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What is judged. `plate` is None where none was scanned; `neighbours` are the visits next before and after it."""

    site: GeoPoint
    found: Whereabouts | None
    plate: PlateVerdict | None
    plate_elsewhere: bool
    started_at: datetime
    captured_at: datetime
    neighbours: Sequence[OtherVisit]
    photos: Sequence[PhotoEvidence]
    clock: Sequence[PresenceNote]


def presence(visit: Visit) -> Presence:
    """Return the score with all its reasons; those of no points tell what spoke for the visit."""
    notes = (
        *(_of_position(visit, visit.found) if visit.found is not None else (_no_position(),)),
        _of_another_site() if visit.plate_elsewhere else plate_note(visit.plate),
        *visit.clock,
        *photo_notes(visit),
    )
    away = None if visit.found is None else round(distance_m(visit.found.position, visit.site), 1)
    score = max(0, FULL + sum(note.points for note in notes))
    return Presence(score=score, notes=notes, distance_m=away)


def suffices(judged: Presence) -> bool:
    """Tell whether the visit counts without a person's having looked at it."""
    return judged.score >= ENOUGH


def step(value: float, steps: Sequence[tuple[float, int]], most: int) -> int:
    """Return the points of the first step that `value` does not exceed, `most` beyond the last."""
    return next((points for bound, points in steps if value <= bound), most)


def _no_position() -> PresenceNote:
    return PresenceNote(factor=PresenceFactor.POSITION, points=NO_POSITION, code="position_missing")


def _of_position(visit: Visit, found: Whereabouts) -> Sequence[PresenceNote]:
    notes = [distance_note(visit.site, found), accuracy_note(found.accuracy_m)]
    if abs(found.age) > POSITION_STALE_AFTER:
        minutes = str(round(abs(found.age) / timedelta(minutes=1)))
        points = ANOTHER_TIME if _outside(visit, found.age) > POSITION_OTHER_TIME_AFTER else STALE_POSITION
        notes.append(_note(PresenceFactor.POSITION, points, "position_stale", minutes))
    if found.mocked:
        notes.append(_note(PresenceFactor.MOCK, MOCKED, "position_mocked"))
    journeys = [note for other in visit.neighbours for note in travel_notes(other, found, visit.captured_at)]
    return [*notes, *sorted(journeys, key=lambda note: note.points)[:1]]


def _outside(visit: Visit, age: timedelta) -> timedelta:
    """Return how long before the visit began, or after it ended, a position of that age was found."""
    return max(age - (visit.captured_at - visit.started_at), -age, timedelta(0))


def distance_note(site: GeoPoint, found: Whereabouts) -> PresenceNote:
    """Judge the distance to the site, less what the accuracy may explain of it."""
    away = distance_m(found.position, site)
    beyond = max(0.0, away - min(found.accuracy_m or 0.0, FORGIVEN_M))
    points = step(beyond, DISTANCE_STEPS, DISTANCE_MOST)
    return _note(PresenceFactor.DISTANCE, points, "at_site" if points == 0 else "away_from_site", str(round(away)))


def accuracy_note(accuracy_m: float | None) -> PresenceNote:
    """Judge how well the phone knew where it was."""
    if accuracy_m is None:
        return _note(PresenceFactor.ACCURACY, ACCURACY_UNKNOWN, "accuracy_unknown")
    points = step(accuracy_m, ACCURACY_STEPS, ACCURACY_MOST)
    code = "accuracy_good" if points == 0 else "accuracy_poor"
    return _note(PresenceFactor.ACCURACY, points, code, str(round(accuracy_m)))


def plate_note(verdict: PlateVerdict | None) -> PresenceNote:
    """Judge the plate that was scanned, or that none was."""
    if verdict is None:
        return _note(PresenceFactor.PLATE, NO_PLATE, "plate_not_scanned")
    return _note(PresenceFactor.PLATE, PLATE_POINTS[verdict], f"plate_{verdict.value}")


def _of_another_site() -> PresenceNote:
    return _note(PresenceFactor.PLATE, PLATE_OF_ANOTHER_SITE, "plate_of_another_site")


def travel_notes(other: OtherVisit, found: Whereabouts, captured_at: datetime) -> list[PresenceNote]:
    """Judge the journey from or to another visit: nothing where it was short, or slow enough."""
    forgiven = min(other.accuracy_m or 0.0, FORGIVEN_M) + min(found.accuracy_m or 0.0, FORGIVEN_M)
    journey_m = distance_m(other.position, found.position) - forgiven
    seconds = max(1.0, abs((captured_at - other.captured_at).total_seconds()))
    kmh = journey_m / seconds * 3.6
    points = step(kmh, SPEED_STEPS, SPEED_MOST)
    if journey_m <= SHORTEST_JOURNEY_M or points == 0:
        return []
    values = (f"{journey_m / 1000:.1f}", str(max(1, round(seconds / 60))))
    return [PresenceNote(factor=PresenceFactor.TRAVEL, points=points, code="travelled_too_fast", values=values)]


def photo_notes(visit: Visit) -> list[PresenceNote]:
    """Judge the photos together: each kind of doubt counts once, with the number of photos that raise it."""
    doubts = (
        ("photo_used_before", PHOTO_USED_BEFORE, sum(photo.used_before for photo in visit.photos)),
        ("photo_from_elsewhere", PHOTO_FAR, sum(_from_elsewhere(photo, visit.site) for photo in visit.photos)),
        ("photo_from_other_time", PHOTO_OTHER_TIME, sum(_from_other_time(photo, visit) for photo in visit.photos)),
    )
    return [_note(PresenceFactor.PHOTOS, points, code, str(count)) for code, points, count in doubts if count]


def _from_elsewhere(photo: PhotoEvidence, site: GeoPoint) -> bool:
    if photo.lng is None or photo.lat is None:
        return False
    return distance_m(to_gcj02(photo.lng, photo.lat), site) > PHOTO_FAR_M


def _from_other_time(photo: PhotoEvidence, visit: Visit) -> bool:
    if photo.taken_at is None:
        return False
    return not visit.started_at - PHOTO_TIME_APART <= photo.taken_at <= visit.captured_at + PHOTO_TIME_APART


def _note(factor: PresenceFactor, points: int, code: str, *values: str) -> PresenceNote:
    return PresenceNote(factor=factor, points=points, code=code, values=values)
