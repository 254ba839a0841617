"""What an inspector's day needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from services.patrols.checklists.model import Template
from services.patrols.day.model import SealedDraft
from services.patrols.outlets.model import Nearness, OutletSearch
from services.patrols.plans.model import Task


class DraftStore(Protocol):
    """Drafts of all accounts."""

    async def put(self, draft: SealedDraft) -> SealedDraft:
        """Keep the draft unless one that was saved as late or later is there; return the one that is kept."""

    async def of_account(self, account_id: str) -> Sequence[SealedDraft]:
        """Return the drafts of an account, in any order."""

    async def remove(self, account_id: str, submission_id: str) -> bool:
        """Remove the draft; tell whether there was one."""


class OpenTasks(Protocol):
    """Tasks that are to be done."""

    async def open_for(self, names: Collection[str]) -> Sequence[Task]:
        """Return the open tasks of accounts and, for `level:id`, those that any inspector there may take; due order."""


class Templates(Protocol):
    """Checklists through all their releases."""

    async def template(self, template_id: str) -> Template | None:
        """Return the template."""


class NearOutlets(Protocol):
    """Outlets around a place."""

    async def near(self, scopes: Collection[str], search: OutletSearch, near: Nearness) -> Mapping[str, float]:
        """Return metres by id."""
