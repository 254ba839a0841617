"""Evidence: that a draw was committed to in the log, and signed, before it was held."""

from typing import Any

from services.patrols.model import PatrolEventKind, RecordedEvent
from services.patrols.plans.errors import DrawNotSigned
from services.patrols.plans.model import Held
from services.patrols.plans.ports import Histories, Log
from services.transparency.errors import CheckpointAbsent
from services.transparency.leaves import leaf_content
from services.transparency.model import SignedCheckpoint

# What is new in a log is signed within a minute of the last checkpoint.
SIGNED_SOON_S = 60


class Evidence:
    """Finds commitments in the log of patrols."""

    def __init__(self, *, histories: Histories, log: Log) -> None:
        self._histories = histories
        self._log = log

    async def _commitment(self, draw_id: str) -> RecordedEvent:
        events = await self._histories.history(draw_id)
        return next(one for one in events if one.event.kind is PatrolEventKind.DRAW_COMMITTED)

    async def signed(self, draw_id: str) -> tuple[int, SignedCheckpoint]:
        """Return which leaf the commitment is, and a signed checkpoint that covers it; raises DrawNotSigned."""
        leaf = (await self._commitment(draw_id)).index
        try:
            signed = await self._log.latest()
        except CheckpointAbsent:
            raise DrawNotSigned(retry_after_s=SIGNED_SOON_S) from None
        if signed.checkpoint.size <= leaf:
            raise DrawNotSigned(retry_after_s=SIGNED_SOON_S)
        return leaf, signed

    async def proof(self, draw_id: str, held: Held) -> dict[str, Any]:
        """Return as JSON what shows that the commitment lies in the checkpoint that was signed before."""
        told = await self._commitment(draw_id)
        proof = await self._log.inclusion(held.leaf, held.checkpoint_size)
        return {
            "index": held.leaf,
            "salt": told.salt.hex(),
            "data": leaf_content(told.text, told.recorded_at, told.event.told_by),
            "inclusion": [one.hex() for one in proof.hashes],
            "checkpoint": held.checkpoint,
        }
