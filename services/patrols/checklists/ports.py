"""What checklists need of a store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.patrols.checklists.model import Release, ReleaseHeading, Template


class TemplateStore(Protocol):
    """Templates and their releases."""

    async def find(self, template_id: str) -> Template | None:
        """Return the template."""

    async def within(self, scopes: Sequence[str], owners: Sequence[str]) -> Sequence[Template]:
        """Return the templates that any of `scopes` covers or any of `owners` owns, all as `level:id`."""

    async def release(self, release_id: str) -> Release | None:
        """Return the release."""

    async def headings(self, release_ids: Sequence[str]) -> Mapping[str, ReleaseHeading]:
        """Return what is above the questions of these releases, by id."""
