"""Reading and changing gate policies, by whoever answers for the venue."""

from dataclasses import dataclass, replace

from services.admissions.ceilings.directory import CeilingDirectory
from services.admissions.ceilings.model import GatePolicy, GatePolicyChange
from services.admissions.ceilings.ports import GatePolicyStore
from services.common.clock import Clock
from services.identity.model import Actor
from services.identity.rules import may_see
from services.policies.errors import PolicyChanged
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown


@dataclass(frozen=True, kw_only=True)
class CeilingEditing:
    """Writes gate policies; `version` in what somebody wishes is the one that they have seen."""

    store: GatePolicyStore
    directory: CeilingDirectory
    venues: VenueDirectory
    clock: Clock

    async def get(self, actor: Actor, venue_id: str) -> GatePolicy:
        """Return what a venue demands at its gates; raises VenueUnknown."""
        await self._ensure_within(actor, venue_id)
        return await self.directory.get(venue_id)

    async def change(self, actor: Actor, wish: GatePolicy) -> GatePolicy:
        """Return the policy as it is from now on; raises VenueUnknown, PolicyChanged."""
        await self._ensure_within(actor, wish.venue_id)
        policy = replace(wish, version=wish.version + 1, alert_at=tuple(sorted(set(wish.alert_at))))
        change = GatePolicyChange(policy=policy, changed_by=actor.id, changed_at=self.clock.now())
        taken = await self.store.claim(change)
        # Also whoever came too late reads again, and is to see what they are told of.
        await self.directory.renew()
        if not taken:
            raise PolicyChanged
        return policy

    async def _ensure_within(self, actor: Actor, venue_id: str) -> None:
        if not may_see(actor, (await self.venues.get(venue_id)).owner):
            raise VenueUnknown
