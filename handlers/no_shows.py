"""No-shows: a citizen's own, appeals against them, and amnesties."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.no_shows import (
    AmnestiesSchema,
    AmnestySchema,
    AppealNoShowSchema,
    DecideAppealSchema,
    DeclareAmnestySchema,
    NoShowAppealSchema,
    NoShowAppealsSchema,
    OwnNoShowSchema,
    OwnNoShowsSchema,
)
from services.identity.model import Role
from services.reservations.no_shows import errors
from services.reservations.no_shows.model import AmnestyWish, AppealWish, Decision, NoShow, OwnStrikes, Verdict
from services.venues.errors import VenueUnknown

TAG = "No-shows"
CITIZEN = frozenset({Role.CITIZEN})
DECIDERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = DECIDERS | {Role.AUDITOR}


def shown_own(strike: NoShow, standing: OwnStrikes) -> dict[str, Any]:
    """Return a strike as its citizen sees it."""
    return {
        **vars(strike),
        "judged_at": strike.at,
        "counts": strike.id in standing.counting,
        "appeal_until": strike.appeal_until,
    }


def shown_appeal(strike: NoShow) -> dict[str, Any]:
    """Return an appeal as staff see it: of nobody."""
    return {**vars(strike), **vars(strike.appeal)}


class OwnNoShowsHandler(ApiHandler):
    """`/me/no-shows`."""

    @operation(
        Operation(
            summary="See what is counted against me",
            description="My visits that were missed or cancelled too late, the newest first, and how long booking is "
            "paused where it is. `counts`: a further one would be added to it.",
            tag=TAG,
            roles=CITIZEN,
            reply=OwnNoShowsSchema,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return one's own strikes and pauses."""
        standing = await self.services.visits.no_shows.own.standing(self.actor.id)
        return {
            "items": [shown_own(one, standing) for one in standing.strikes],
            "pauses": [{**vars(one), "venue_ids": standing.venues[one.group]} for one in standing.pauses],
        }


class AppealHandler(ApiHandler):
    """`/me/no-shows/{no_show_id}/appeal`."""

    @operation(
        Operation(
            summary="Appeal against a no-show",
            description="Once, within 30 days. It counts until it is pardoned; where the gate has let the party in "
            "after all, it is withdrawn at once. The same words again change nothing.",
            tag=TAG,
            roles=CITIZEN,
            body=AppealNoShowSchema,
            reply=OwnNoShowSchema,
            refusals=(errors.NoShowUnknown, errors.AppealedBefore, errors.NothingCounted, errors.AppealTooLate),
        )
    )
    async def post(self, no_show_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Say why."""
        wish = AppealWish(citizen_id=self.actor.id, no_show_id=no_show_id, words=content["words"])
        return shown_own(*await self.services.visits.no_shows.own.appeal(wish))


class VenueAppealsHandler(ApiHandler):
    """`/venues/{venue_id}/no-show-appeals`."""

    @operation(
        Operation(
            summary="List a venue's open appeals",
            description="The 200 that wait longest, within your scope: the visit and the words, and nothing of whose "
            "they are.",
            tag=TAG,
            roles=READERS,
            reply=NoShowAppealsSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return open appeals."""
        found = await self.services.visits.no_shows.deciding.open_at(self.actor, venue_id)
        return {"items": [shown_appeal(one) for one in found]}


class DecideAppealHandler(ApiHandler):
    """`/no-shows/{no_show_id}/decide`."""

    @operation(
        Operation(
            summary="Decide an appeal",
            description="A pardon lifts at once the pause that rested on it. Whoever appealed reads the words. The "
            "same decision again changes nothing.",
            tag=TAG,
            roles=DECIDERS,
            body=DecideAppealSchema,
            reply=NoShowAppealSchema,
            refusals=(errors.NoShowUnknown, errors.AppealNotOpen),
        )
    )
    async def post(self, no_show_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Pardon or uphold."""
        verdict = Verdict(
            actor=self.actor, no_show_id=no_show_id, decision=Decision(content["decision"]), words=content["words"]
        )
        return shown_appeal(await self.services.visits.no_shows.deciding.decide(verdict))


class AmnestiesHandler(ApiHandler):
    """`/venues/{venue_id}/amnesties`."""

    @operation(
        Operation(
            summary="List a venue's amnesties",
            description="The latest first.",
            tag=TAG,
            roles=READERS,
            reply=AmnestiesSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a venue's amnesties."""
        return {"items": await self.services.visits.no_shows.amnesties.list(self.actor, venue_id)}

    @operation(
        Operation(
            summary="Pardon a stretch of time",
            description="All no-shows of visits whose slot starts in it, those counted later as well: a storm, a "
            "closed metro, a venue that stayed shut. At most 31 days. The same stretch of time again is the "
            "same amnesty, with the reason that was given first.",
            tag=TAG,
            roles=DECIDERS,
            body=DeclareAmnestySchema,
            reply=AmnestySchema,
            status=201,
            refusals=(VenueUnknown, errors.AmnestyRefused),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> Any:
        """Declare an amnesty."""
        wish = AmnestyWish(actor=self.actor, venue_id=venue_id, **content)
        return await self.services.visits.no_shows.amnesties.declare(wish)
