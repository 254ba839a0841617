"""The proof of an item's latest event: there, not yet, or not to be shown."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from services.items.public.model import ProofStatus
from services.items.public.proving import SIGNED_WITHIN, ItemProofs
from services.transparency.errors import CheckpointAbsent, LogDamaged
from services.transparency.model import Checkpoint, InclusionProof, SignedCheckpoint
from services.transparency.rules import INTERIM_AFTER
from tests.factories import NOW


def signed(size: int) -> SignedCheckpoint:
    return SignedCheckpoint(
        log="items",
        number=1,
        checkpoint=Checkpoint(origin="example/items", size=size, root=bytes(32)),
        signed_at=NOW,
        kid=1,
        note="",
        period_at=NOW,
        regular=1,
        is_regular=True,
    )


@dataclass(kw_only=True)
class SampleLog:
    """A log that is signed up to a size, unless that is None, and lacks the tiles of one leaf."""

    size: int | None
    damaged_at: int = -1
    asked: list[tuple[int, int | None]] = field(default_factory=list)

    async def latest(self) -> SignedCheckpoint:
        if self.size is None:
            raise CheckpointAbsent
        return signed(self.size)

    async def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        self.asked.append((index, size))
        if index == self.damaged_at:
            raise LogDamaged("a tile")
        return InclusionProof(index=index, size=size or 0, root=bytes(32), leaf_hash=bytes(32), hashes=())


@dataclass(frozen=True, kw_only=True)
class StoppedClock:
    """A clock that shows one instant."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


async def test_what_a_checkpoint_covers_is_proved_once_for_each_checkpoint() -> None:
    log = SampleLog(size=5)
    proofs = ItemProofs(log, StoppedClock())
    for _ in range(3):
        proof = await proofs.of(4)
        assert (proof.status, proof.checkpoint) == (ProofStatus.INCLUDED, signed(5))
        assert proof.inclusion is not None
    log.size = 9
    assert (await proofs.of(4)).checkpoint == signed(9)
    assert log.asked == [(4, 5), (4, 9)]


async def test_what_no_checkpoint_covers_waits_for_the_next() -> None:
    proof = await ItemProofs(SampleLog(size=5), StoppedClock()).of(5)
    assert (proof.status, proof.inclusion, proof.expected_by) == (ProofStatus.PENDING, None, NOW + INTERIM_AFTER)
    proof = await ItemProofs(SampleLog(size=None), StoppedClock()).of(0)
    assert (proof.status, proof.expected_by) == (ProofStatus.PENDING, None)


@pytest.mark.parametrize("after", [timedelta(seconds=55), INTERIM_AFTER, timedelta(minutes=40)])
async def test_what_waits_is_never_expected_in_the_past(after: timedelta) -> None:
    now = NOW + after
    proof = await ItemProofs(SampleLog(size=5), StoppedClock(at=now)).of(5)
    assert (proof.status, proof.expected_by) == (ProofStatus.PENDING, now + SIGNED_WITHIN)


async def test_a_damaged_log_leaves_the_answer_without_a_proof() -> None:
    proof = await ItemProofs(SampleLog(size=5, damaged_at=2), StoppedClock()).of(2)
    assert (proof.status, proof.checkpoint, proof.inclusion) == (ProofStatus.UNAVAILABLE, None, None)
