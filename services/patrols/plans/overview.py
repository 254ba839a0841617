"""The calendar of tasks, and coverage: which sites of a district were visited in a time, and which were not."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.common.clock import Clock, city_day
from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor, Scope, ScopeLevel
from services.patrols.plans.model import TaskState
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import Statuses, TaskStore
from services.patrols.plans.rules import LONGEST_WINDOW, refused
from services.patrols.sites.model import Site, SiteKind
from services.venues.scopes import scope_name, scope_names

LIST = "patrol-coverage"
MOST_DAYS = 92


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """The tasks that are due on a day and not cancelled: how many, how many of them are done, and how many too late."""

    on: date
    due: int = 0
    done: int = 0
    overdue: int = 0


@dataclass(frozen=True, kw_only=True)
class Unvisited:
    """An active site that was not visited in a time; `last_checked_at` is None for one that never was."""

    site: Site
    last_checked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many of the active sites were visited, and a page of those that were not."""

    sites: int
    visited: int
    unvisited: Page[Unvisited]

    @property
    def share(self) -> float | None:
        """The share that was visited, from 0 to 1 with four digits; None where there is no site."""
        return round(self.visited / self.sites, 4) if self.sites else None


@dataclass(frozen=True, kw_only=True)
class CoverageWish:
    """Which sites, in which days, and which page of those that were not visited."""

    district_id: str
    site_kind: SiteKind
    first: date
    last: date
    limit: int
    after: str | None


class Overview:
    """Answers about plans as a whole, within the actor's scope."""

    def __init__(self, *, tasks: TaskStore, pools: Pools, statuses: Statuses, clock: Clock) -> None:
        self._tasks = tasks
        self._pools = pools
        self._statuses = statuses
        self._clock = clock

    async def calendar(self, actor: Actor, first: date, last: date) -> list[CalendarDay]:
        """Return every day from `first` to `last`; raises PlanRefused for days reversed or more than 92."""
        _ensure_order(first, last, MOST_DAYS)
        today = city_day(self._clock.now())
        found = {
            task.id: task for name in scope_names(actor) for task in await self._tasks.due_between(name, first, last)
        }
        dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        days = {one: CalendarDay(on=one) for one in dates}
        for task in found.values():
            if task.state is not TaskState.CANCELLED:
                day = days[task.due_on]
                is_done = task.state is TaskState.DONE
                late = not is_done and task.due_on < today
                days[task.due_on] = replace(
                    day, due=day.due + 1, done=day.done + int(is_done), overdue=day.overdue + int(late)
                )
        return list(days.values())

    async def coverage(self, actor: Actor, wish: CoverageWish) -> Coverage:
        """Return the coverage of a district; raises OwnerUnknown, PlanRefused, CursorInvalid.

        A site counts as visited when a task there was done in these days, or its latest accepted check-in lies in them.
        """
        _ensure_order(wish.first, wish.last, LONGEST_WINDOW.days)
        district = Scope(level=ScopeLevel.DISTRICT, id=wish.district_id)
        await self._pools.seen_by(actor, district)
        sites = await self._pools.sites(district, wish.site_kind)
        name = scope_name(district)
        done = await self._tasks.done_between(name, wish.first, wish.last)
        checked = {one.id: one.last_checked_at for one in await self._statuses.covered_by(name)}
        left = [
            Unvisited(site=site, last_checked_at=checked.get(site.id))
            for site in sites
            if site.id not in done and not _lies_in(checked.get(site.id), wish)
        ]
        return Coverage(sites=len(sites), visited=len(sites) - len(left), unvisited=_page(left, wish))


def _ensure_order(first: date, last: date, most_days: int) -> None:
    if last < first:
        raise refused("to", "days_reversed", "the last day comes before the first")
    if (last - first).days >= most_days:
        raise refused("to", "window_too_long", f"at most {most_days} days", str(most_days))


def _lies_in(moment: datetime | None, wish: CoverageWish) -> bool:
    return moment is not None and wish.first <= city_day(moment) <= wish.last


def _page(left: list[Unvisited], wish: CoverageWish) -> Page[Unvisited]:
    start = "" if wish.after is None else str(read_cursor(wish.after, LIST, (str,))[0])
    some = [one for one in left if one.site.id > start]
    shown = some[: wish.limit]
    following = make_cursor(LIST, shown[-1].site.id) if len(some) > wish.limit else None
    return Page(items=shown, next=following)
