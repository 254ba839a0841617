"""The close: the gates are shut, and what is there then is the pool, published before the seed is."""

from dataclasses import replace

from services.common.aside import aside
from services.common.clock import Clock
from services.reservations.model import SlotState
from services.reservations.quotas import flowed, left_for
from services.reservations.releases.drawing import pool_text
from services.reservations.releases.marking import Marking
from services.reservations.releases.model import Frozen, Release, ReleaseState
from services.reservations.releases.ports import Checkpoints, ReleaseStore, RequestStore
from services.venues.model import Channel


class Freezing:
    """Fixes pools. Of several at once one is quicker, and the others' texts are dropped when all is settled."""

    def __init__(
        self,
        *,
        releases: ReleaseStore,
        requests: RequestStore,
        marking: Marking,
        checkpoints: Checkpoints,
        clock: Clock,
    ) -> None:
        self._releases = releases
        self._requests = requests
        self._marking = marking
        self._checkpoints = checkpoints
        self._clock = clock

    async def freeze(self, release: Release) -> bool:
        """Fix the pool of a release whose time for requests is over; False when somebody else did, or it is not."""
        if self._clock.now() < release.requests_close_at:
            await self._marking.mark(release)
            return False
        await self._requests.shut_gates(release.id)
        # Only now: what is signed after this one is signed when nobody can hand in anything any more.
        last = await self._checkpoints.last_number()
        entries = await self._requests.entries(release.id)
        places = await self._places(release)
        text = await aside(len(entries), lambda: pool_text(release.id, release.seed_sha256, places, entries))
        frozen = Frozen(
            pool=await self._releases.put_paper(release.id, text),
            requests=len(entries),
            last_checkpoint=last,
            frozen_at=self._clock.now(),
        )
        changed = replace(release, state=ReleaseState.FROZEN, frozen=frozen, version=release.version + 1)
        return await self._releases.claim(changed)

    async def _places(self, release: Release) -> dict[str, int]:
        """Return the places of each drawn slot for individuals; what staff have closed since is none of them."""
        now = self._clock.now()
        return {
            one.id: left_for(flowed(one, now), Channel.INDIVIDUAL)
            for one in await self._marking.of_day(release.venue_id, release.visit_on)
            if one.state is SlotState.DRAWN
        }
