"""What ceilings need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.admissions.ceilings.model import GatePolicy, GatePolicyChange


class GatePolicyStore(Protocol):
    """Gate policies of venues; a city has hundreds of them, not millions."""

    async def all(self) -> Sequence[GatePolicy]:
        """Return every policy that was set."""

    async def claim(self, change: GatePolicyChange) -> bool:
        """Keep a policy in place of the version before it; False when there is another by now."""
