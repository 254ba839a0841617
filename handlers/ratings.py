"""Ratings (好差评): a citizen's own, a venue's, and the tickets of bad ones."""

from datetime import date
from typing import Any

from handlers.messages.ratings import LEVEL_WORDS, TAG_WORDS
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.ratings import (
    AnswerRatingSchema,
    CloseTicketSchema,
    OwnRatingSchema,
    RateVisitSchema,
    RatingPageSchema,
    RatingSchema,
    RatingsQuery,
    RatingSummarySchema,
    RatingWordsSchema,
    SatisfactionSchema,
    SummaryQuery,
    TicketsQuery,
)
from services.common.clock import city_day
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.ratings import errors
from services.ratings.model import (
    AnswerRating,
    CloseTicket,
    Level,
    RateVisit,
    Rating,
    RatingSearch,
    Summary,
    TicketSearch,
)
from services.ratings.rules import is_overdue, tags_for
from services.reservations.errors import ReservationUnknown
from services.venues.errors import VenueUnknown

TAG = "Ratings"
CITIZEN = frozenset({Role.CITIZEN})
ANSWERERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = ANSWERERS | {Role.AUDITOR}


def shown_rating(rating: Rating, today: date) -> dict[str, Any]:
    """Return a rating as staff see it."""
    ticket = rating.ticket
    shown = None if ticket is None else {**vars(ticket), "overdue": is_overdue(ticket, today)}
    return {**vars(rating), "ticket": shown}


def shown_summary(summary: Summary) -> dict[str, Any]:
    """Return figures as the wire has them; null where they are withheld."""
    figures = summary.figures
    if figures is None:
        names = ("count", "average", "satisfaction_rate", "levels", "tags")
        return {**vars(summary), "withheld": True, **dict.fromkeys(names)}
    return {
        **vars(summary),
        **vars(figures),
        "withheld": False,
        "levels": [{"level": level, "count": count} for level, count in figures.levels.items()],
        "tags": [{"tag": tag, "count": count} for tag, count in figures.tags],
    }


class StaffRatings(ApiHandler):
    """What the handlers of staff have in common."""

    def shown(self, rating: Rating) -> dict[str, Any]:
        """Return a rating as it stands today."""
        return shown_rating(rating, city_day(self.services.clock.now()))

    def shown_page(self, page: Page[Rating]) -> dict[str, Any]:
        """Return a page of ratings as they stand today."""
        return {"items": [self.shown(one) for one in page.items], "next": page.next}


class RatingWordsHandler(ApiHandler):
    """`/rating-words`."""

    @operation(
        Operation(
            summary="See the levels and tags of ratings",
            description="The five levels are those of GB/T 39735-2020.",
            tag=TAG,
            reply=RatingWordsSchema,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return all levels and tags in words."""
        levels = [
            {"level": level, "zh": words[0], "en": words[1], "tags": tags_for(level)}
            for level, words in LEVEL_WORDS.items()
        ]
        tags = [{"tag": tag, "zh": words[0], "en": words[1]} for tag, words in TAG_WORDS.items()]
        return {"levels": levels, "tags": tags}


class OwnRatingHandler(ApiHandler):
    """`/reservations/{reservation_id}/rating`."""

    @operation(
        Operation(
            summary="Rate my visit",
            description="Once, when somebody of the party has entered, until 30 days after the slot. Nothing is kept "
            "of who rates: neither the account nor the reservation. Send an `Idempotency-Key`: a repeat of the same "
            "request then returns the first answer again.",
            tag=TAG,
            roles=CITIZEN,
            body=RateVisitSchema,
            reply=OwnRatingSchema,
            status=201,
            repeatable=True,
            refusals=(
                ReservationUnknown,
                VenueUnknown,
                errors.TagsRefused,
                errors.NotVisited,
                errors.RatingTooLate,
                errors.AlreadyRated,
            ),
        )
    )
    async def post(self, reservation_id: str, content: dict[str, Any]) -> Rating:
        """Rate a visit."""
        command = RateVisit(
            citizen_id=self.actor.id,
            reservation_id=reservation_id,
            level=Level(content["level"]),
            tags=tuple(content["tags"]),
            words=content["words"],
            request=self.repeated,
        )
        return await self.services.visits.ratings.rating.rate(command)

    @operation(
        Operation(
            summary="See my rating",
            description="With the answer, where there is one.",
            tag=TAG,
            roles=CITIZEN,
            reply=OwnRatingSchema,
            refusals=(ReservationUnknown, errors.RatingUnknown),
        )
    )
    async def get(self, reservation_id: str) -> Rating:
        """Return one's own rating of a visit."""
        return await self.services.visits.ratings.rating.get_own(reservation_id, self.actor.id)


class VenueRatingsHandler(StaffRatings):
    """`/venues/{venue_id}/ratings`."""

    @operation(
        Operation(
            summary="List a venue's ratings",
            description="The newest day first, within your scope.",
            tag=TAG,
            roles=READERS,
            query=RatingsQuery,
            reply=RatingPageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a page of ratings."""
        asked = self.parameters
        level = None if asked["level"] is None else Level(asked["level"])
        search = RatingSearch(venue_id=venue_id, **{**asked, "level": level})
        return self.shown_page(await self.services.visits.ratings.reading.list(self.actor, search))


class SummaryHandler(ApiHandler):
    """`/venues/{venue_id}/ratings/summary`."""

    @operation(
        Operation(
            summary="See a venue's ratings in figures",
            description="Figures of fewer than ten ratings are withheld.",
            tag=TAG,
            roles=READERS,
            query=SummaryQuery,
            reply=RatingSummarySchema,
            refusals=(VenueUnknown, errors.PeriodRefused),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return the figures between two days."""
        asked = self.parameters
        reading = self.services.visits.ratings.reading
        return shown_summary(await reading.summary(self.actor, venue_id, asked["from_on"], asked["to_on"]))


class SatisfactionHandler(ApiHandler):
    """`/venues/{venue_id}/satisfaction`."""

    @operation(
        Operation(
            summary="See how a venue is rated",
            description="The year up to yesterday. Figures of fewer than ten ratings are withheld.",
            tag=TAG,
            reply=SatisfactionSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return the public figures."""
        return shown_summary(await self.services.visits.ratings.reading.satisfaction(venue_id))


class AnswerRatingHandler(StaffRatings):
    """`/ratings/{rating_id}/answer`."""

    @operation(
        Operation(
            summary="Answer a rating",
            description="Whoever rated can read the answer: it must name nobody. It may be corrected, by the `version` "
            "that you saw; the same answer again changes nothing.",
            tag=TAG,
            roles=ANSWERERS,
            body=AnswerRatingSchema,
            reply=RatingSchema,
            refusals=(errors.RatingUnknown, errors.RatingChanged),
        )
    )
    async def post(self, rating_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Answer a rating, or correct the answer."""
        command = AnswerRating(actor=self.actor, rating_id=rating_id, **content)
        return self.shown(await self.services.visits.ratings.answering.answer(command))


class RatingTicketsHandler(StaffRatings):
    """`/rating-tickets`."""

    @operation(
        Operation(
            summary="List the tickets of bad ratings",
            description="Those of your scopes that are not closed, the nearest deadline first.",
            tag=TAG,
            roles=READERS,
            query=TicketsQuery,
            reply=RatingPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of bad ratings that wait."""
        search = TicketSearch(**self.parameters)
        return self.shown_page(await self.services.visits.ratings.reading.tickets(self.actor, search))


class CloseTicketHandler(StaffRatings):
    """`/rating-tickets/{rating_id}/close`."""

    @operation(
        Operation(
            summary="Close the ticket of a bad rating",
            description="With what was done, when whoever rated has an answer.",
            tag=TAG,
            roles=ANSWERERS,
            body=CloseTicketSchema,
            reply=RatingSchema,
            refusals=(
                errors.TicketUnknown,
                errors.TicketUnanswered,
                errors.TicketClosed,
                errors.RatingChanged,
            ),
        )
    )
    async def post(self, rating_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Close a ticket."""
        command = CloseTicket(actor=self.actor, rating_id=rating_id, measures=content["measures"])
        return self.shown(await self.services.visits.ratings.answering.close(command))
