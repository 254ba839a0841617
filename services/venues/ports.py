"""What venues need from outside."""

from collections.abc import Collection, Sequence
from typing import Protocol

from services.venues.model import District, Venue


class VenueStore(Protocol):
    """Venues and districts; a city has hundreds of them, not millions."""

    async def all_venues(self) -> Sequence[Venue]:
        """Return every venue."""

    async def all_districts(self) -> Sequence[District]:
        """Return every district."""

    async def put(self, districts: Sequence[District], venues: Sequence[Venue]) -> None:
        """Add or replace."""


class ReceivedVenues(Protocol):
    """Venues and districts one by one, as the main system tells of them."""

    async def all_venues(self) -> Sequence[Venue]:
        """Return every venue."""

    async def find(self, venue_id: str) -> Venue | None:
        """Return the venue."""

    async def find_district(self, district_id: str) -> District | None:
        """Return the district."""

    async def claim_venue(self, venue: Venue, fields: Collection[str], fence: int) -> bool:
        """Add the venue, or set these of its fields; False when that was done under as high a fence."""

    async def claim_district(self, district: District, fence: int) -> bool:
        """Add or replace the district; False when that was done under as high a fence."""
