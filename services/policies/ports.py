"""What policies need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.policies.model import NoShowTerms, PolicyChange, TermsChange, VisitPolicy


class PolicyStore(Protocol):
    """Policies of venues and terms of no-show groups; a city has hundreds of them, not millions."""

    async def all_policies(self) -> Sequence[VisitPolicy]:
        """Return every policy that was set, without the terms of its group."""

    async def all_terms(self) -> Sequence[NoShowTerms]:
        """Return the terms of every group."""

    async def claim_policy(self, change: PolicyChange) -> bool:
        """Keep a policy in place of the version before it; False when there is another by now.

        The version of the terms of a group that the venue joins by it is raised in the same moment; False when that is
        another by now, too. So nobody joins a group whose venues they have not seen.
        """

    async def claim_terms(self, change: TermsChange) -> bool:
        """Keep terms in place of the version before them; False when there are others by now."""
