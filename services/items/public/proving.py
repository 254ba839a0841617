"""The proof of an item's latest event: against the last checkpoint, or when there will be one."""

from datetime import datetime, timedelta

from services.common.clock import Clock
from services.items.public.model import LogProof, ProofStatus
from services.items.public.ports import ItemLog
from services.transparency.errors import CheckpointAbsent, LogDamaged
from services.transparency.model import InclusionProof, SignedCheckpoint
from services.transparency.rules import INTERIM_AFTER

MOST_KNOWN = 2_000
# Whoever signs looks every two seconds whether a checkpoint is due.
SIGNED_WITHIN = timedelta(seconds=10)


class ItemProofs:
    """Proves leaves; a proof against one checkpoint never changes, so those made are remembered for a while."""

    def __init__(self, log: ItemLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._known: dict[tuple[int, int], InclusionProof] = {}

    async def of(self, index: int) -> LogProof:
        """Return the proof of leaf `index` as far as there is one; raises DatabaseUnavailable."""
        try:
            latest = await self._log.latest()
            if index >= latest.checkpoint.size:
                return LogProof(index=index, status=ProofStatus.PENDING, expected_by=self._expected_by(latest))
            inclusion = await self._inclusion(index, latest.checkpoint.size)
        except CheckpointAbsent:
            return LogProof(index=index, status=ProofStatus.PENDING)
        except LogDamaged:
            # Whether the code is ours can be answered all the same; that the proof is missing is said.
            return LogProof(index=index, status=ProofStatus.UNAVAILABLE)
        return LogProof(index=index, status=ProofStatus.INCLUDED, checkpoint=latest, inclusion=inclusion)

    def _expected_by(self, latest: SignedCheckpoint) -> datetime:
        # After a quiet while the last checkpoint is old, and the next one due at once.
        return max(latest.signed_at + INTERIM_AFTER, self._clock.now() + SIGNED_WITHIN)

    async def _inclusion(self, index: int, size: int) -> InclusionProof:
        known = self._known.get((index, size))
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[index, size] = await self._log.inclusion(index, size)
        return known
