"""What item types and batches need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.common.model import IdempotentRequest
from services.items.model import ItemBatch, ItemType
from services.jobs.model import Job


class NumberTaken(Exception):
    """Another batch has this number."""


class TypeStore(Protocol):
    """Item types; a city has hundreds of them."""

    async def add(self, item_type: ItemType, request: IdempotentRequest | None) -> ItemType:
        """Add the type, or return what the request was answered with first; raises IdempotencyKeyReused."""

    async def find(self, type_id: str) -> ItemType | None:
        """Return the type."""

    async def within(self, scopes: Sequence[str], owners: Sequence[str]) -> Sequence[ItemType]:
        """Return the types that any of `scopes` covers or any of `owners` owns, all as `level:id`."""

    async def replace(self, item_type: ItemType, version: int) -> bool:
        """Put the type in the place of its version `version`; False when it has another one."""


class BatchStore(Protocol):
    """Batches, each made in one with its job."""

    async def add(self, batch: ItemBatch, job: Job, request: IdempotentRequest | None) -> ItemBatch:
        """Add the batch and its job, or return what the request was answered with first.

        Raises NumberTaken, or IdempotencyKeyReused.
        """

    async def find(self, batch_id: str) -> ItemBatch | None:
        """Return the batch."""

    async def numbered_between(self, scope: str, type_id: str | None, since: int, until: int) -> Sequence[ItemBatch]:
        """Return the batches that `scope` covers, of one type unless None, with since <= number < until."""


class CodeStore(Protocol):
    """Codes that were minted."""

    async def add(self, batch_id: str, item_ids: Sequence[str]) -> None:
        """Note that these were minted; what was noted before stays."""
