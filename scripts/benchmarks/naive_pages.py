"""The naive design of pages: a query for whatever is asked, at each request."""

from services.common.clock import Clock
from services.common.model import Page
from services.common.mongo import Mongo
from services.venues.directory import VenueDirectory
from services.venues.model import Venue, VenueSearch
from services.venues.mongo import VENUES, MongoVenues


class DirectDirectory(VenueDirectory):
    """Asks the database before it answers."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        super().__init__(store=MongoVenues(mongo), clock=clock)
        self._mongo = mongo
        self._asked_by = clock

    async def search(self, search: VenueSearch) -> Page[Venue]:
        """Return one page of venues, all of them read anew."""
        return await VenueDirectory(store=MongoVenues(self._mongo), clock=self._asked_by).search(search)

    async def get(self, venue_id: str) -> Venue:
        """Return the venue after a query for it."""
        await self._mongo.collection(VENUES).find_one({"_id": venue_id})
        return await super().get(venue_id)
