"""Reading and changing policies, by whoever answers for the venues."""

from collections.abc import Sequence
from dataclasses import replace

from services.common.clock import Clock
from services.identity.model import Actor
from services.identity.rules import may_see
from services.policies.directory import PolicyDirectory
from services.policies.errors import GroupBeyondScope, GroupUnknown, PolicyChanged
from services.policies.model import (
    NoShowGroup,
    NoShowTerms,
    PolicyChange,
    TermsChange,
    VisitPolicy,
    default_policy,
    default_terms,
)
from services.policies.ports import PolicyStore
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown


class PolicyEditing:
    """Writes policies and terms; `version` in what somebody wishes is the one that they have seen."""

    def __init__(self, *, store: PolicyStore, directory: PolicyDirectory, venues: VenueDirectory, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._venues = venues
        self._clock = clock

    async def get(self, venue_id: str) -> VisitPolicy:
        """Return what a venue demands, for anybody to read; raises VenueUnknown."""
        await self._venues.get(venue_id)
        return await self._directory.get(venue_id)

    async def change(self, actor: Actor, wish: VisitPolicy) -> VisitPolicy:
        """Return the policy as it is from now on; the terms in a wish are not looked at, since they are the group's.

        Raises VenueUnknown, PolicyChanged, GroupBeyondScope.
        """
        await self._ensure_within(actor, wish.venue_id)
        policies = await self._store.all_policies()
        before = next((one for one in policies if one.venue_id == wish.venue_id), default_policy(wish.venue_id))
        if before.version != wish.version:
            raise await self._changed()
        change = PolicyChange(
            policy=replace(wish, version=wish.version + 1),
            joined=await self._joined(actor, before, wish),
            changed_by=actor.id,
            changed_at=self._clock.now(),
        )
        if not await self._store.claim_policy(change):
            raise await self._changed()
        await self._directory.renew()
        return await self._directory.get(wish.venue_id)

    async def get_group(self, actor: Actor, group: str) -> NoShowGroup:
        """Return a no-show group; raises GroupUnknown unless all of its venues are within the actor's scope."""
        # The terms first: a venue that joins after they were read has raised their version.
        terms = await self._terms(group)
        members = await self._members(group, await self._store.all_policies())
        if not members or not await self._are_within(actor, members):
            raise GroupUnknown
        return NoShowGroup(terms=terms, venue_ids=tuple(sorted(members)))

    async def change_terms(self, actor: Actor, wish: NoShowTerms) -> NoShowGroup:
        """Return the group with the terms as they are from now on; raises GroupUnknown, PolicyChanged."""
        group = await self.get_group(actor, wish.group)
        terms = replace(wish, version=wish.version + 1)
        change = TermsChange(terms=terms, changed_by=actor.id, changed_at=self._clock.now())
        if group.terms.version != wish.version or not await self._store.claim_terms(change):
            raise await self._changed()
        await self._directory.renew()
        return replace(group, terms=terms)

    async def _changed(self) -> PolicyChanged:
        await self._directory.renew()  # so that whoever reads again sees what they are told of
        return PolicyChanged()

    async def _joined(self, actor: Actor, before: VisitPolicy, wish: VisitPolicy) -> NoShowTerms | None:
        group = wish.no_show_group
        if group is None or group == before.no_show_group:
            return None
        # The terms before the venues, as in `get_group`.
        terms = await self._terms(group)
        if not await self._are_within(actor, await self._members(group, await self._store.all_policies())):
            raise GroupBeyondScope
        return terms

    async def _terms(self, group: str) -> NoShowTerms:
        return next((one for one in await self._store.all_terms() if one.group == group), default_terms(group))

    async def _members(self, group: str, policies: Sequence[VisitPolicy]) -> list[str]:
        """Return the venues whose ledger is `group`; a venue alone is one, even when it has set nothing."""
        members = [one.venue_id for one in policies if one.ledger == group]
        silent = {venue.id for venue in await self._venues.all()} - {one.venue_id for one in policies}
        return [*members, group] if group in silent else members

    async def _are_within(self, actor: Actor, venue_ids: Sequence[str]) -> bool:
        owners = {venue.id: venue.owner for venue in await self._venues.all()}
        return all(may_see(actor, owners[one]) for one in venue_ids if one in owners)

    async def _ensure_within(self, actor: Actor, venue_id: str) -> None:
        venue = await self._venues.get(venue_id)
        if not may_see(actor, venue.owner):
            raise VenueUnknown
