"""Outlets, plates, how sites stand, and checklists, as the main system is told of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ulid import ULID

from services.common.newest import EARLIEST
from services.patrols.checklists.model import Question, Release, Section, Template
from services.patrols.outlets.model import Licence, Outlet
from services.patrols.plates.model import Plate
from services.patrols.reporting.model import Told
from services.patrols.sites.model import SiteStatus
from services.sync.wording import written_date_if, written_day, written_day_if
from services.venues.scopes import code_of, read_scope


def outlet(one: Outlet) -> Told:
    """Return an outlet without its contacts."""
    data = {
        "id": one.id,
        "name": one.name,
        "name_en": one.name_en,
        "kind": one.kind.value,
        "address": one.address,
        "city_id": one.city_id,
        "district_id": one.district_id,
        "longitude": one.position.lng,
        "latitude": one.position.lat,
        "uscc": one.uscc,
        **_licence(one.licence),
        "external_id": one.external_id,
        "state": one.state.value,
        "close_reason": None if one.close_reason is None else one.close_reason.value,
        "merged_into": one.merged_into,
        "registered_on": written_day(one.registered_at),
        "is_example": one.example,
    }
    return Told(made_at=one.registered_at, code=one.district_id, data=data)


def plate(one: Plate) -> Told:
    """Return a plate; its code, which anybody could hang up again, stays here."""
    data = {
        "id": one.id,
        "site_id": one.site_id,
        "site_kind": one.site_kind.value,
        "kid": one.kid,
        "state": one.state.value,
        "issued_on": written_day(one.issued_at),
        "ended_on": written_day_if(one.ended_at),
        "end_reason": None if one.end is None else one.end.value,
        "replaced_by": one.replaced_by,
    }
    return Told(made_at=one.issued_at, code=code_of(one.seen_by), data=data)


def site_status(one: SiteStatus) -> Told:
    """Return how a site stands; it is counted under the day on which the site itself was made."""
    data = {
        "id": one.id,
        "site_kind": one.kind.value,
        "district_id": one.district_id,
        "last_check_in_id": one.last_check_in_id,
        "last_checked_on": written_day_if(one.last_checked_at),
        "last_result": None if one.last_result is None else one.last_result.value,
        "open_findings": one.open_findings,
    }
    return Told(made_at=_made_at(one.id), code=one.district_id, data=data)


def checklist(one: Release, template: Template) -> Told:
    """Return a release with its questions; whom it belongs to, its template knows."""
    owner = read_scope(template.owner)
    data = {
        "id": one.id,
        "template_id": one.template_id,
        "number": one.number,
        "name": one.name,
        "name_en": one.name_en,
        "site_kind": one.site_kind.value,
        "owner_level": owner.level.value,
        "owner_id": owner.id,
        "released_on": written_day(one.released_at),
        "questions": [_question(section, question) for section in one.sections for question in section.questions],
    }
    return Told(made_at=one.released_at, code=code_of(template.seen_by), data=data)


def _licence(licence: Licence | None) -> Mapping[str, str | None]:
    return {
        "licence_number": None if licence is None else licence.number,
        "licence_issuer": None if licence is None else licence.issuer,
        "licence_valid_from": None if licence is None else written_date_if(licence.valid_from),
        "licence_valid_to": None if licence is None else written_date_if(licence.valid_to),
        "licence_scope": None if licence is None else licence.scope,
    }


def _question(section: Section, question: Question) -> Mapping[str, Any]:
    failure = question.failure
    return {
        "id": question.id,
        "section": section.title,
        "section_en": section.title_en,
        "type": question.type.value,
        "text": question.text,
        "text_en": question.text_en,
        "is_required": question.required,
        "failure_title": None if failure is None else failure.title,
        "failure_title_en": None if failure is None else failure.title_en,
        "severity": None if failure is None else failure.severity.value,
        "legal_basis": None if failure is None else failure.legal_basis,
        "deadline_days": None if failure is None else failure.deadline_days,
    }


def _made_at(its_id: str) -> datetime:
    """Return when an id was made, which a ULID tells; the earliest time there is for an id of any other form."""
    try:
        return ULID.from_str(its_id.partition("_")[2]).datetime
    except (ValueError, OverflowError):
        return EARLIEST
