"""Decisions about tasks and plans, free of input and output."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ulid import ULID

from services.common.errors import FieldError
from services.patrols.plans.errors import PlanRefused, TaskNotOpen
from services.patrols.plans.model import (
    EXCUSES_FROM_DRAWS,
    CancelReason,
    Draw,
    PublicSource,
    Task,
    TaskKind,
    TaskState,
    Visit,
)
from services.patrols.sites.model import Site, SiteState

PREFIX = "tsk"
MOST_VISITS = 5000
LONGEST_WINDOW = timedelta(days=366)
# How long after its last day a draw may stay unpublished: by then every visit was made.
PUBLISHED_WITHIN = timedelta(days=7)


def new_task(  # noqa: PLR0913 -- what a task is
    *,
    task_id: str,
    kind: TaskKind,
    site: Site,
    template_id: str,
    assignees: Sequence[str],
    from_on: date,
    due_on: date,
    origin_id: str,
    now: datetime,
) -> Task:
    """Return a new task; without assignees, it is for any inspector of the site's district."""
    return Task(
        id=task_id,
        kind=kind,
        site_id=site.id,
        site_kind=site.kind,
        template_id=template_id,
        assignees=tuple(assignees),
        from_on=from_on,
        due_on=due_on,
        state=TaskState.OPEN,
        origin_id=origin_id,
        check_in_id=None,
        done_at=None,
        district_id=site.district_id,
        seen_by=site.seen_by,
        created_at=now,
        version=1,
    )


def complete(task: Task, check_in_id: str, at: datetime) -> Task:
    """Return the task as done by this check-in, `at` the moment of the visit; raises TaskNotOpen."""
    return replace(
        _open(task),
        state=TaskState.DONE,
        check_in_id=check_in_id,
        done_at=at,
        version=task.version + 1,
    )


def cancel(task: Task, reason: CancelReason) -> Task:
    """Return the task as called off; raises TaskNotOpen."""
    return replace(_open(task), state=TaskState.CANCELLED, cancelled_because=reason, version=task.version + 1)


def reassign(task: Task, assignees: Sequence[str]) -> Task:
    """Return the task as others are to do it; raises TaskNotOpen."""
    return replace(
        _open(task), assignees=tuple(assignees), reassigned=task.reassigned + 1, version=task.version + 1
    )  # fmt: skip


def is_overdue(task: Task, today: date) -> bool:
    """Return whether the task is still open after its last day."""
    return task.state is TaskState.OPEN and task.due_on < today


def ensure_excused(task: Task, reason: CancelReason, site: Site | None) -> None:
    """Raise PlanRefused where a drawn task is not to be called off for this reason: see EXCUSES_FROM_DRAWS.

    A site counts as closed when it is; that somebody says so does not do.
    """
    if task.kind is not TaskKind.RANDOM:
        return
    if reason not in EXCUSES_FROM_DRAWS:
        allowed = ", ".join(sorted(EXCUSES_FROM_DRAWS))
        raise refused("reason", "drawn_task", f"what was drawn is called off only for: {allowed}", allowed)
    if reason is CancelReason.SITE_CLOSED and site is not None and site.state is SiteState.ACTIVE:
        raise refused("reason", "site_not_closed", "this site is not closed")


def _open(task: Task) -> Task:
    if task.state is not TaskState.OPEN:
        raise TaskNotOpen
    return task


def task_id_of(begun_at: datetime, origin_id: str, visit: Visit) -> str:
    """Return the id of the task of a visit: always the same, so that a plan that is carried out twice makes no doubles.

    A ULID of the moment the plan was made, with a digest in place of its random part.
    """
    named = "\0".join((origin_id, visit.site_id, visit.from_on.isoformat()))
    milliseconds = int(begun_at.timestamp() * 1000)
    return f"{PREFIX}_{ULID.from_bytes(milliseconds.to_bytes(6, 'big') + hashlib.sha256(named.encode()).digest()[:10])}"


def stretches_of(from_on: date, due_on: date, every_days: int | None) -> tuple[tuple[date, date], ...]:
    """Return the first and last days of the stretches of a window: all of it, or one for each `every_days` in it."""
    if every_days is None:
        return ((from_on, due_on),)
    count = ((due_on - from_on).days + every_days) // every_days
    starts = [from_on + timedelta(days=every_days * number) for number in range(count)]
    return tuple((start, min(due_on, start + timedelta(days=every_days - 1))) for start in starts)


def spread(
    sites: Sequence[str], inspectors: Sequence[str], stretches: Sequence[tuple[date, date]]
) -> tuple[Visit, ...]:
    """Return a visit to every site in every stretch: due evenly over its days, and evenly by the inspectors.

    The same sites and inspectors always give the same visits. From stretch to stretch, an inspector moves on to other
    sites, so that no site is always seen by the same person.
    """
    visits: list[Visit] = []
    for turn, (start, end) in enumerate(stretches):
        days = (end - start).days + 1
        for place, site_id in enumerate(sites):
            inspector = inspectors[(place + turn) % len(inspectors)]
            due_on = start + timedelta(days=place * days // len(sites))
            visits.append(Visit(site_id=site_id, assignees=(inspector,), from_on=start, due_on=due_on))
    return tuple(visits)


def ensure_window(from_on: date, due_on: date, today: date) -> None:
    """Raise PlanRefused unless the window lies ahead, in its order, and is at most about a year long."""
    if due_on < from_on:
        raise refused("due_on", "days_reversed", "the last day comes before the first")
    if due_on < today:
        raise refused("due_on", "day_over", "this day is over")
    if due_on - from_on > LONGEST_WINDOW:
        raise refused("due_on", "window_too_long", f"at most {LONGEST_WINDOW.days} days", str(LONGEST_WINDOW.days))


def ensure_source_ahead(source: PublicSource, due_on: date, today: date) -> None:
    """Raise PlanRefused unless the figure is announced after today: one of today may be known before the commitment."""
    if not today < source.announced_on <= due_on:
        detail = "a day after today, up to the last of the window: a figure of today may be known already"
        raise refused("public_source.announced_on", "day_not_ahead", detail)


def ensure_published(publish_on: date | None, due_on: date) -> None:
    """Raise PlanRefused unless anybody may see what was drawn soon after the last day of the window."""
    if publish_on is not None and publish_on > due_on + PUBLISHED_WITHIN:
        days = str(PUBLISHED_WITHIN.days)
        detail = f"at most {days} days after the last day of the window: what is drawn becomes public"
        raise refused("publish_on", "published_too_late", detail, days)


def public_from(draw: Draw) -> date:
    """Return the first day on which anybody may see what was drawn, if it is held by then."""
    return min(draw.publish_on or date.min, draw.due_on + PUBLISHED_WITHIN)


def refused(path: str, code: str, detail: str, *values: str) -> PlanRefused:
    """Return the refusal of a plan for one reason."""
    return PlanRefused(errors=(FieldError(path=path, code=code, detail=detail, values=values),))
