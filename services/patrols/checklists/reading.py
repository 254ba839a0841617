"""Reading checklists: by whoever evaluates answers, and by people within their part of the city."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.patrols.checklists.errors import ChecklistUnknown, ReleaseUnknown
from services.patrols.checklists.model import Release, ReleaseHeading, Template, TemplateState, release_id
from services.patrols.checklists.ports import TemplateStore
from services.patrols.sites.model import SiteKind
from services.venues.scopes import Scopes, scope_names

LIST_NAME = "checklists"
RELEASES_NAME = "checklist releases"
NUMBER = re.compile(r"[1-9][0-9]{0,8}")
REMEMBERED = 64


@dataclass(frozen=True, kw_only=True)
class ChecklistSearch:
    """Which templates are looked for; None means any."""

    site_kind: SiteKind | None
    state: TemplateState | None
    limit: int
    after: str | None


class Checklists:
    """Answers about templates and their releases."""

    def __init__(self, *, store: TemplateStore, scopes: Scopes) -> None:
        self._store = store
        self._scopes = scopes
        # A release never changes, and every check-in needs its own.
        self._remembered: OrderedDict[str, Release] = OrderedDict()

    async def template(self, template_id: str) -> Template | None:
        """Return the template, whoever asks."""
        return await self._store.find(template_id)

    async def release(self, template_id: str, number: int) -> Release | None:
        """Return the release, whoever asks, of a retired template too."""
        key = release_id(template_id, number)
        found = self._remembered.get(key) or await self._store.release(key)
        if found is not None:
            self._remembered[key] = found
            self._remembered.move_to_end(key)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    async def get(self, actor: Actor, template_id: str) -> Template:
        """Return a template that the actor may use: their own, or of a level above; raises ChecklistUnknown."""
        found = await self._store.find(template_id)
        if found is None:
            raise ChecklistUnknown
        if not covers(actor, found) and found.owner not in await self._scopes.usable_by(actor):
            raise ChecklistUnknown
        return found

    async def get_release(self, actor: Actor, template_id: str, number: str) -> Release:
        """Return a release of a template that the actor may use; raises ChecklistUnknown or ReleaseUnknown."""
        await self.get(actor, template_id)
        found = await self.release(template_id, int(number)) if NUMBER.fullmatch(number) else None
        if found is None:
            raise ReleaseUnknown
        return found

    async def list(self, actor: Actor, search: ChecklistSearch) -> Page[Template]:
        """Return a page of the templates that the actor may use, newest first."""
        usable = await self._store.within(scope_names(actor), await self._scopes.usable_by(actor))
        return page_of(usable, search)

    async def releases(self, actor: Actor, template_id: str, limit: int, after: str | None) -> Page[ReleaseHeading]:
        """Return a page of a template's releases, newest first; raises ChecklistUnknown."""
        latest = (await self.get(actor, template_id)).latest
        top = latest if after is None else min(latest, int(read_cursor(after, RELEASES_NAME, (int,))[0]) - 1)
        numbers = range(top, max(0, top - limit), -1)
        found = await self._store.headings([release_id(template_id, number) for number in numbers])
        more = bool(numbers) and numbers[-1] > 1
        return Page(
            items=[found[release_id(template_id, number)] for number in numbers],
            next=make_cursor(RELEASES_NAME, numbers[-1]) if more else None,
        )


def covers(actor: Actor, template: Template) -> bool:
    """Tell whether the template belongs to the actor's part of the city, not to a level above it."""
    return not set(template.seen_by).isdisjoint(scope_names(actor))


def page_of(templates: Sequence[Template], search: ChecklistSearch) -> Page[Template]:
    """Return one page of the templates that are looked for, newest first."""
    before = None if search.after is None else str(read_cursor(search.after, LIST_NAME, (str,))[0])
    found = sorted(
        (
            one
            for one in templates
            if search.site_kind in {None, one.site_kind}
            and search.state in {None, one.state}
            and (before is None or one.id < before)
        ),
        key=lambda one: one.id,
        reverse=True,
    )
    page = found[: search.limit]
    return Page(items=page, next=make_cursor(LIST_NAME, page[-1].id) if len(found) > len(page) else None)
