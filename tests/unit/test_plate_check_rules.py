"""What a scan of a plate comes to: licences by their days, places, warnings, and when green is allowed."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from handlers.outlet_page_texts import plate_texts
from handlers.outlet_page_words import CAUTIONS, COMPLAINT_STATES, LICENCES, OUTCOMES, RESULTS, SITES, WORDS
from services.patrols.complaints.model import ComplaintState, Outcome
from services.patrols.outlets.model import Licence
from services.patrols.plates.model import PlateVerdict
from services.patrols.public.model import Caution, LicenceStatus, Place, PlateAnswer, PublicSite, Sign, Standing
from services.patrols.public.rules import (
    last_check,
    licence_status,
    place_of,
    shown_licence,
    sign_of,
    warnings_of,
)
from services.patrols.sites.model import CheckResult, Site, SiteKind, SiteState, SiteStatus
from services.venues.model import GeoPoint
from tests.outlets import make_licence

DOOR = GeoPoint(lng=121.483, lat=31.227)
LICENCE = make_licence()  # of 2026-01-01 to 2028-12-31


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 12, 31), LicenceStatus.NOT_YET),
        (date(2026, 1, 1), LicenceStatus.VALID),
        (date(2028, 12, 1), LicenceStatus.VALID),
        (date(2028, 12, 2), LicenceStatus.EXPIRING),
        (date(2028, 12, 31), LicenceStatus.EXPIRING),
        (date(2029, 1, 1), LicenceStatus.EXPIRED),
    ],
)
def test_a_licence_holds_on_its_first_and_last_day(today: date, expected: LicenceStatus) -> None:
    assert licence_status(LICENCE, today) is expected


def test_without_a_licence_there_is_nothing_to_show() -> None:
    shown = shown_licence(None, date(2026, 11, 22))
    assert (shown.status, shown.number, shown.valid_to) == (LicenceStatus.NONE, None, None)


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        (None, Place.UNKNOWN),
        (DOOR, Place.HERE),
        (GeoPoint(lng=121.487, lat=31.227), Place.HERE),  # 380 m
        (GeoPoint(lng=121.488, lat=31.227), Place.ELSEWHERE),  # 475 m
        (GeoPoint(lng=-121.483, lat=-31.227), Place.ELSEWHERE),
    ],
)
def test_a_plate_is_here_or_elsewhere(near: GeoPoint | None, expected: Place) -> None:
    assert place_of(near, DOOR) is expected


def status_of(result: CheckResult | None) -> SiteStatus:
    return SiteStatus(
        id="otl_1",
        kind=SiteKind.OUTLET,
        district_id="310101",
        seen_by=(),
        last_check_in_id=None,
        last_checked_at=datetime(2026, 11, 20, 17, tzinfo=UTC),
        last_result=result,
        open_findings=1,
        version=1,
    )


def test_a_check_is_told_to_the_day_of_the_city() -> None:
    found = last_check(status_of(CheckResult.PASSED))
    assert found is not None
    assert found.checked_on == date(2026, 11, 21)
    assert last_check(status_of(None)) is None
    assert last_check(None) is None


def site(state: SiteState) -> Site:
    return Site(
        id="otl_1",
        kind=SiteKind.OUTLET,
        name="示例",
        name_en="Example",
        address="示例路1号",
        position=DOOR,
        city_id="310000",
        district_id="310101",
        seen_by=(),
        state=state,
    )


def standing(licence: Licence | None, result: CheckResult | None, today: date = date(2026, 11, 22)) -> Standing:
    return Standing(licence=shown_licence(licence, today), last_check=last_check(status_of(result)), open_findings=0)


def test_green_is_for_a_current_plate_at_an_open_outlet_with_a_licence_that_did_not_fail() -> None:
    """Over all combinations: exactly those that nothing speaks against."""
    green = set()
    for verdict, place, state, licence, result in product(
        PlateVerdict, Place, SiteState, (LICENCE, None), (*CheckResult, None)
    ):
        warnings = warnings_of(verdict, place, site(state), standing(licence, result))
        if sign_of(warnings) is Sign.GOOD:
            green.add((verdict, place, state, licence, result))
    assert green == set(
        product(
            [PlateVerdict.CURRENT],
            [Place.HERE, Place.UNKNOWN],
            [SiteState.ACTIVE],
            [LICENCE],
            [CheckResult.PASSED, CheckResult.FINDINGS, None],
        )
    )


def test_a_licence_in_its_last_month_stays_green_and_is_told() -> None:
    warnings = warnings_of(
        PlateVerdict.CURRENT, Place.HERE, site(SiteState.ACTIVE), standing(LICENCE, None, date(2028, 12, 20))
    )
    assert (warnings, sign_of(warnings)) == ([Caution.LICENCE_EXPIRING], Sign.GOOD)


@pytest.mark.parametrize(
    ("warnings", "expected"),
    [
        ([Caution.PLATE_FORGED], Sign.BAD),
        ([Caution.PLATE_REVOKED], Sign.ALARM),
        ([Caution.PLATE_REPLACED, Caution.PLATE_ELSEWHERE], Sign.ALARM),
        ([Caution.PLATE_REPLACED], Sign.CARE),
        ([Caution.CHECK_FAILED], Sign.CARE),
        ([], Sign.GOOD),
    ],
)
def test_the_worst_decides_the_sign(warnings: list[Caution], expected: Sign) -> None:
    assert sign_of(warnings) is expected


def test_all_words_are_there_in_both_languages() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for words, kinds in (
        (CAUTIONS, Caution),
        (LICENCES, LicenceStatus),
        (RESULTS, CheckResult),
        (SITES, SiteState),
        (COMPLAINT_STATES, ComplaintState),
        (OUTCOMES, Outcome),
    ):
        for language in ("zh", "en"):
            assert set(words[language]) == set(kinds)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("verdict", [PlateVerdict.REVOKED, PlateVerdict.REPLACED])
def test_an_ended_plate_is_the_headline_also_where_it_is_elsewhere(verdict: PlateVerdict, language: str) -> None:
    warnings = warnings_of(verdict, Place.ELSEWHERE, site(SiteState.CLOSED), None)
    answer = PlateAnswer(
        verdict=verdict,
        place=Place.ELSEWHERE,
        sign=sign_of(warnings),
        warnings=warnings,
        issued_on=date(2026, 1, 1),
        ended_on=date(2026, 6, 1),
        site=PublicSite(
            kind=SiteKind.OUTLET,
            name="示例",
            name_en="Example",
            address="示例路1号",
            state=SiteState.CLOSED,
            merged_into=None,
            merged_into_en=None,
        ),
        standing=None,
    )
    texts = plate_texts(answer, language)
    assert texts["kind"] == "alarm"
    assert texts["verdict"] == CAUTIONS[language][warnings[0]]
    assert len(texts["warnings"]) == 2
    assert (texts["licence"], texts["check"]) == ([], [])
    assert "2026-06-01" in [text for _, text in texts["site"]]
