"""Rounds, draws, tasks and check-ins, as the main system is told of them."""

from services.patrols.checkins.model import CheckIn
from services.patrols.checklists.model import release_id
from services.patrols.plans.model import Draw, Round, Task
from services.patrols.reporting.model import Told, person
from services.sync.wording import written_date_if, written_day, written_day_if, written_time, written_time_if
from services.venues.scopes import code_of, read_scope


def routine_round(one: Round) -> Told:
    """Return a round; its name, which somebody typed, stays here."""
    data = {
        "id": one.id,
        "district_id": one.district_id,
        "site_kind": one.site_kind.value,
        "template_id": one.template_id,
        "every_days": one.every_days,
        "from_on": one.from_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "sites": one.sites,
        "inspectors": one.inspectors,
        "planned_on": written_day(one.planned_at),
    }
    return Told(made_at=one.planned_at, code=one.district_id, data=data)


def draw(one: Draw) -> Told:
    """Return a draw; names that somebody typed stay here, and so does the server's seed."""
    scope, withdrawn = read_scope(one.scope), one.withdrawn
    data = {
        "id": one.id,
        "scope_level": scope.level.value,
        "scope_id": scope.id,
        "site_kind": one.site_kind.value,
        "template_id": one.template_id,
        "sites": one.sites,
        "inspectors_per_site": one.inspectors_per_site,
        "from_on": one.from_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "publish_on": written_date_if(one.publish_on),
        "announced_on": one.source.announced_on.isoformat(),
        "pool_sites": one.pool_sites,
        "pool_inspectors": one.pool_inspectors,
        "pool_sha256": one.pool_digest,
        "seed_sha256": one.seed_digest,
        "state": one.state.value,
        "committed_at": written_time(one.committed_at),
        "held_at": None if one.held is None else written_time(one.held.held_at),
        "withdrawn_at": written_time_if(None if withdrawn is None else withdrawn.withdrawn_at),
        "withdrawal_reason": None if withdrawn is None else withdrawn.reason.value,
    }
    return Told(made_at=one.committed_at, code=code_of(one.seen_by), data=data)


def task(one: Task) -> Told:
    """Return a task; of its assignees only how many they are."""
    data = {
        "id": one.id,
        "kind": one.kind.value,
        "site_id": one.site_id,
        "site_kind": one.site_kind.value,
        "district_id": one.district_id,
        "template_id": one.template_id,
        "origin_id": one.origin_id,
        "assignees": len(one.assignees),
        "from_on": one.from_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "state": one.state.value,
        "check_in_id": one.check_in_id,
        "created_on": written_day(one.created_at),
        "done_on": written_day_if(one.done_at),
        "cancel_reason": None if one.cancelled_because is None else one.cancelled_because.value,
        "reassigned": one.reassigned,
    }
    return Told(made_at=one.created_at, code=one.district_id, data=data)


def check_in(one: CheckIn) -> Told:
    """Return a check-in; where the inspector was, the answers, the photos and all that was typed stay here."""
    data = {
        "id": one.id,
        "site_id": one.site_id,
        "site_kind": one.site_kind.value,
        "district_id": one.district_id,
        "inspector_id": person(one.inspector_id),
        "checklist_id": release_id(one.template_id, one.template_number),
        "task_id": one.task_id,
        "plate_id": one.plate_id,
        "plate_verdict": None if one.plate_verdict is None else one.plate_verdict.value,
        "visited_on": written_day(one.captured_at),
        "received_on": written_day(one.received_at),
        "presence_score": one.presence.score,
        "circumstances": [circumstance.value for circumstance in one.circumstances],
        "state": one.state.value,
        "result": None if one.result is None else one.result.value,
        "findings": len(one.finding_ids),
        "standing_findings": len(one.standing_ids),
        "reinspections": len(one.reinspections),
        "photos": len(one.photos),
        "contradictions": one.contradictions,
        "reviewed_on": written_day_if(None if one.review is None else one.review.reviewed_at),
    }
    return Told(made_at=one.received_at, code=one.district_id, data=data)
