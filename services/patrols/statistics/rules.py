"""How findings and visits are counted."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from statistics import median, quantiles

from services.patrols.checkins.model import CheckInState
from services.patrols.findings.model import Escalation, Finding, FindingState
from services.patrols.statistics.model import DistrictFigures, KindFigures, Tally, Visit

SECONDS_A_DAY = 86_400
ENDED = frozenset({FindingState.CLOSED, FindingState.WITHDRAWN})
TENTHS = 10
NAMELESS = ("", "")


def tally(findings: Collection[Finding], today: date) -> Tally:
    """Count findings; those that wait for a review do not count yet."""
    counted = [one for one in findings if one.state is not FindingState.PROPOSED]
    going_on = [one for one in counted if one.state not in ENDED]
    days = [
        (one.closed_at - one.found_at).total_seconds() / SECONDS_A_DAY
        for one in counted
        if one.closed_at is not None and one.state is FindingState.CLOSED
    ]
    return Tally(
        found=len(counted),
        closed=sum(one.state is FindingState.CLOSED for one in counted),
        open=len(going_on),
        overdue=sum(one.due_on is not None and one.due_on < today for one in going_on),
        escalated=sum(one.escalation is not Escalation.NONE for one in counted),
        withdrawn=sum(one.state is FindingState.WITHDRAWN for one in counted),
        repeats=sum(one.repeat_of is not None for one in counted),
        median_days_to_close=round(median(days), 1) if days else None,
        slowest_tenth_days=round(_slowest_tenth(days), 1) if days else None,
    )


def _slowest_tenth(days: Sequence[float]) -> float:
    return quantiles(days, n=TENTHS, method="inclusive")[-1] if len(days) > 1 else days[0]


def by_district(
    sites: Mapping[str, Collection[str]],
    visits: Collection[Visit],
    findings: Collection[Finding],
    today: date,
    names: Mapping[str, tuple[str, str]],
) -> list[DistrictFigures]:
    """Return the figures of each district, in the order of codes; `sites` are the ids of active sites by district.

    `names` are those of districts, in Chinese and English.
    A rejected check-in is no visit; one in review is one, and is counted apart as well.
    """
    counted = [visit for visit in visits if visit.state is not CheckInState.REJECTED]
    districts = {*sites, *(visit.district_id for visit in counted), *(one.district_id for one in findings)}
    return [
        DistrictFigures(
            district_id=district,
            district_name=names.get(district, NAMELESS)[0],
            district_name_en=names.get(district, NAMELESS)[1],
            sites=len(active := set(sites.get(district, ()))),
            visited=len(active & {visit.site_id for visit in counted}),
            check_ins=sum(visit.district_id == district for visit in counted),
            in_review=sum(visit.district_id == district and visit.state is CheckInState.IN_REVIEW for visit in counted),
            findings=tally([one for one in findings if one.district_id == district], today),
        )
        for district in sorted(districts)
    ]


def by_kind(findings: Collection[Finding], today: date) -> list[KindFigures]:
    """Return the figures of each question, the one with most findings first; its words are those used last."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in findings:
        groups[one.template_id, one.question_id].append(one)
    figures = []
    for (template_id, question_id), some in groups.items():
        latest = max(some, key=lambda one: (one.found_at, one.id))
        figures.append(
            KindFigures(
                template_id=template_id,
                question_id=question_id,
                title=latest.title,
                title_en=latest.title_en,
                severity=latest.severity,
                findings=tally(some, today),
            )
        )
    return sorted(figures, key=lambda one: (-one.findings.found, one.template_id, one.question_id))
