"""What companions need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.common.model import IdempotentRequest
from services.reservations.companions.model import Companion


class CompanionStore(Protocol):
    """Companions by the citizen whose they are."""

    async def of(self, citizen_id: str) -> Sequence[Companion]:
        """Return all of a citizen's companions, in any order: at most MOST_COMPANIONS."""

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the companion that the request made, if it did; raises IdempotencyKeyReused."""

    async def add(self, companion: Companion, request: IdempotentRequest | None) -> bool:
        """Keep a companion; False when its place or its document is in the list, or the request was answered."""

    async def remove(self, citizen_id: str, companion_id: str) -> bool:
        """Remove a companion; False when there is none."""
