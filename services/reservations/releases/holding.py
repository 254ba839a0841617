"""Holding a draw: the seed is published, mixed with what nobody could foresee at the close, and the lots are drawn."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from services.common.aside import aside
from services.common.clock import Clock
from services.common.protection import FieldCipher
from services.reservations.releases.drawing import digest_of, draw, key_of, result_text
from services.reservations.releases.errors import ReleaseDamaged
from services.reservations.releases.model import Beacon, Drawn, Frozen, Lot, Paper, Release, ReleaseState
from services.reservations.releases.ports import Checkpoints, ReleaseStore
from services.reservations.releases.rules import BEACON_WITHIN


class Holding:
    """Holds draws. Whoever does it at the same time comes to the same, and one of them is kept."""

    def __init__(
        self, *, releases: ReleaseStore, checkpoints: Checkpoints, cipher: FieldCipher, clock: Clock
    ) -> None:  # fmt: skip
        self._releases = releases
        self._checkpoints = checkpoints
        self._cipher = cipher
        self._clock = clock

    async def hold(self, release: Release) -> bool:
        """Draw, if it is time and what is mixed in has come; False when not, or somebody else did.

        Raises ReleaseDamaged when pool or seed are not what was published.
        """
        frozen, now = release.frozen, self._clock.now()
        if frozen is None or now < release.draw_at:
            return False
        beacon = await self._beacon(release, frozen)
        lacking = beacon.checkpoint is None or (release.source is not None and beacon.public_value is None)
        if lacking and now < release.draw_at + BEACON_WITHIN:
            return False
        seed = await self._cipher.decrypt(release.sealed_seed)
        text = await read_paper(self._releases, release.id, frozen.pool)
        if hashlib.sha256(bytes.fromhex(seed)).hexdigest() != release.seed_sha256:
            raise ReleaseDamaged(release.id)
        key = key_of(bytes.fromhex(seed), frozen.pool.sha256, beacon)
        result, won = await aside(frozen.requests, lambda: _drawn(text, key))
        drawn = Drawn(
            seed=seed,
            beacon=beacon,
            result=await self._releases.put_paper(release.id, result),
            won=won,
            lost=frozen.requests - won,
            drawn_at=now,
        )
        changed = replace(release, state=ReleaseState.DRAWN, drawn=drawn, version=release.version + 1)
        return await self._releases.claim(changed)

    async def _beacon(self, release: Release, frozen: Frozen) -> Beacon:
        note = await self._checkpoints.find_growth(frozen.last_checkpoint)
        return Beacon(checkpoint=note, public_value=release.public_value)


async def read_paper(store: ReleaseStore, release_id: str, paper: Paper) -> str:
    """Return a whole text; raises ReleaseDamaged when it is not what its digest says."""
    text = "".join([piece async for piece in store.pieces(release_id, paper)])
    if digest_of(text) != paper.sha256:
        raise ReleaseDamaged(release_id)
    return text


def _drawn(pool: str, key: bytes) -> tuple[str, int]:
    lots: Sequence[Lot] = draw(json.loads(pool), key)
    return result_text(lots), sum(one.slot_id is not None for one in lots)
