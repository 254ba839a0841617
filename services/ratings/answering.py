"""What staff do about ratings: answering them, and closing the tickets of bad ones."""

from dataclasses import dataclass

from services.common.clock import Clock, city_day
from services.identity.model import Actor
from services.ratings.errors import RatingChanged, RatingUnknown, TicketUnknown
from services.ratings.model import Answer, AnswerRating, CloseTicket, Rating
from services.ratings.ports import RatingStore
from services.ratings.reading import RatingReading
from services.ratings.rules import answered, closed


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Changes what staff say; each change is guarded by the version of the rating."""

    reading: RatingReading
    store: RatingStore
    clock: Clock

    async def answer(self, command: AnswerRating) -> Rating:
        """Keep an answer, or its correction; raises RatingUnknown, RatingChanged."""
        before = await self.reading.get(command.actor, command.rating_id)
        answer = Answer(words=command.words, answered_on=city_day(self.clock.now()), answered_by=command.actor.id)
        after = answered(before, answer, command.version)
        if after is not before and not await self.store.claim_answer(before, after):
            raise RatingChanged
        return after

    async def close(self, command: CloseTicket) -> Rating:
        """End a ticket; raises TicketUnknown, TicketUnanswered, TicketClosed, RatingChanged."""
        before = await self._get(command.actor, command.rating_id)
        after = closed(before, command.measures, command.actor.id, self.clock.now())
        if not await self.store.claim_closing(before, after):
            raise RatingChanged
        return after

    async def _get(self, actor: Actor, rating_id: str) -> Rating:
        try:
            return await self.reading.get(actor, rating_id)
        except RatingUnknown:
            raise TicketUnknown from None
