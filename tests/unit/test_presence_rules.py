"""How much speaks for an inspector's having been there: each factor, its bounds, and what must never raise a score."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from handlers.messages.check_ins import PRESENCE, presence_text
from services.patrols.checkins.model import CheckInState, Circumstance, Presence, PresenceFactor, PresenceNote
from services.patrols.checkins.rules_presence import (
    ENOUGH,
    NO_PLATE,
    PLATE_POINTS,
    OtherVisit,
    PhotoEvidence,
    Visit,
    presence,
    suffices,
)
from services.patrols.checkins.rules_times import possible_from, visit_times
from services.patrols.plates.model import PlateVerdict
from services.venues.coordinates import to_wgs84
from services.venues.model import GeoPoint
from tests.check_ins import (
    HERE,
    RECEIVED,
    decided,
    make_site,
    make_submission,
    make_task,
    make_visit,
    make_world,
    north_of,
    whereabouts,
)

UNKNOWING = PhotoEvidence(taken_at=None, lng=None, lat=None, used_before=False)


def points(visit: Visit, factor: PresenceFactor) -> int:
    return sum(note.points for note in presence(visit).notes if note.factor is factor)


def codes(judged: Presence) -> set[str]:
    return {note.code for note in judged.notes}


def test_nothing_against_a_visit_is_a_hundred() -> None:
    judged = presence(make_visit())
    assert (judged.score, judged.distance_m) == (100, 0.0)
    assert suffices(judged)
    assert codes(judged) == {"at_site", "accuracy_good", "plate_current"}


@pytest.mark.parametrize(
    ("metres", "expected"), [(0, 0), (119, 0), (121, -15), (319, -15), (321, -45), (1019, -45), (1021, -70), (1e6, -70)]
)
def test_distance_beyond_the_accuracy_counts(metres: float, expected: int) -> None:
    visit = make_visit(found=whereabouts(north_of(HERE, metres)))  # of 20 m accuracy
    assert points(visit, PresenceFactor.DISTANCE) == expected


@pytest.mark.parametrize(
    ("metres", "expected"), [(None, -10), (0.0, 0), (50.0, 0), (50.1, -5), (150.1, -15), (500.1, -30)]
)
def test_accuracy_counts(metres: float | None, expected: int) -> None:
    assert points(make_visit(found=whereabouts(accuracy_m=metres)), PresenceFactor.ACCURACY) == expected


def test_poor_accuracy_forgives_no_kilometres() -> None:
    visit = make_visit(found=whereabouts(north_of(HERE, 5000), accuracy_m=100_000.0))
    assert points(visit, PresenceFactor.DISTANCE) == -70


@pytest.mark.parametrize(("verdict", "expected"), [(None, NO_PLATE), *PLATE_POINTS.items()])
def test_plates_count(verdict: PlateVerdict | None, expected: int) -> None:
    assert points(make_visit(plate=verdict), PresenceFactor.PLATE) == expected


def test_what_cannot_be_explained_away_goes_to_review() -> None:
    used = replace(UNKNOWING, used_before=True)
    for doubtful in (
        make_visit(found=None),
        make_visit(found=whereabouts(mocked=True)),
        make_visit(found=whereabouts(north_of(HERE, 500))),
        make_visit(plate=PlateVerdict.FORGED),
        make_visit(plate=PlateVerdict.CURRENT, plate_elsewhere=True),
        make_visit(found=whereabouts(age=timedelta(hours=3))),
        make_visit(photos=[used]),
    ):
        assert not suffices(presence(doubtful))
    for honest in (
        make_visit(plate=None),
        make_visit(plate=PlateVerdict.REVOKED),
        make_visit(found=whereabouts(mocked=None, accuracy_m=None)),
        make_visit(found=whereabouts(north_of(HERE, 250), accuracy_m=200.0), plate=None),
    ):
        assert suffices(presence(honest))


def test_a_position_of_another_moment_counts_less() -> None:
    minutes = [timedelta(minutes=10), timedelta(minutes=-10), timedelta(minutes=11), timedelta(minutes=-11)]
    found = [points(make_visit(found=whereabouts(age=one)), PresenceFactor.POSITION) for one in minutes]
    assert found == [0, 0, -15, -15]


def test_a_position_from_hours_before_or_after_the_visit_speaks_for_nothing() -> None:
    # The visit lasts half an hour; a position from its beginning is of its time, however long it lasts.
    edge = timedelta(hours=2)
    ages = [edge + timedelta(minutes=30), edge + timedelta(minutes=31), -edge, -edge - timedelta(minutes=1)]
    found = [points(make_visit(found=whereabouts(age=one)), PresenceFactor.POSITION) for one in ages]
    assert found == [-15, -45, -15, -45]
    visit = make_visit(found=whereabouts(age=timedelta(hours=8)))
    long = replace(visit, started_at=visit.captured_at - timedelta(hours=8))
    assert points(long, PresenceFactor.POSITION) == -15


def test_the_plate_of_another_site_is_as_bad_as_a_forged_one_and_says_so() -> None:
    judged = presence(make_visit(plate=PlateVerdict.CURRENT, plate_elsewhere=True))
    assert judged.score == 40
    assert "plate_of_another_site" in codes(judged)
    assert "plate_current" not in codes(judged)


@pytest.mark.parametrize(
    ("late", "expected"), [(timedelta(days=3), 0), (timedelta(days=4), -10), (timedelta(days=14, hours=1), -45)]
)
def test_a_visit_that_was_kept_back_counts_less(late: timedelta, expected: int) -> None:
    said = make_submission(started_at=RECEIVED - late - timedelta(minutes=30), captured_at=RECEIVED - late)
    times = visit_times(said, RECEIVED)
    assert sum(note.points for note in times.notes) == expected
    assert times.circumstances == (Circumstance.LATE_UPLOAD,)
    assert suffices(presence(make_visit(clock=times.notes))) == (expected > -45)


def test_a_visit_of_what_was_not_there_yet_goes_to_review() -> None:
    said, hour = make_submission(), timedelta(hours=1)
    late = said.captured_at + 2 * hour
    site = make_site(registered_at=said.captured_at + hour)
    world = make_world(site=site)
    task = make_task(site, created_at=said.captured_at)
    assert possible_from(site, None, task) == said.captured_at + hour
    assert possible_from(make_site(), None, None) is None
    assert possible_from(make_site(), world.plate, None) == RECEIVED
    assert possible_from(site, None, replace(task, created_at=late)) == late
    # Within an hour, clocks and hurry explain it.
    punctual = decided(said, replace(world, possible_from=said.captured_at + hour)).answer
    assert (punctual.state, punctual.presence.score) == (CheckInState.ACCEPTED, 100)
    early = decided(said, replace(world, possible_from=late)).answer
    assert (early.state, early.presence.score) == (CheckInState.IN_REVIEW, 55)
    assert "not_there_yet" in codes(early.presence)


@pytest.mark.parametrize(
    ("kilometres", "minutes", "expected"),
    [(0.3, 0, 0), (10, 60, 0), (10, 6, 0), (10, 4, -25), (100, 10, -50), (10, 0, -50)],
)
def test_travelling_too_fast_counts(kilometres: float, minutes: float, expected: int) -> None:
    visit = make_visit()
    before = OtherVisit(
        position=north_of(HERE, kilometres * 1000),
        accuracy_m=20.0,
        captured_at=visit.captured_at - timedelta(minutes=minutes),
    )
    after = replace(before, captured_at=visit.captured_at + timedelta(minutes=minutes))
    at_ease = replace(before, captured_at=visit.captured_at - timedelta(hours=20))
    for neighbours in ([before], [after], [at_ease, after], [before, after]):  # each doubt counts once
        assert points(replace(visit, neighbours=neighbours), PresenceFactor.TRAVEL) == expected


def test_photos_from_elsewhere_or_another_time_count_once_each() -> None:
    visit = make_visit()
    lng, lat = to_wgs84(HERE.lng, HERE.lat)
    good = PhotoEvidence(taken_at=visit.captured_at, lng=lng, lat=lat, used_before=False)
    assert points(replace(visit, photos=[good, UNKNOWING]), PresenceFactor.PHOTOS) == 0
    # WGS 84 taken for GCJ-02 would lie some 500 m away.
    far_lng, far_lat = to_wgs84(HERE.lng, north_of(HERE, 600).lat)
    far = replace(good, lng=far_lng, lat=far_lat)
    old = replace(good, taken_at=visit.started_at - timedelta(hours=3))
    judged = presence(replace(visit, photos=[good, far, far, old]))
    notes = {note.code: (note.points, note.values) for note in judged.notes if note.factor is PresenceFactor.PHOTOS}
    assert notes == {"photo_from_elsewhere": (-20, ("2",)), "photo_from_other_time": (-15, ("1",))}


@given(some.floats(0, 50_000), some.floats(0, 50_000), some.one_of(some.none(), some.floats(0, 5_000)))
def test_farther_away_is_never_better(one: float, other: float, accuracy: float | None) -> None:
    near, far = sorted((one, other))
    scores = [
        presence(make_visit(found=whereabouts(north_of(HERE, metres), accuracy_m=accuracy))).score
        for metres in (near, far)
    ]
    assert scores[0] >= scores[1]


@given(some.floats(0, 1e5), some.floats(1, 86_400), some.floats(1, 86_400))
def test_a_faster_journey_is_never_better(metres: float, one: float, other: float) -> None:
    visit = make_visit()
    place = north_of(HERE, metres)
    scores = [
        presence(
            replace(
                visit,
                neighbours=[
                    OtherVisit(
                        position=place, accuracy_m=None, captured_at=visit.captured_at - timedelta(seconds=seconds)
                    )
                ],
            )
        ).score
        for seconds in sorted((one, other))
    ]
    assert scores[0] <= scores[1]


@given(
    some.one_of(some.none(), some.tuples(some.floats(-180, 180), some.floats(-90, 90))),
    some.one_of(some.none(), some.floats(0, 1e6)),
    some.sampled_from([None, *PlateVerdict]),
    some.lists(some.integers(-60, 0), max_size=4),
)
def test_a_score_is_its_notes_and_each_note_has_its_words(
    place: tuple[float, float] | None, accuracy: float | None, plate: PlateVerdict | None, clock: list[int]
) -> None:
    found = None if place is None else whereabouts(GeoPoint(lng=place[0], lat=place[1]), accuracy_m=accuracy)
    notes = [PresenceNote(factor=PresenceFactor.CLOCK, points=one, code="clock_fast", values=("3",)) for one in clock]
    judged = presence(make_visit(found=found, plate=plate, clock=notes))
    assert judged.score == max(0, 100 + sum(note.points for note in judged.notes))
    assert all(note.points <= 0 for note in judged.notes)
    assert suffices(judged) == (judged.score >= ENOUGH)
    for note in judged.notes:
        texts = presence_text(note, "zh"), presence_text(note, "en")
        assert texts[0] != texts[1]
        assert not any("{" in text for text in texts)


def test_all_words_are_of_two_languages_with_the_same_gaps() -> None:
    for chinese, english in PRESENCE.values():
        assert [chinese.count(f"{{{at}}}") for at in (0, 1, 2)] == [english.count(f"{{{at}}}") for at in (0, 1, 2)]
