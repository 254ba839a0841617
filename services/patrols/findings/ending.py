"""The end of a finding: its site has one less, and nobody needs to go there for it any more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.patrols.findings.model import Finding
from services.patrols.findings.ports import OriginTasks
from services.patrols.findings.rules import stands
from services.patrols.findings.telling import Teller
from services.patrols.model import PatrolEvent, Versioned
from services.patrols.plans.model import CancelReason, Task
from services.patrols.plans.rules import cancel
from services.patrols.sites.model import SiteStatus
from services.patrols.sites.ports import StatusStore


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is written together with the end of a finding."""

    records: tuple[Versioned, ...] = ()
    events: tuple[PatrolEvent, ...] = ()


class Endings:
    """Finds what hangs on a finding that ends by itself, outside a visit."""

    def __init__(self, *, statuses: StatusStore, tasks: OriginTasks) -> None:
        self._statuses = statuses
        self._tasks = tasks

    async def of(self, finding: Finding, teller: Teller) -> Ending:
        """Return what follows for the finding as it stood until now."""
        tasks = called_off(await self._tasks.open_of_origin(finding.id), teller)
        if not stands(finding):
            return tasks
        status = (await self._statuses.statuses([finding.site_id])).get(finding.site_id)
        fewer = () if status is None else (with_fewer(status, 1),)
        return Ending(records=(*fewer, *tasks.records), events=tasks.events)


def called_off(tasks: Sequence[Task], teller: Teller) -> Ending:
    """Return the open tasks of a finding that is over as called off, each with its event."""
    changed = tuple(cancel(task, CancelReason.NOT_NEEDED) for task in tasks)
    return Ending(records=changed, events=tuple(teller.called_off(task) for task in changed))


def with_fewer(status: SiteStatus, ended: int) -> SiteStatus:
    """Return how a site stands with so many findings less."""
    return replace(status, open_findings=max(0, status.open_findings - ended), version=status.version + 1)
