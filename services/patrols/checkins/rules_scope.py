"""What a visit may name: checklists of the place's own part of the city, and findings that the inspector may see."""

from collections.abc import Collection

from services.identity.model import Actor
from services.patrols.checkins.model import Submission
from services.patrols.checklists.model import Template
from services.patrols.findings.model import Finding
from services.patrols.plans.model import Task
from services.patrols.sites.model import Site
from services.venues.scopes import scope_names


def is_open_to(actor: Actor, site: Site, task: Task | None) -> bool:
    """Tell whether the actor patrols there: by scope, or because a task, as a draw may make one, sends them."""
    sent = task is not None and task.site_id == site.id and actor.id in task.assignees
    return sent or not set(site.seen_by).isdisjoint(scope_names(actor))


def may_be_used(template: Template, sites: Collection[Site], task: Task | None) -> bool:
    """Tell whether a checklist is there for one of these places (one, and what it was merged into).

    Its owner covers the place, or a task for the place asks for it.
    """
    asked = task is not None and task.template_id == template.id and task.site_id in {site.id for site in sites}
    return asked or any(template.owner in site.seen_by for site in sites)


def may_be_judged(finding: Finding, actor: Actor, sites: Collection[Site]) -> bool:
    """Tell whether the actor may know of a finding: by scope, or because it is of the place of the visit."""
    return finding.site_id in {site.id for site in sites} or not set(finding.seen_by).isdisjoint(scope_names(actor))


def is_of_its_checklist(task: Task, said: Submission) -> bool:
    """Tell whether a visit fills in what the task asks for; one that only re-inspects fills in nothing."""
    return task.template_id == said.template_id or (not said.answers and bool(said.reinspections))
