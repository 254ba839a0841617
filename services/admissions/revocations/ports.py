"""What revoked codes need from outside."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from services.admissions.revocations.model import CodeStanding, Visit


class RevocationStore(Protocol):
    """Codes that were revoked at some time, by reservation."""

    async def find_visit(self, reservation_id: str) -> Visit | None:
        """Return which visit a reservation is for, if there is one."""

    async def find(self, reservation_id: str) -> CodeStanding | None:
        """Return how a code stands; None when nobody ever revoked it."""

    async def claim(self, standing: CodeStanding) -> bool:
        """Keep the last change of a history; False when somebody else changed it on top of the same one."""

    async def revoked_on(self, days: Collection[date], /) -> Sequence[CodeStanding]:
        """Return the codes that are revoked now and are for visits on these days."""
