"""The proof of an item's latest event: against the last checkpoint, or when there will be one."""

from services.items.public.model import LogProof, ProofStatus
from services.items.public.ports import ItemLog
from services.transparency.errors import CheckpointAbsent, LogDamaged
from services.transparency.model import InclusionProof
from services.transparency.rules import INTERIM_AFTER

MOST_KNOWN = 2_000


class ItemProofs:
    """Proves leaves; a proof against one checkpoint never changes, so those made are remembered for a while."""

    def __init__(self, log: ItemLog) -> None:
        self._log = log
        self._known: dict[tuple[int, int], InclusionProof] = {}

    async def of(self, index: int) -> LogProof:
        """Return the proof of leaf `index` as far as there is one; raises DatabaseUnavailable."""
        try:
            latest = await self._log.latest()
            if index >= latest.checkpoint.size:
                return LogProof(index=index, status=ProofStatus.PENDING, expected_by=latest.signed_at + INTERIM_AFTER)
            inclusion = await self._inclusion(index, latest.checkpoint.size)
        except CheckpointAbsent:
            return LogProof(index=index, status=ProofStatus.PENDING)
        except LogDamaged:
            # Whether the code is ours can be answered all the same; that the proof is missing is said.
            return LogProof(index=index, status=ProofStatus.UNAVAILABLE)
        return LogProof(index=index, status=ProofStatus.INCLUDED, checkpoint=latest, inclusion=inclusion)

    async def _inclusion(self, index: int, size: int) -> InclusionProof:
        known = self._known.get((index, size))
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[index, size] = await self._log.inclusion(index, size)
        return known
