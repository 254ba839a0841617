"""Findings, complaints, and the events of patrols, as the main system is told of them."""

from collections.abc import Mapping
from typing import Any

from services.patrols.checklists.model import release_id
from services.patrols.complaints.model import Complaint
from services.patrols.findings.model import Finding, ReinspectionRecord
from services.patrols.model import RecordedEvent
from services.patrols.reporting.model import Told, person
from services.sync.wording import written_date_if, written_day, written_day_if, written_time


def finding(one: Finding) -> Told:
    """Return a finding; photos are counted, and notes, answers of owners and links stay here."""
    data = {
        "id": one.id,
        "check_in_id": one.check_in_id,
        "site_id": one.site_id,
        "site_kind": one.site_kind.value,
        "district_id": one.district_id,
        "checklist_id": release_id(one.template_id, one.template_number),
        "question_id": one.question_id,
        "title": one.title,
        "title_en": one.title_en,
        "severity": one.severity.value,
        "legal_basis": one.legal_basis,
        "state": one.state.value,
        "found_on": written_day(one.found_at),
        "found_by": person(one.found_by),
        "deadline_days": one.deadline_days,
        "due_on": written_date_if(one.due_on),
        "notice_number": None if one.notice is None else one.notice.number,
        "notice_on": None if one.notice is None else written_day(one.notice.issued_at),
        "owner_answers": len(one.answers),
        "last_answered_on": written_day_if(max((answer.answered_at for answer in one.answers), default=None)),
        "extensions": len(one.extensions),
        "reinspections": [_reinspection(again) for again in one.reinspections],
        "escalation": one.escalation.value,
        "photos": len(one.before),
        "awaits_photos": one.awaits_photos,
        "closed_on": written_day_if(one.closed_at),
        "withdrawal": None if one.withdrawal is None else one.withdrawal.value,
        "repeat_of": one.repeat_of,
    }
    return Told(made_at=one.found_at, code=one.district_id, data=data)


def complaint(one: Complaint) -> Told:
    """Return a complaint; what was said, who said it, and the answer stay here."""
    data = {
        "id": one.id,
        "site_id": one.site_id,
        "site_kind": one.site_kind.value,
        "district_id": one.district_id,
        "plate_id": one.plate_id,
        "plate_verdict": one.plate_verdict.value,
        "photos": len(one.photos),
        "state": one.state.value,
        "is_held_back": one.held_back,
        "received_on": written_day(one.received_at),
        "taken_up_on": written_day_if(one.taken_up_at),
        "task_id": one.task_id,
        "outcome": None if one.outcome is None else one.outcome.value,
        "answered_on": written_day_if(one.answered_at),
        "erased_on": written_day_if(one.erased_at),
    }
    return Told(made_at=one.received_at, code=one.district_id, data=data)


def patrol_event(one: RecordedEvent, code: str | None) -> Told:
    """Return that something happened, with what the log proves it by; `code` is what it was recorded under."""
    event = one.event
    data = {
        "id": event.id,
        "type": event.kind.value,
        "subject_id": event.subject_id,
        "site_id": event.site_id,
        "occurred_at": written_time(event.occurred_at),
        "recorded_at": written_time(one.recorded_at),
        "log_index": one.index,
        "commitment": one.commitment.hex(),
    }
    return Told(made_at=one.recorded_at, code=code, data=data)


def _reinspection(one: ReinspectionRecord) -> Mapping[str, Any]:
    return {
        "check_in_id": one.check_in_id,
        "remedy": one.remedy.value,
        "inspected_on": written_day(one.inspected_at),
        "photos": len(one.photos),
    }
