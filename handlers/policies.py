"""Policies of venues: what they demand of those who book, and what they count against those who do not come."""

from collections.abc import Mapping
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.policies import NoShowGroupSchema, PolicySchema, PolicyWishSchema, TermsWishSchema
from services.identity.model import Role
from services.policies.errors import GroupBeyondScope, GroupUnknown, PolicyChanged
from services.policies.model import NoShowGroup, NoShowTerms, VisitPolicy, default_policy
from services.venues.errors import VenueUnknown

TAG = "Venues"
WRITERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = WRITERS | {Role.AUDITOR}


class PolicyHandler(ApiHandler):
    """`/venues/{venue_id}/policy`."""

    @operation(
        Operation(
            summary="See what a venue demands of those who book",
            description="For anybody, before they book. `version` 0 is a venue that has set nothing. A change is seen "
            "everywhere within five seconds.",
            tag=TAG,
            reply=PolicySchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> Mapping[str, Any]:
        """Return a policy."""
        return shown(await self.services.visits.policies.editing.get(venue_id))

    @operation(
        Operation(
            summary="Change what a venue demands of those who book",
            description="Takes the place of the whole policy, for bookings from now on; what is booked stays. Whoever "
            "read an older `version` is refused and reads again. A venue joins a no-show group only by somebody who "
            "answers for all venues of it; what is counted there is set for the group as a whole.",
            tag=TAG,
            roles=WRITERS,
            body=PolicyWishSchema,
            reply=PolicySchema,
            refusals=(VenueUnknown, PolicyChanged, GroupBeyondScope),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> Mapping[str, Any]:
        """Change a policy."""
        terms = default_policy(venue_id)
        wish = VisitPolicy(
            venue_id=venue_id,
            strikes=terms.strikes,
            strike_days=terms.strike_days,
            pause_days=terms.pause_days,
            **content,
        )
        return shown(await self.services.visits.policies.editing.change(self.actor, wish))


class NoShowGroupHandler(ApiHandler):
    """`/no-show-groups/{group_id}`."""

    @operation(
        Operation(
            summary="See a no-show group",
            description="The id is the group's name, or a venue's id for a venue alone. For whoever answers for all of "
            "its venues.",
            tag=TAG,
            roles=READERS,
            reply=NoShowGroupSchema,
            refusals=(GroupUnknown,),
        )
    )
    async def get(self, group_id: str) -> Mapping[str, Any]:
        """Return a group."""
        return shown_group(await self.services.visits.policies.editing.get_group(self.actor, group_id))

    @operation(
        Operation(
            summary="Change what is counted against those who do not come",
            description="Holds for all venues of the group. By default three no-shows in 90 days make a pause of 30 "
            "days.",
            tag=TAG,
            roles=WRITERS,
            body=TermsWishSchema,
            reply=NoShowGroupSchema,
            refusals=(GroupUnknown, PolicyChanged),
        )
    )
    async def post(self, group_id: str, content: dict[str, Any]) -> Mapping[str, Any]:
        """Change a group's terms."""
        wish = NoShowTerms(group=group_id, **content)
        return shown_group(await self.services.visits.policies.editing.change_terms(self.actor, wish))


def shown(policy: VisitPolicy) -> Mapping[str, Any]:
    """Return a policy as the wire has it."""
    return {**vars(policy), "ledger": policy.ledger}


def shown_group(group: NoShowGroup) -> Mapping[str, Any]:
    """Return a group as the wire has it."""
    return {**vars(group.terms), "id": group.terms.group, "venue_ids": group.venue_ids}
